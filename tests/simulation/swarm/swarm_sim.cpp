#include "simulation/swarm/report.hpp"
#include "simulation/swarm/run.hpp"
#include "simulation/swarm/shrink.hpp"

#include <gmock/gmock.h>

namespace exarch::simulation {
namespace {

using testing::IsEmpty;

TEST(swarm, keeps_every_rule_whatever_the_seed_and_reaches_every_rare_branch) {
    constexpr std::uint64_t seeds = 400;
    RunTotals totals;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        SCOPED_TRACE(seed);
        RunParams params;
        params.seed = seed;
        const RunOutcome outcome = run(params);
        totals.add(outcome.totals);
        ASSERT_THAT(outcome.violations, IsEmpty()) << "replay: simulation " << arguments_of(params);
        EXPECT_GE(outcome.totals.events, params.events);
    }
    EXPECT_EQ(probes_missed(), "");
    for (const Fault fault : all_faults()) {
        EXPECT_GT(totals.faults[fault], 0U) << format(fault) << " never strikes";
    }
}

TEST(swarm, goes_the_same_way_from_the_same_seed) {
    RunParams seven;
    seven.seed = 7;
    RunParams eight;
    eight.seed = 8;
    const std::string digest = run(seven).digest;
    EXPECT_EQ(run(seven).digest, digest);
    EXPECT_NE(run(eight).digest, digest);
    RecordProperty("digest", digest);
}

TEST(swarm, being_told_changes_nothing_about_a_run) {
    RunParams told;
    told.seed = 9;
    told.trace_lines = 100;
    RunParams untold;
    untold.seed = 9;
    EXPECT_EQ(run(told).digest, run(untold).digest);
    EXPECT_THAT(run(untold).story, IsEmpty());
}

/// A run that fails as soon as it lets a kind of fault in and has the fourth message.
std::string fails_by(Fault fault, const RunParams& params) {
    const bool has_message = params.messages_max.value_or(100) > 4 && !params.skipped.contains(4);
    return has_message && !params.without.contains(fault) ? "some-rule" : "";
}

TEST(shrinking, leaves_what_a_failure_needs_and_nothing_else) {
    RunParams failing;
    failing.seed = 3;
    const RunParams least = shrink(
        failing, [](const RunParams& params) { return fails_by(Fault::lost_answer, params); });
    EXPECT_EQ(least.without.size(), all_faults().size() - 1);
    EXPECT_FALSE(least.without.contains(Fault::lost_answer));
    EXPECT_EQ(least.messages_max, 5U);
    EXPECT_THAT(least.skipped, testing::ElementsAre(0U, 1U, 2U, 3U));
    EXPECT_EQ(least.wishes_max, 1U);
    EXPECT_EQ(least.seed, 3U);
}

TEST(shrinking, leaves_a_run_alone_that_does_not_fail) {
    RunParams fine;
    const RunParams same = shrink(fine, [](const RunParams&) { return std::string(); });
    EXPECT_THAT(same.without, IsEmpty());
    EXPECT_FALSE(same.messages_max.has_value());
}

TEST(shrinking, tries_a_run_in_a_process_of_its_own) {
    RunParams params;
    params.events = 100;
    EXPECT_EQ(try_apart(params), "");
}

} // namespace
} // namespace exarch::simulation
