#include "simulation/scenarios/script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>

namespace exarch::simulation {
namespace {

using base::Duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string account = "111122223333";

/// Requests take 20 ms to arrive, or a little longer.
class SteadyConditions : public CalmConditions {
public:
    [[nodiscard]] Passage passage() override {
        Passage passage = CalmConditions::passage();
        passage.until_arrived += dice_.between(Duration(0), milliseconds(10));
        return passage;
    }

protected:
    Dice dice_{1};
};

/// And one in ten fails in one way or another.
class FailingConditions final : public SteadyConditions {
public:
    [[nodiscard]] Passage passage() override {
        constexpr std::array ways{Fault::lost_request, Fault::lost_answer, Fault::server_error,
                                  Fault::server_error_after_effect};
        Passage passage = SteadyConditions::passage();
        if (dice_.one_in(10)) {
            passage.fault = ways[dice_.below(ways.size())];
        }
        return passage;
    }
};

/// How long after its first call left everything was accepted.
Duration time_of(World& world) {
    const auto& accepted = world.cloudfront().accepted();
    return accepted.back().accepted_at - world.departures().front().at;
}

/// One wish at each of so many distributions: as many calls, none of which can be saved.
void wish_everywhere(World& world, const std::string& in, int distributions) {
    std::vector<Entry> entries;
    for (int number = 0; number < distributions; ++number) {
        entries.push_back({in, fmt::format("E{}", number), "/index.html"});
    }
    world.send(first_form(entries));
}

/// The least time in which a quota lets so many calls leave, the first of them at once.
Duration least_time(const core::Quota& quota, double calls) {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>((calls - quota.burst) / quota.rate));
}

void expect_drained_within(World& world, Duration least, double times) {
    ASSERT_TRUE(world.drain(hours(2))) << world.trace().tail();
    const double ratio = std::chrono::duration<double>(time_of(world)) / least;
    EXPECT_LE(ratio, times) << fmt::format("least {} s", least / seconds(1));
    EXPECT_GE(ratio, 1);
    testing::Test::RecordProperty("ratio", fmt::format("{:.4f}", ratio));
    EXPECT_EQ(problems(world), "");
}

TEST(drain, takes_no_more_than_a_fiftieth_longer_than_the_quota_allows) {
    World world({}, std::make_unique<SteadyConditions>());
    constexpr int calls = 400;
    wish_everywhere(world, account, calls);
    expect_drained_within(world, least_time({.rate = 1, .burst = 1}, calls), 1.02);
    EXPECT_EQ(world.cloudfront().tally(account).throttled, 0U);
}

TEST(drain, takes_no_longer_for_many_accounts_than_for_one) {
    World world({}, std::make_unique<SteadyConditions>());
    constexpr int calls = 200;
    constexpr int accounts = 20;
    for (int number = 0; number < accounts; ++number) {
        wish_everywhere(world, fmt::format("{:012}", number), calls);
    }
    expect_drained_within(world, least_time({.rate = 1, .burst = 1}, calls), 1.02);
}

TEST(drain, takes_a_fifth_longer_at_most_where_a_tenth_of_the_calls_fail) {
    World world({}, std::make_unique<FailingConditions>());
    constexpr int calls = 400;
    wish_everywhere(world, account, calls);
    expect_drained_within(world, least_time({.rate = 1, .burst = 1}, calls), 1.2);
}

TEST(drain, takes_no_more_than_a_fiftieth_longer_than_what_may_be_in_progress_allows) {
    World world({}, std::make_unique<SteadyConditions>());
    constexpr int batches = 12;
    constexpr int batch = 3000;
    const Duration completion = seconds(33);
    world.cloudfront().account(account).completion = completion;
    for (int number = 0; number < batches; ++number) {
        std::vector<std::string> paths;
        for (int path = 0; path < batch; ++path) {
            paths.push_back(fmt::format("/{}/{}", number, path));
        }
        world.send(second_form(account, "E1", paths));
    }
    // 3,000 paths may be in progress: each batch has to wait until the one before is complete.
    expect_drained_within(world, (batches - 1) * completion, 1.02);
}

} // namespace
} // namespace exarch::simulation
