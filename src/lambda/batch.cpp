#include "lambda/batch.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace exarch::lambda {
namespace {

namespace asio = boost::asio;

/// How often it is asked whether what is left can still be settled: that looks at every lane.
constexpr base::Duration look_every = std::chrono::milliseconds(250);

core::MessagesReceived to_event(const std::vector<SqsRecord>& records) {
    core::MessagesReceived event;
    event.messages.reserve(records.size());
    core::MessageHandle handle = 0;
    for (const SqsRecord& record : records) {
        if (record.flaw.empty()) {
            event.messages.push_back(
                {.handle = ++handle, .origin = record.origin, .body = record.body});
        }
    }
    return event;
}

} // namespace

Batch::Batch(Parts parts, core::CoreParams params)
    : parts_(std::move(parts)), core_(std::move(params)), ledger_(parts_.in_progress, parts_.log),
      writer_(parts_.executor, ledger_, parts_.crash_points),
      engine_(worker::EngineParts{parts_.executor, parts_.clock, parts_.log, core_, writer_,
                                  parts_.route, parts_.crash_points},
              worker::Engine::Callbacks{
                  // Lambda deletes what is not given back.
                  .delete_messages = [](const auto&) {},
                  .failed = [this](base::Error error) { failure_ = std::move(error); },
                  .stepped = [this] { stepped(); }}),
      wake_(parts_.executor) {}

bool Batch::is_done() const {
    return core_.open_operations() == 0 && writer_.is_idle();
}

void Batch::stepped() {
    if (is_stopping_ ? engine_.is_idle() : is_done()) {
        wake_.cancel();
    }
}

asio::awaitable<void> Batch::wait_until(base::Instant at) {
    wake_.expires_after(std::max<base::Duration>(at - parts_.clock.now().steady, {}));
    boost::system::error_code ended;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
}

asio::awaitable<base::Status> Batch::run(const std::vector<SqsRecord>& records, TimePlan plan) {
    const auto now = [this] { return parts_.clock.now().steady; };
    EXARCH_CO_CHECK(core_.restore(ledger_, parts_.clock.now()));
    engine_.start();
    engine_.feed(to_event(records));
    bool is_hopeless = false;
    while (!is_done() && !is_hopeless && !failure_ && now() < plan.last_start) {
        const base::Instant look_at = std::min(now() + look_every, plan.last_start);
        co_await wait_until(look_at);
        const core::Outlook outlook = core_.outlook();
        is_hopeless = outlook.open == outlook.blocked_operations && !outlook.is_busy;
    }
    is_stopping_ = true;
    engine_.stop_sending();
    while (!engine_.is_idle() && !failure_ && now() < plan.answer_by) {
        co_await wait_until(plan.answer_by);
    }
    if (failure_) {
        co_return std::unexpected(*failure_);
    }
    co_return base::Status();
}

} // namespace exarch::lambda
