#include "worker/queues/dead_letters.hpp"

#include "worker/cloud.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using Attributes = aws::Outcome<aws::QueueAttributes>;

/// Whether the next attempt may be answered.
bool may_pass(const Attributes& attributes) {
    return !attributes.has_value() && (attributes.error().remedy == aws::Remedy::retry ||
                                       attributes.error().remedy == aws::Remedy::slow_down);
}

/// A worker that comes back in the middle of a hiccup begins after it.
asio::awaitable<Attributes> ask_patiently(const aws::Sqs& sqs, aws::QueueUrl url) {
    constexpr std::chrono::seconds pause_longest(4);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (std::chrono::milliseconds pause(500);; pause *= 2) {
        std::vector<std::string> names{"RedrivePolicy", "QueueArn"};
        Attributes attributes = co_await sqs.get_queue_attributes(url, std::move(names));
        if (!may_pass(attributes) || pause > pause_longest) {
            co_return attributes;
        }
        timer.expires_after(pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

/// A question of its own, before a run begins.
Attributes ask(asio::io_context& io, const aws::Sqs& sqs, const aws::QueueUrl& url) {
    std::optional<Attributes> answer;
    asio::co_spawn(io, ask_patiently(sqs, url),
                   [&](const std::exception_ptr& failure, Attributes attributes) {
                       if (failure != nullptr) {
                           std::rethrow_exception(failure);
                       }
                       answer = std::move(attributes);
                       io.stop();
                   });
    io.restart();
    io.run();
    return *std::move(answer);
}

} // namespace

base::Result<std::vector<queue::DeadLetterQueue>>
find_dead_letter_queues(const config::Config& config, const base::Environment& environment,
                        const base::Clock& clock) {
    asio::io_context io(1);
    EXARCH_TRY(const auto cloud,
               Cloud::open(io.get_executor(), clock, environment, config.queues.front()));
    std::vector<queue::DeadLetterQueue> found;
    for (const std::string& name : config.queues) {
        const aws::QueueUrl url(name);
        EXARCH_TRY(const auto sqs, cloud->sqs(name));
        const Attributes attributes = ask(io, *sqs, url);
        if (!attributes.has_value()) {
            return std::unexpected(
                aws::to_error(attributes.error(), "reading the redrive policy of " + name));
        }
        EXARCH_TRY(auto dead_letters, queue::dead_letter_queue_of(url, *attributes));
        if (dead_letters.has_value()) {
            found.push_back(*std::move(dead_letters));
        }
    }
    if (found.empty()) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            fmt::format("--dead-letters: there is no dead-letter queue to take from: no "
                        "RedrivePolicy of {} names one",
                        fmt::join(config.queues, ", "))));
    }
    return found;
}

} // namespace exarch::worker
