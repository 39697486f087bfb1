#include "core/task/rejections.hpp"

#include "base/assert.hpp"
#include "ledger/conflict.hpp"

#include <fmt/format.h>

namespace exarch::core {

std::string describe_rejections(const ledger::AcceptTask& task) {
    EXARCH_ASSERT(!task.rejections.empty());
    const ledger::Rejection& first = task.rejections.front();
    std::string text = fmt::format("message {} of {}: rejected{}{}: {}", task.origin.message_id,
                                   task.origin.sender_id, first.place.empty() ? "" : ": ",
                                   first.place, first.reason);
    if (task.rejections.size() > 1) {
        text += fmt::format("; and {} more of its parts", task.rejections.size() - 1);
    }
    return text;
}

std::string describe_conflict(const ledger::AcceptTask& task) {
    return fmt::format("message {} of {}: rejected: {}", task.origin.message_id,
                       task.origin.sender_id, ledger::conflict_reason(task, {}));
}

} // namespace exarch::core
