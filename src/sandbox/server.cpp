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

} // namespace

/// Serves requests, and keeps those that wait for their time or for something to happen.
class SandboxServer::Waiting : public std::enable_shared_from_this<Waiting> {
public:
    Waiting(const asio::any_io_executor& executor, Sandbox& sandbox, const base::Clock& clock)
        : executor_(executor), sandbox_(sandbox), clock_(clock), due_(executor) {}

    static asio::awaitable<http::Response> serve(std::shared_ptr<Waiting> self,
                                                 http::Request request) {
        const auto exchange = self->sandbox_.open(std::move(request), self->clock_.now());
        bool has_begun = false;
        for (;;) {
            Answer answer = self->sandbox_.step(*exchange, self->clock_.now());
            if (auto* response = std::get_if<http::Response>(&answer)) {
                self->wake_polls(*exchange);
                self->advance_functions();
                co_return std::move(*response);
            }
            const base::Instant at = std::get<AskAgain>(answer).at;
            const bool is_poll = exchange->call.has_value() && at != exchange->served_at;
            if (is_poll && exchange->service == "lambda" && !std::exchange(has_begun, true)) {
                // Its invocation has a time limit. Not at once: it has to wait before it is woken.
                self->arm(pause_min);
            }
            co_await self->wait_until(at, is_poll);
        }
    }

    void advance() {
        wake_all();
        advance_functions();
    }

    void stop() {
        is_stopped_ = true;
        due_.cancel();
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
        if (exchange.record == nullptr || exchange.service == "sqs" ||
            exchange.service == "lambda") {
            wake_all();
        }
    }

    void wake_all() {
        for (asio::steady_timer* const timer : polls_) {
            timer->cancel();
        }
    }

    // What was sent may be for a function, what was set changes when it is due.
    void advance_functions() {
        if (sandbox_.fleet() == nullptr || is_stopped_) {
            return;
        }
        const base::Instant now = clock_.now().steady;
        const auto next = sandbox_.advance(clock_.now());
        if (!next) {
            due_.cancel();
            return;
        }
        arm(std::max<base::Duration>(*next - now, pause_min));
    }

    void arm(base::Duration pause) {
        due_.expires_after(pause);
        due_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            const auto self = weak.lock();
            if (!error && self != nullptr) {
                self->advance();
            }
        });
    }

    asio::any_io_executor executor_;
    Sandbox& sandbox_;
    const base::Clock& clock_;
    asio::steady_timer due_;
    bool is_stopped_ = false;
    std::set<asio::steady_timer*> polls_;
};

SandboxServer::~SandboxServer() {
    waiting_->stop();
}

void SandboxServer::advance() {
    waiting_->advance();
}

base::Result<std::unique_ptr<SandboxServer>> SandboxServer::listen(asio::any_io_executor executor,
                                                                   Params params, Sandbox& sandbox,
                                                                   const base::Clock& clock) {
    auto waiting = std::make_shared<Waiting>(executor, sandbox, clock);
    http::ServerParams server_params;
    server_params.address = std::move(params.address);
    server_params.port = params.port;
    server_params.connections_max = 4096;
    server_params.body_bytes_max = params.body_bytes_max;
    EXARCH_TRY(
        auto server,
        http::Server::listen(executor, std::move(server_params), [waiting](http::Request request) {
            return Waiting::serve(waiting, std::move(request));
        }));
    return std::unique_ptr<SandboxServer>(new SandboxServer(std::move(waiting), std::move(server)));
}

} // namespace exarch::sandbox
