#include "aws/credentials/caching_provider.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace exarch::aws {

namespace asio = boost::asio;

/// Shared with the attempt under way, which may outlive the provider by a moment.
struct CachingProvider::State {
    State(asio::any_io_executor run_on, const base::Clock& read_from,
          std::unique_ptr<CredentialsProvider> ask, RefreshPolicy policy)
        : executor(std::move(run_on)), clock(read_from), source(std::move(ask)), cache(policy),
          done(executor, asio::steady_timer::time_point::max()) {}

    asio::any_io_executor executor;
    const base::Clock& clock;
    std::unique_ptr<CredentialsProvider> source;
    CredentialsCache cache;
    bool refreshing = false;
    /// Never expires: cancelling it wakes those who wait for the attempt under way.
    asio::steady_timer done;
    asio::cancellation_signal stop;

    static asio::awaitable<void> refresh(std::shared_ptr<State> state);
    static void start_refresh(const std::shared_ptr<State>& state);
    static asio::awaitable<void> wait_for_refresh(std::shared_ptr<State> state);
};

asio::awaitable<void> CachingProvider::State::refresh(std::shared_ptr<State> state) {
    co_await asio::this_coro::throw_if_cancelled(false);
    base::Result<sigv4::Credentials> result = co_await state->source->get();
    const base::Moment now = state->clock.now();
    if (result.has_value()) {
        state->cache.store(std::move(*result), now);
    } else {
        state->cache.fail(std::move(result).error(), now.steady);
    }
}

void CachingProvider::State::start_refresh(const std::shared_ptr<State>& state) {
    if (std::exchange(state->refreshing, true)) {
        return;
    }
    auto finish = [state](const std::exception_ptr& thrown) {
        if (thrown != nullptr) {
            state->cache.fail(base::Error(base::ErrorKind::system,
                                          "looking for AWS credentials ended by an exception"),
                              state->clock.now().steady);
        }
        state->refreshing = false;
        state->done.cancel();
    };
    asio::co_spawn(state->executor, refresh(state),
                   asio::bind_cancellation_slot(state->stop.slot(), std::move(finish)));
}

asio::awaitable<void> CachingProvider::State::wait_for_refresh(std::shared_ptr<State> state) {
    asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    while (state->refreshing && cancellation.cancelled() == asio::cancellation_type::none) {
        co_await state->done.async_wait(asio::as_tuple(asio::use_awaitable));
        cancellation = co_await asio::this_coro::cancellation_state;
    }
}

CachingProvider::CachingProvider(asio::any_io_executor executor, const base::Clock& clock,
                                 std::unique_ptr<CredentialsProvider> source, RefreshPolicy policy)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(source), policy)) {}

CachingProvider::~CachingProvider() {
    if (state_->refreshing) {
        // Not at once: co_spawn() only notes the signal where this isn't its executor's thread at
        // work, and comes back to it when an attempt that has ended meanwhile may have taken all of
        // it along.
        asio::dispatch(state_->executor, [state = state_] {
            if (state->refreshing) {
                state->stop.emit(asio::cancellation_type::terminal);
            }
        });
    }
    state_->done.cancel();
}

asio::awaitable<base::Result<sigv4::Credentials>> CachingProvider::get() {
    const std::shared_ptr<State> state = state_;
    co_await asio::this_coro::throw_if_cancelled(false);
    switch (state->cache.advise(state->clock.now().steady)) {
    case CacheAdvice::serve:
    case CacheAdvice::fail:
        break;
    case CacheAdvice::serve_and_refresh:
        State::start_refresh(state);
        break;
    case CacheAdvice::refresh_first:
        State::start_refresh(state);
        co_await State::wait_for_refresh(state);
        if (state->refreshing) {
            co_return std::unexpected(
                base::Error(base::ErrorKind::cancelled, "gave up waiting for AWS credentials"));
        }
        break;
    }
    co_return state->cache.current(state->clock.now().steady);
}

void CachingProvider::invalidate() {
    state_->source->invalidate();
    state_->cache.invalidate(state_->clock.now().steady);
}

} // namespace exarch::aws
