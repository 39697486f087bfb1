#include "simulation/swarm/troubles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace exarch::simulation {
namespace {

using std::chrono::seconds;

constexpr std::array happening{
    Fault::delivered_twice,      Fault::stopped,
    Fault::clock_jump,           Fault::account_denied,
    Fault::distribution_denied,  Fault::distribution_missing,
    Fault::distribution_failing, Fault::quota_changed,
    Fault::slots_taken,          Fault::reads_denied,
    Fault::reads_throttled,      Fault::invalidation_absent,
    Fault::listed_late,          Fault::ledger_pruned,
};

} // namespace

Troubles::Troubles(const Plan& plan, Surroundings around, Dice& dice)
    : plan_(plan), around_(std::move(around)), dice_(dice) {
    for (std::uint64_t number = 0; number < plan_.accounts; ++number) {
        make(around_.cloudfront.account(account_id(number)));
    }
    if (plan_.is_endless) {
        around_.cloudfront.account(account_id(0)).completion = std::chrono::hours(30);
    }
    around_.sts.rate = dice_.one_in(3) ? 2 : 50;
}

void Troubles::make(FakeAccount& account) {
    // Hidden quotas are mostly no tighter than what is configured.
    account.rate = plan_.world.create.rate;
    account.burst = plan_.world.create.burst + 1;
    account.repeats = static_cast<FakeAccount::Repeats>(dice_.below(3));
    account.counts_slots_first = dice_.one_in(2);
    account.completion = dice_.between(seconds(2), plan_.completion);
    if (plan_.chaos.of_ten_thousand[Fault::item_refused] > 0) {
        account.refused_items = {"/bad", "/bad/*"};
    }
}

void Troubles::mend(FakeAccount& account) {
    account.is_denied = false;
    account.may_read = true;
    account.throttles_reads = false;
    account.listed_after = {};
    account.denied_distributions.clear();
    account.missing_distributions.clear();
    account.failing_distributions.clear();
    account.unreadable_distributions.clear();
    account.held_by_others = {};
}

void Troubles::mend_everything() {
    for (std::uint64_t number = 0; number < plan_.accounts; ++number) {
        FakeAccount& account = around_.cloudfront.account(account_id(number));
        mend(account);
        if (account.completion <= plan_.completion) {
            // A single slot that is held for ten minutes would take days for what waits.
            account.completion = std::min<base::Duration>(account.completion, seconds(10));
        }
    }
    around_.sts.rate = 50;
}

std::string Troubles::any_distribution() {
    return fmt::format("E{}", dice_.below(plan_.distributions));
}

void Troubles::strike(Conditions& conditions) {
    for (const Fault fault : happening) {
        if (conditions.strikes(fault)) {
            happen(fault);
        }
    }
    if (dice_.one_in(20)) {
        mend(around_.cloudfront.account(any_account()));
    }
}

void Troubles::happen(Fault fault) {
    if (fault == Fault::delivered_twice) {
        around_.queue.repeat_any(dice_.next(), around_.now());
    } else if (fault == Fault::stopped || fault == Fault::ledger_pruned ||
               fault == Fault::clock_jump) {
        around_.befall(fault);
    } else {
        const std::string id = any_account();
        happen_to(around_.cloudfront.account(id), id, fault);
    }
}

void Troubles::happen_to(FakeAccount& account, const std::string& id, Fault fault) {
    switch (fault) {
    case Fault::account_denied:
        account.is_denied = true;
        around_.sts.revoke(base::AccountId(id));
        return;
    case Fault::distribution_denied:
        account.denied_distributions.insert(any_distribution());
        return;
    case Fault::distribution_missing:
        account.missing_distributions.insert(any_distribution());
        return;
    case Fault::distribution_failing:
        account.failing_distributions.insert(any_distribution());
        return;
    case Fault::quota_changed:
        change_quota(account);
        return;
    case Fault::slots_taken:
        account.held_by_others = {static_cast<std::uint32_t>(dice_.below(3001)),
                                  static_cast<std::uint32_t>(dice_.below(16))};
        return;
    case Fault::reads_denied:
        account.may_read = dice_.one_in(2);
        account.unreadable_distributions.insert(any_distribution());
        return;
    case Fault::reads_throttled:
        account.throttles_reads = true;
        return;
    case Fault::invalidation_absent:
        account.absent.insert(
            fmt::format("I{}", dice_.below(around_.cloudfront.accepted().size() + 3)));
        return;
    case Fault::listed_late:
        account.listed_after = dice_.between({}, latest_listing());
        return;
    default:
        return;
    }
}

/// The core takes a minute to be enough for whatever was sent to arrive and to be listed.
base::Duration Troubles::latest_listing() const {
    const bool comes_late = plan_.chaos.of_ten_thousand[Fault::late_effect] > 0;
    return seconds(comes_late ? 9 : 45);
}

void Troubles::change_quota(FakeAccount& account) {
    constexpr std::array rates{0.1, 0.3, 1.0, 2.0, 50.0};
    account.rate = rates[dice_.below(rates.size())];
    account.burst = static_cast<double>(1 + dice_.below(5));
}

} // namespace exarch::simulation
