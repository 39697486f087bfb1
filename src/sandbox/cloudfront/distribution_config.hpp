#pragma once

#include <string>
#include <string_view>

namespace exarch::sandbox {

/// What a distribution that nobody created by a call is configured with.
[[nodiscard]] std::string plain_config(std::string_view reference);

/// A `<DistributionConfig>` as CloudFront tells it: what was not asked for has its default. Members
/// and defaults are those of API_DistributionConfig and API_DefaultCacheBehavior in the API
/// reference. `asked` is well-formed.
[[nodiscard]] std::string complete_config(std::string_view asked);

/// The members of that which stand in a `<DistributionSummary>`, one after the other.
[[nodiscard]] std::string summary_of_config(std::string_view asked);

} // namespace exarch::sandbox
