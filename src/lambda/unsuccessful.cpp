#include "lambda/unsuccessful.hpp"

#include "lambda/listing.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace exarch::lambda {

void tell_unsuccessful(base::Log& log, std::span<const ledger::EndedOperation> ended) {
    std::map<std::tuple<std::string, std::string_view, ledger::LaneKey, std::string>,
             std::vector<std::string>>
        items;
    for (const ledger::EndedOperation& each : ended) {
        const std::string_view what =
            each.is_outcome_unknown ? std::string_view("not known to be done") : each.state;
        items[{each.message_id, what, each.lane, each.reason}].push_back(each.item);
    }
    for (const auto& [key, paths] : items) {
        const auto& [message, what, lane, reason] = key;
        log.error("message {}: {} at {} {}: {}: {}", message, what, lane.account.value(),
                  lane.resource, list_some(paths), reason);
    }
}

} // namespace exarch::lambda
