#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "simulation/checks/invariant_checker.hpp"

#include <map>

namespace exarch::simulation {

/// Looks now and then, where nothing goes wrong any more, whether something that could be sent is
/// left to wait.
class IdleWatch {
public:
    /// Nothing waits for longer than this.
    explicit IdleWatch(base::Duration patience) : patience_(patience) {}

    void look(InvariantChecker& checker, base::Moment now);

private:
    struct Idle {
        InvariantChecker::Idle what;
        base::Instant since;
    };

    base::Duration patience_;
    std::map<base::AccountId, Idle> idle_;
};

} // namespace exarch::simulation
