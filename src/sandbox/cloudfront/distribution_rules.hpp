#pragma once

#include "sandbox/call.hpp"

#include <pugixml.hpp>

#include <expected>
#include <string>

namespace exarch::sandbox {

/// What CloudFront answers to most of what it does not like.
[[nodiscard]] std::unexpected<ServiceError> invalid_argument(std::string message);

/// Refuses a `<DistributionConfig>` that CloudFront would not create: members that are missing or
/// have values that are none (as MalformedXML, all in one message), lists whose Quantity is another
/// number, an origin that is none or is not there, a cache behaviour without a policy, an
/// alternate name without a certificate. Codes and words are those that clients of CloudFront have
/// been told; what it knows beyond that is not checked.
[[nodiscard]] std::expected<void, ServiceError> check_config(const pugi::xml_node& config);

} // namespace exarch::sandbox
