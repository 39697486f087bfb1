#include "worker/commits/ledger_writer.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using base::Result;

/// Has so many steps to forget, and keeps the order in which it was asked for what.
class LongLedger final : public ledger::Ledger {
public:
    base::Status load(ledger::Restorer&) override { return {}; }
    Result<std::vector<ledger::TaskReceipt>> commit(std::span<const ledger::Record>) override {
        asked += 'c';
        return std::vector<ledger::TaskReceipt>();
    }
    Result<bool> prune(base::Timestamp, base::Timestamp) override {
        asked += 'p';
        return --steps > 0;
    }

    std::atomic<int> steps = 5;
    std::string asked;
};

class LedgerWriterTest : public testing::Test {
protected:
    /// Until `is_over` or, where something is lost, for as long as a test may take.
    void run_until(const std::function<bool()>& is_over) {
        const base::Instant give_up_at = clock_.now().steady + std::chrono::seconds(20);
        while (!is_over() && clock_.now().steady < give_up_at) {
            io_.restart();
            io_.run_one_for(std::chrono::milliseconds(100));
        }
    }

    asio::io_context io_{1};
    base::SystemClock clock_;
    LongLedger ledger_;
    CrashPoints crash_points_;
    std::vector<core::Revision> committed_;
    LedgerWriter writer_{io_.get_executor(), ledger_, crash_points_};

    LedgerWriterTest() {
        writer_.tell({.committed =
                          [this](const std::vector<core::Committed>& commits) {
                              for (const core::Committed& commit : commits) {
                                  committed_.push_back(commit.revision);
                              }
                          },
                      .failed = [](const base::Error&) { FAIL(); }});
    }
};

TEST_F(LedgerWriterTest, forgetting_goes_on_while_there_is_more_and_gives_way_to_commits) {
    writer_.prune({}, {});
    EXPECT_TRUE(writer_.is_idle());
    writer_.submit(core::Commit{1, {}});
    EXPECT_FALSE(writer_.is_idle());
    run_until([&] { return ledger_.steps == 0; });
    EXPECT_EQ(committed_, std::vector<core::Revision>{1});
    EXPECT_EQ(ledger_.asked, "pcpppp");
}

} // namespace
} // namespace exarch::worker
