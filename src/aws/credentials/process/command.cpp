#include "aws/credentials/process/command.hpp"

#include "aws/credentials/process/child.hpp"
#include "aws/detail/text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace exarch::aws {
namespace {

namespace asio = boost::asio;

constexpr std::size_t shown_max = 256;

/// A command under way. Shared with the handler of its timer, which may run a moment later than
/// everything else of it.
struct Run {
    Run(const asio::any_io_executor& executor, Child started)
        : child(std::move(started)), output(executor, child.take_output()), deadline(executor),
          pause(executor) {}

    Child child;
    asio::posix::stream_descriptor output;
    asio::steady_timer deadline;
    asio::steady_timer pause;
    bool is_late = false;
};

void limit_time(const std::shared_ptr<Run>& run, std::chrono::milliseconds time_max) {
    run->deadline.expires_after(time_max);
    run->deadline.async_wait([weak = std::weak_ptr(run)](const boost::system::error_code& error) {
        const std::shared_ptr<Run> self = weak.lock();
        if (!error && self != nullptr) {
            self->is_late = true;
            // It may have been closed in the moment in which this became ready to run.
            boost::system::error_code ignored;
            self->output.cancel(ignored);
            self->pause.cancel();
        }
    });
}

asio::awaitable<bool> is_cancelled() {
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

/// Until the program closes its output, or `text` is full. True at the end of the output.
asio::awaitable<bool> read_all(std::shared_ptr<Run> run, std::string& text) {
    std::size_t length = 0;
    bool is_at_end = false;
    while (!is_at_end && !run->is_late && length < text.size()) {
        const auto [error, count] = co_await run->output.async_read_some(
            asio::buffer(text.data() + length, text.size() - length),
            asio::as_tuple(asio::use_awaitable));
        length += count;
        is_at_end = error == asio::error::eof;
        if (error && !is_at_end) {
            break;
        }
    }
    text.resize(length);
    co_return is_at_end;
}

/// There is a file descriptor to wait for a process with, but not in all kernels that we run on.
/// Programs that have closed their output end within the next millisecond or so.
asio::awaitable<void> wait_for_end(std::shared_ptr<Run> run, int rounds_max) {
    constexpr std::chrono::milliseconds longest(20);
    std::chrono::milliseconds interval(1);
    for (int round = 0; round < rounds_max && !run->child.has_ended(); ++round) {
        run->pause.expires_after(interval);
        co_await run->pause.async_wait(asio::as_tuple(asio::use_awaitable));
        interval = std::min(interval * 2, longest);
        if (run->is_late || co_await is_cancelled()) {
            break;
        }
    }
}

/// After SIGKILL only a broken file system keeps a process from ending.
asio::awaitable<void> wait_for_death(std::shared_ptr<Run> run) {
    constexpr int rounds_max = 100;
    constexpr std::chrono::milliseconds interval(10);
    run->child.kill();
    run->output.close();
    for (int round = 0; round < rounds_max && !run->child.has_ended(); ++round) {
        run->pause.expires_after(interval);
        co_await run->pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    run->child.abandon();
}

base::Error failed(const std::string& program, std::string_view what) {
    return base::Error(base::ErrorKind::unreachable,
                       fmt::format("{} {}", printable(program, shown_max), what));
}

} // namespace

asio::awaitable<base::Result<base::Secret>> run_command(asio::any_io_executor executor,
                                                        const base::Environment& environment,
                                                        std::vector<std::string> arguments,
                                                        CommandLimits limits) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const std::string& program = arguments.front();
    EXARCH_CO_TRY(Child child, Child::start(environment, arguments));
    const auto run = std::make_shared<Run>(executor, std::move(child));
    limit_time(run, limits.time_max);

    // In one piece from the beginning: a string that grows leaves copies of secrets behind.
    std::string text(limits.output_bytes_max + 1, '\0');
    const bool is_at_end = co_await read_all(run, text);
    base::Secret output(std::move(text));
    if (is_at_end) {
        constexpr int no_limit_but_time = 1'000'000;
        co_await wait_for_end(run, no_limit_but_time);
    }
    if (run->child.has_ended() && is_at_end) {
        run->deadline.cancel();
        const std::string failure = run->child.failure();
        if (!failure.empty()) {
            co_return std::unexpected(failed(
                program, failure + "; what it said to its standard error is not shown, for it may "
                                   "hold secrets: run it by hand to see that"));
        }
        co_return output;
    }
    const bool was_cancelled = co_await is_cancelled();
    const bool was_late = run->is_late;
    run->deadline.cancel();
    co_await wait_for_death(run);
    if (was_cancelled) {
        co_return std::unexpected(base::Error(
            base::ErrorKind::cancelled, "gave up waiting for " + printable(program, shown_max)));
    }
    if (was_late) {
        co_return std::unexpected(failed(
            program, fmt::format("took longer than {} s, and was killed; it must end by itself, "
                                 "close its standard output, and ask nobody anything",
                                 std::chrono::duration<double>(limits.time_max).count())));
    }
    co_return std::unexpected(failed(
        program, fmt::format("wrote more than {} bytes, and was killed", limits.output_bytes_max)));
}

} // namespace exarch::aws
