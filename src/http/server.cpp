#include "http/server.hpp"

#include "base/assert.hpp"
#include "http/reader.hpp"
#include "http/transport/stream.hpp"
#include "http/wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <list>
#include <optional>
#include <string_view>
#include <utility>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Error;
using base::ErrorKind;
using boost::system::error_code;
using SteadyTime = asio::steady_timer::time_point;

// A phase of a connection is over when the ticker has passed it this many times.
constexpr int ticks_a_phase = 4;

// One peer. Its phases (waiting for a request, reading it, writing the answer) are timed in ticks,
// which cost nothing where nothing is slow.
struct Session {
    Session(tcp::socket socket, ReadLimits limits) : stream(std::move(socket)), reader(limits) {}

    void begin_phase() { ticks = 0; }
    void fall_silent(SteadyTime now) {
        begin_phase();
        silent_since = now;
    }
    void speak() {
        begin_phase();
        silent_since.reset();
    }
    void pause() { ticks = -1; }
    /// Whether this tick was one too many.
    bool tick() { return ticks >= 0 && ++ticks > ticks_a_phase; }

    Stream stream;
    RequestReader reader;
    asio::cancellation_signal stop;
    int ticks = 0;
    /// While no byte of a next request has come.
    std::optional<SteadyTime> silent_since;
};

bool is_ending(const Session* session) {
    return !session->stream.is_open();
}

bool is_silent_longer(const Session* left, const Session* right) {
    return left->silent_since.value_or(SteadyTime::max()) <
           right->silent_since.value_or(SteadyTime::max());
}

int status_for(ReadFailure failure) {
    switch (failure) {
    case ReadFailure::header_too_large:
        return 431;
    case ReadFailure::body_too_large:
        return 413;
    case ReadFailure::malformed:
    case ReadFailure::ended_early:
        break;
    }
    return 400;
}

asio::awaitable<bool> answer(Session& session, Response response, bool keep_alive, bool has_body) {
    if (response.status == 0) {
        co_return false;
    }
    std::string text = format_head(response, keep_alive);
    const bool empty = !has_body || response.status == 204 || response.status == 304;
    if (!empty) {
        text += response.body;
    }
    session.begin_phase();
    const auto sent = co_await session.stream.write(text);
    co_return sent.has_value();
}

} // namespace

class Server::Listener : public std::enable_shared_from_this<Listener> {
public:
    Listener(const asio::any_io_executor& executor, ServerParams params, Handler handler)
        : acceptor_(executor), ticker_(executor), resume_(executor), params_(std::move(params)),
          handler_(std::move(handler)) {}

    base::Status open() {
        error_code error;
        const auto address = asio::ip::make_address(params_.address, error);
        if (error) {
            return std::unexpected(Error(
                ErrorKind::invalid,
                fmt::format("\"{}\" is not an IP address to listen at; write it like 127.0.0.1",
                            params_.address)));
        }
        const tcp::endpoint endpoint(address, params_.port);
        acceptor_.open(endpoint.protocol(), error);
        if (!error) {
            acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
            acceptor_.bind(endpoint, error);
        }
        if (!error) {
            acceptor_.listen(tcp::acceptor::max_listen_connections, error);
        }
        if (error) {
            return std::unexpected(refuse(error));
        }
        port_ = acceptor_.local_endpoint(error).port();
        return {};
    }

    [[nodiscard]] unsigned short port() const { return port_; }

    void start() {
        asio::co_spawn(acceptor_.get_executor(), accept(shared_from_this()),
                       [](const std::exception_ptr&) {});
    }

    void stop() {
        stopped_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        ticker_.cancel();
        resume_.cancel();
        for (Session* const session : sessions_) {
            session->stream.close();
            session->stop.emit(asio::cancellation_type::terminal);
        }
    }

private:
    [[nodiscard]] Error refuse(const error_code& error) const {
        const bool taken = error == asio::error::address_in_use;
        const bool foreign = error.value() == EADDRNOTAVAIL;
        return Error(taken     ? ErrorKind::conflict
                     : foreign ? ErrorKind::invalid
                               : ErrorKind::system,
                     fmt::format("cannot listen at {} port {}: {}; choose another address or port",
                                 params_.address, params_.port, error.message()));
    }

    static asio::awaitable<void> accept(std::shared_ptr<Listener> self) {
        while (!self->stopped_) {
            if (self->is_full()) {
                self->resume_.expires_at(self->make_room(asio::steady_timer::clock_type::now()));
                co_await self->resume_.async_wait(asio::as_tuple(asio::deferred));
                continue;
            }
            auto [error, socket] =
                co_await self->acceptor_.async_accept(asio::as_tuple(asio::deferred));
            if (!error) {
                self->admit(std::move(socket));
            } else if (!self->stopped_) {
                // No file descriptor is left; there may be one when the next connection ends.
                self->resume_.expires_after(std::chrono::milliseconds(100));
                co_await self->resume_.async_wait(asio::as_tuple(asio::deferred));
            }
        }
    }

    [[nodiscard]] bool is_full() const { return sessions_.size() >= params_.connections_max; }

    // Closes the connection that has been silent for longest, if that is long enough: connections
    // that are only kept open would keep a probe waiting otherwise. Tells when to look again; it is
    // sooner where one ends or falls silent.
    SteadyTime make_room(SteadyTime now) {
        if (std::ranges::any_of(sessions_, is_ending)) {
            return SteadyTime::max();
        }
        const auto longest = std::ranges::min_element(sessions_, is_silent_longer);
        if (longest == sessions_.end() || !(*longest)->silent_since) {
            return SteadyTime::max();
        }
        Session& session = **longest;
        const SteadyTime due = *session.silent_since + params_.gives_way_after;
        if (due > now) {
            return due;
        }
        if (!session.stream.is_quiet()) {
            session.speak();
            return now;
        }
        session.stream.close();
        return SteadyTime::max();
    }

    void admit(tcp::socket socket) {
        const ReadLimits limits{.header_bytes_max = params_.header_bytes_max,
                                .body_bytes_max = params_.body_bytes_max};
        auto session = std::make_shared<Session>(std::move(socket), limits);
        const auto place = sessions_.insert(sessions_.end(), session.get());
        if (sessions_.size() == 1) {
            arm_ticker();
        }
        asio::co_spawn(
            acceptor_.get_executor(), serve(shared_from_this(), session),
            asio::bind_cancellation_slot(session->stop.slot(), [self = shared_from_this(), session,
                                                                place](const std::exception_ptr&) {
                // A handler that threw ends its connection and nothing else.
                session->stream.close();
                self->sessions_.erase(place);
                self->resume_.cancel();
                if (self->sessions_.empty()) {
                    self->ticker_.cancel();
                }
            }));
    }

    void arm_ticker() {
        ticker_.expires_after(params_.idle_max / ticks_a_phase);
        ticker_.async_wait([weak = weak_from_this()](const error_code& error) {
            const auto self = weak.lock();
            if (error || self == nullptr || self->stopped_) {
                return;
            }
            for (Session* const session : self->sessions_) {
                if (session->tick()) {
                    session->stream.close();
                }
            }
            self->arm_ticker();
        });
    }

    static asio::awaitable<void> serve(std::shared_ptr<Listener> self,
                                       std::shared_ptr<Session> session) {
        bool goes_on = true;
        while (goes_on && !self->stopped_) {
            session->fall_silent(asio::steady_timer::clock_type::now());
            if (self->is_full()) {
                self->resume_.cancel();
            }
            const ReadProgress progress = co_await read_request(*session);
            if (!progress.has_value()) {
                Response response;
                response.status = status_for(progress.error().failure);
                response.body = progress.error().what + "\n";
                co_await answer(*session, std::move(response), false, true);
                break;
            }
            if (!*progress) {
                break;
            }
            const bool keep_alive = session->reader.keep_alive();
            Request request = session->reader.take();
            const bool has_body = request.method != "HEAD";
            // However long the handler takes, it is not the peer's fault.
            session->pause();
            Response response = co_await self->handler_(std::move(request));
            goes_on =
                co_await answer(*session, std::move(response), keep_alive, has_body) && keep_alive;
        }
    }

    // False where the peer went away between requests, or in the middle of one.
    static asio::awaitable<ReadProgress> read_request(Session& session) {
        ReadProgress progress = session.reader.filled(0);
        if (session.reader.started()) {
            session.speak();
        }
        while (progress.has_value() && !*progress) {
            const auto got = co_await session.stream.read_some(session.reader.room());
            if (!got.has_value()) {
                co_return false;
            }
            if (session.silent_since) {
                session.speak();
            }
            progress = session.reader.filled(*got);
            if (progress.has_value() && session.reader.must_say_continue()) {
                co_await session.stream.write("HTTP/1.1 100 Continue\r\n\r\n");
            }
        }
        co_return progress;
    }

    tcp::acceptor acceptor_;
    asio::steady_timer ticker_;
    asio::steady_timer resume_;
    ServerParams params_;
    Handler handler_;
    unsigned short port_ = 0;
    bool stopped_ = false;
    std::list<Session*> sessions_;
};

base::Result<std::unique_ptr<Server>> Server::listen(asio::any_io_executor executor,
                                                     ServerParams params, Handler handler) {
    auto listener = std::make_shared<Listener>(executor, std::move(params), std::move(handler));
    EXARCH_CHECK(listener->open());
    listener->start();
    return std::unique_ptr<Server>(new Server(std::move(listener)));
}

Server::Server(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}

Server::~Server() {
    listener_->stop();
}

unsigned short Server::port() const {
    return listener_->port();
}

} // namespace exarch::http
