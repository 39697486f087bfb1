#pragma once

#include "simulation/conditions.hpp"
#include "simulation/fake_cloudfront.hpp"
#include "simulation/fake_queue.hpp"
#include "simulation/fake_sts.hpp"
#include "simulation/swarm/plan.hpp"

#include <functional>
#include <string>

namespace exarch::simulation {

/// Accounts that break and heal, quotas that change, a calendar that is set, a worker that is
/// restarted: what goes wrong around a run rather than at one of its steps.
class Troubles {
public:
    /// What it shakes.
    struct Surroundings {
        FakeCloudFront& cloudfront;
        FakeSts& sts;
        FakeQueue& queue;
        std::function<base::Instant()> now;
        /// Stops, pruning and jumps of the calendar are the process's own.
        std::function<void(Fault)> befall;
    };
    /// Makes the accounts. All of it has to outlive it.
    Troubles(const Plan& plan, Surroundings around, Dice& dice);

    /// Lets each of them happen now, if it may.
    void strike(Conditions& conditions);
    void mend_everything();

private:
    void make(FakeAccount& account);
    static void mend(FakeAccount& account);
    void happen(Fault fault);
    void happen_to(FakeAccount& account, const std::string& id, Fault fault);
    void change_quota(FakeAccount& account);
    [[nodiscard]] base::Duration latest_listing() const;
    [[nodiscard]] std::string any_account() { return account_id(dice_.below(plan_.accounts)); }
    [[nodiscard]] std::string any_distribution();

    const Plan& plan_;
    Surroundings around_;
    Dice& dice_;
};

} // namespace exarch::simulation
