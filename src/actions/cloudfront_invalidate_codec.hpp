#pragma once

#include "actions/call_codec.hpp"

namespace exarch::actions {

/// CreateInvalidation, GetInvalidation and ListInvalidations for `cloudfront.invalidate`.
[[nodiscard]] const CallCodec& cloudfront_invalidate_codec();

} // namespace exarch::actions
