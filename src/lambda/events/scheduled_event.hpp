#pragma once

#include <string_view>

namespace exarch::lambda {

/// Whether it is what a rule of EventBridge with a schedule sends: of source `aws.events`, with the
/// detail-type `Scheduled Event`.
[[nodiscard]] bool is_scheduled_event(std::string_view text);

} // namespace exarch::lambda
