#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "core/core.hpp"
#include "lambda/events/sqs_event.hpp"
#include "lambda/invocation_ledger.hpp"
#include "lambda/time_plan.hpp"
#include "route/route.hpp"
#include "worker/commits/ledger_writer.hpp"
#include "worker/engine.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <vector>

namespace exarch::lambda {

/// The messages of one invocation, from the event to what is left of them. A core of their own
/// carries them out: whatever it has not settled in its time is forgotten with it, and comes again.
/// One executor's thread.
class Batch {
public:
    /// All of it must outlive the batch and the executor's work.
    struct Parts {
        boost::asio::any_io_executor executor;
        const base::Clock& clock;
        base::Log& log;
        route::Route& route;
        worker::CrashPoints& crash_points;
        CallsInProgress& in_progress;
    };

    Batch(Parts parts, core::CoreParams params);

    /// Once. Ends when all is settled, when nothing more can be in this time, or when it is over.
    /// Fails as the core does where it can't begin.
    [[nodiscard]] boost::asio::awaitable<base::Status> run(const std::vector<SqsRecord>& records,
                                                           TimePlan plan);

    [[nodiscard]] bool is_settled(const ledger::MessageOrigin& origin) const {
        return ledger_.is_settled(origin);
    }
    /// False where something that run() has begun has not ended in time. Then it must not be
    /// destroyed before the executor.
    [[nodiscard]] bool has_stopped() const { return engine_.is_idle(); }
    [[nodiscard]] const core::RunCounts& counts() const { return core_.counts(); }
    [[nodiscard]] core::Outlook outlook() const { return core_.outlook(); }
    [[nodiscard]] core::Paces paces() const { return core_.paces(); }

private:
    [[nodiscard]] boost::asio::awaitable<void> wait_until(base::Instant at);
    /// Nothing is open, and nothing on its way to be recorded.
    [[nodiscard]] bool is_done() const;
    void stepped();

    Parts parts_;
    core::Core core_;
    InvocationLedger ledger_;
    worker::LedgerWriter writer_;
    worker::Engine engine_;
    boost::asio::steady_timer wake_;
    bool is_stopping_ = false;
    std::optional<base::Error> failure_;
};

} // namespace exarch::lambda
