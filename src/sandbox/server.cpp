#include "sandbox/server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace exarch::sandbox {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds pause_min(1);
// A message of 1 MiB in which every character is escaped.
constexpr std::size_t body_bytes_max = std::size_t{8} * 1024 * 1024;

} // namespace

/// Serves requests, and keeps those that wait for their time or for something to happen.
class SandboxServer::Waiting {
public:
    Waiting(asio::any_io_executor executor, Sandbox& sandbox, const base::Clock& clock)
        : executor_(std::move(executor)), sandbox_(sandbox), clock_(clock) {}

    static asio::awaitable<http::Response> serve(std::shared_ptr<Waiting> self,
                                                 http::Request request) {
        const auto exchange = self->sandbox_.open(std::move(request), self->clock_.now());
        for (;;) {
            Answer answer = self->sandbox_.step(*exchange, self->clock_.now());
            if (auto* response = std::get_if<http::Response>(&answer)) {
                self->wake_polls(*exchange);
                co_return std::move(*response);
            }
            const base::Instant at = std::get<AskAgain>(answer).at;
            const bool is_poll = exchange->call.has_value() && at != exchange->served_at;
            co_await self->wait_until(at, is_poll);
        }
    }

private:
    /// Keeps a timer in the set for as long as somebody waits for it, however that ends.
    class Place {
    public:
        Place(std::set<asio::steady_timer*>& timers, asio::steady_timer& timer)
            : timers_(timers), timer_(timer) {
            timers_.insert(&timer_);
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { timers_.erase(&timer_); }

    private:
        std::set<asio::steady_timer*>& timers_;
        asio::steady_timer& timer_;
    };

    /// A poll waits for something to happen; a call that is not served yet, whose caller may be
    /// known already, only for its time.
    asio::awaitable<void> wait_until(base::Instant at, bool is_poll) {
        asio::steady_timer timer(executor_);
        std::optional<Place> place;
        if (is_poll) {
            place.emplace(polls_, timer);
        }
        // Whatever a service asks for, the others get their turn.
        timer.expires_after(std::max<base::Duration>(at - clock_.now().steady, pause_min));
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
    }

    // A message was sent, a queue purged, everything reset: whatever polls wait for may have come.
    void wake_polls(const Exchange& exchange) {
        if (exchange.record != nullptr && exchange.service != "sqs") {
            return;
        }
        for (asio::steady_timer* const timer : polls_) {
            timer->cancel();
        }
    }

    asio::any_io_executor executor_;
    Sandbox& sandbox_;
    const base::Clock& clock_;
    std::set<asio::steady_timer*> polls_;
};

base::Result<std::unique_ptr<SandboxServer>> SandboxServer::listen(asio::any_io_executor executor,
                                                                   Params params, Sandbox& sandbox,
                                                                   const base::Clock& clock) {
    auto waiting = std::make_shared<Waiting>(executor, sandbox, clock);
    http::ServerParams server_params;
    server_params.address = std::move(params.address);
    server_params.port = params.port;
    server_params.connections_max = 4096;
    server_params.body_bytes_max = body_bytes_max;
    EXARCH_TRY(
        auto server,
        http::Server::listen(executor, std::move(server_params), [waiting](http::Request request) {
            return Waiting::serve(waiting, std::move(request));
        }));
    return std::unique_ptr<SandboxServer>(new SandboxServer(std::move(waiting), std::move(server)));
}

} // namespace exarch::sandbox
