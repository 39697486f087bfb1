#pragma once

#include "simulation/swarm/plan.hpp"
#include "simulation/world.hpp"

#include <string>

namespace exarch::simulation {

/// Accounts that break and heal, quotas that change, a calendar that is set, a worker that is
/// restarted: what goes wrong around a run rather than at one of its steps.
class Troubles {
public:
    /// Makes the accounts. All three have to outlive it.
    Troubles(const Plan& plan, World& world, Dice& dice);

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
    World& world_;
    Dice& dice_;
    /// How far the calendar was set from where it would be.
    base::Timestamp::duration calendar_off_{};
};

} // namespace exarch::simulation
