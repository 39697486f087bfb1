#include "simulation/checks/idle_watch.hpp"

#include <fmt/format.h>

namespace exarch::simulation {

void IdleWatch::look(InvariantChecker& checker, base::Moment now) {
    std::map<base::AccountId, Idle> idle;
    for (const auto& [account, what] : checker.idle(now.wall)) {
        const auto before = idle_.find(account);
        const bool is_as_before = before != idle_.end() && before->second.what == what;
        const base::Instant since = is_as_before ? before->second.since : now.steady;
        if (now.steady - since > patience_) {
            checker.fail(Rule::prompt, fmt::format("{} operations of {} could go, and nothing is "
                                                   "done",
                                                   what.operations, account.value()));
        }
        idle.emplace(account, Idle{what, since});
    }
    idle_ = std::move(idle);
}

} // namespace exarch::simulation
