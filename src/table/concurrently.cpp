#include "table/concurrently.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace exarch::table {
namespace {

namespace asio = boost::asio;

/// What the strands of one run have in common. It outlives them: the run waits for all.
struct Run {
    Run(asio::any_io_executor executor, std::size_t places) : ended(executor), count(places) {}

    asio::steady_timer ended;
    std::size_t count;
    std::size_t next = 0;
    std::size_t strands = 0;
    base::Status status;
    std::exception_ptr failure;
};

} // namespace

asio::awaitable<base::Status>
concurrently(std::size_t count, std::size_t width,
             std::function<asio::awaitable<base::Status>(std::size_t)> work) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    Run run(executor, count);
    const auto strand = [&run, &work]() -> asio::awaitable<void> {
        while (run.next < run.count && run.status.has_value()) {
            const std::size_t place = run.next++;
            base::Status status = co_await work(place);
            if (!status.has_value() && run.status.has_value()) {
                run.status = std::move(status);
            }
        }
    };
    run.ended.expires_at(asio::steady_timer::time_point::max());
    run.strands = std::min(count, width);
    const std::size_t strands = run.strands;
    for (std::size_t each = 0; each < strands; ++each) {
        asio::co_spawn(executor, strand(), [&run](const std::exception_ptr& failure) {
            run.failure = run.failure == nullptr ? failure : run.failure;
            if (--run.strands == 0) {
                run.ended.cancel();
            }
        });
    }
    while (run.strands > 0) {
        co_await run.ended.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (run.failure != nullptr) {
        std::rethrow_exception(run.failure);
    }
    co_return run.status;
}

} // namespace exarch::table
