#pragma once

#include "actions/action.hpp"

namespace exarch::actions {

/// `cloudfront.invalidate`: purges paths and cache tags from a distribution's edges by
/// CreateInvalidation.
[[nodiscard]] const Action& cloudfront_invalidate();

/// Reads one entry of the first form: `aws_account_id`, `cloudfront_distribution_id`,
/// `invalidation_path`; other fields are ignored. `place` is `entries[3]`. The account is checked
/// here, because this form names it in its own way.
[[nodiscard]] Wish parse_entry(const boost::json::object& entry, std::string_view place);

/// Upper-case letters and digits after the `E` that CloudFront's ids begin with; here any letters
/// and digits up to 32, so that no stand-in's id is refused and no path can be smuggled into a URL.
[[nodiscard]] bool is_distribution_id(std::string_view text);

} // namespace exarch::actions
