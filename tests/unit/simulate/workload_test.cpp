#include "core/task/task.hpp"
#include "simulate/workload.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace exarch::simulate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = Arrival::Kind;

TEST(Arrival, is_a_burst_or_steady) {
    EXPECT_EQ(parse_arrival("burst").value(), (Arrival{Kind::burst, {}}));
    EXPECT_EQ(parse_arrival("burst 10m").value(), (Arrival{Kind::burst, minutes(10)}));
    EXPECT_EQ(parse_arrival("steady 1h").value(), (Arrival{Kind::steady, hours(1)}));
}

TEST(Arrival, says_what_would_be_right) {
    for (const char* wrong : {"", "bursts", "steady", "burst 10", "burst 0s", "burst 31d",
                              "burst  1m", "burst 1m x", "steady -1h"}) {
        const auto arrival = parse_arrival(wrong);
        ASSERT_FALSE(arrival.has_value()) << wrong;
        EXPECT_TRUE(arrival.error().message().contains("'burst 10m'")) << wrong;
    }
}

SyntheticParams some() {
    return {.accounts = {base::AccountId("111122223333"), base::AccountId("444455556666")},
            .operations = 1005};
}

std::vector<ledger::AcceptTask> tasks_of(Workload& workload) {
    std::vector<ledger::AcceptTask> tasks;
    while (workload.next_at()) {
        tasks.push_back(core::parse_task(workload.take(), {}));
    }
    return tasks;
}

std::vector<base::Duration> moments_of(const Arrival& arrival) {
    SyntheticWorkload workload(some(), arrival, 7);
    std::vector<base::Duration> moments;
    while (const auto at = workload.next_at()) {
        moments.push_back(*at);
        static_cast<void>(workload.take());
    }
    return moments;
}

TEST(Workload, a_made_up_one_has_as_many_operations_as_asked_for) {
    SyntheticWorkload workload(some(), {}, 1);
    std::size_t operations = 0;
    std::set<std::string> accounts;
    std::set<std::string> resources;
    for (const ledger::AcceptTask& task : tasks_of(workload)) {
        EXPECT_TRUE(task.rejections.empty());
        operations += task.operations.size();
        for (const ledger::LaneKey& lane : task.lanes) {
            accounts.insert(lane.account.value());
            resources.insert(lane.resource);
        }
    }
    EXPECT_EQ(operations, 1005U);
    EXPECT_EQ(accounts.size(), 2U);
    EXPECT_EQ(resources.size(), 4U);
}

TEST(Workload, has_its_shares_of_wildcards_and_duplicates) {
    SyntheticParams params = some();
    params.operations = 10'000;
    params.wildcards = 0.2;
    params.duplicates = 0.5;
    SyntheticWorkload workload(params, {}, 1);
    std::size_t wildcards = 0;
    std::set<std::string> pages;
    for (const ledger::AcceptTask& task : tasks_of(workload)) {
        for (const ledger::NewOperation& operation : task.operations) {
            if (operation.item.ends_with('*')) {
                ++wildcards;
            } else {
                pages.insert(operation.item);
            }
        }
    }
    EXPECT_NEAR(static_cast<double>(wildcards), 2000, 300);
    EXPECT_NEAR(static_cast<double>(pages.size()), 4000, 300);
}

TEST(Workload, is_the_same_for_the_same_seed_only) {
    const auto first_of = [](std::uint64_t seed) {
        return SyntheticWorkload(some(), {}, seed).take();
    };
    EXPECT_EQ(first_of(3), first_of(3));
    EXPECT_NE(first_of(3), first_of(4));
}

TEST(Workload, a_burst_comes_at_once_or_evenly) {
    EXPECT_EQ(std::ranges::max(moments_of({})), base::Duration());
    const auto moments = moments_of({Kind::burst, seconds(101)});
    ASSERT_EQ(moments.size(), 101U);
    for (std::size_t i = 0; i < moments.size(); ++i) {
        EXPECT_NEAR(static_cast<double>(moments[i].count()), static_cast<double>(i) * 1e6, 1);
    }
}

TEST(Workload, a_steady_one_comes_at_random_moments_of_its_span) {
    const auto moments = moments_of({Kind::steady, seconds(101)});
    EXPECT_TRUE(std::ranges::is_sorted(moments));
    EXPECT_GT(moments.back(), seconds(60));
    EXPECT_LE(moments.back(), seconds(101));
}

} // namespace
} // namespace exarch::simulate
