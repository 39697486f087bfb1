#include "http/connection.hpp"

#include "http/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Error;
using base::ErrorKind;

// A body up to this size travels in one write with its head.
constexpr std::size_t joined_body_bytes_max = std::size_t{16} * 1024;

std::string format_endpoint(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                      : fmt::format("{}:{}", address, endpoint.port());
}

} // namespace

base::Instant Deadline::within(base::Instant now, base::Duration duration) const {
    return std::min(later(now, duration), whole);
}

Connection::Connection(const std::shared_ptr<Deadlines>& deadlines, ReadLimits limits)
    : stream_(deadlines->executor()), limits_(limits), watch_(deadlines, [this] {
          expired_ = true;
          stream_.close();
      }) {}

void Connection::begin_phase(base::Instant until) {
    expired_ = false;
    watch_.set(until);
}

std::string Connection::explain(const StreamFailure& failure, base::Duration allowed) const {
    return expired_ ? fmt::format("it took longer than {}", base::format_for_people(allowed))
                    : failure.what;
}

Error Connection::fail_to_connect(std::string_view phase, const StreamFailure& failure,
                                  base::Duration allowed) const {
    const bool stopped = failure.kind == StreamFailure::Kind::stopped && !expired_;
    return Error(stopped ? ErrorKind::cancelled : ErrorKind::unreachable,
                 fmt::format("{}: {}", phase, explain(failure, allowed)));
}

asio::awaitable<base::Status>
Connection::establish(const Route& route, Resolver::Addresses addresses, Deadline deadline) {
    EXARCH_CO_CHECK(co_await connect(route, std::move(addresses), deadline));
    if (route.proxy && route.tls != nullptr) {
        EXARCH_CO_CHECK(co_await tunnel(route, deadline.timeouts.connect));
    }
    if (route.tls != nullptr) {
        EXARCH_CO_CHECK(co_await secure(route, deadline));
    }
    if (!stream_.is_open()) {
        // The time ran out just as it came about. Nothing has been sent, and nothing must be.
        co_return std::unexpected(
            Error(ErrorKind::unreachable, "connecting: the time ran out as it was established"));
    }
    co_return base::Status();
}

asio::awaitable<base::Status> Connection::connect(const Route& route, Resolver::Addresses addresses,
                                                  Deadline deadline) {
    const base::Duration allowed = deadline.timeouts.connect;
    const base::Instant until = deadline.within(watch_.now(), allowed);
    Error last(ErrorKind::unreachable, "no address to connect to");
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const tcp::endpoint endpoint(addresses[i], route.next_hop().port);
        // One that never answers must leave time for those behind it.
        const base::Instant now = watch_.now();
        const auto behind = static_cast<base::Duration::rep>(addresses.size() - i);
        begin_phase(until == base::Instant::max() ? until : now + (until - now) / behind);
        const auto connected = co_await stream_.connect(endpoint);
        if (connected.has_value()) {
            begin_phase(until);
            co_return base::Status();
        }
        const std::string phase = fmt::format("connecting to {}", format_endpoint(endpoint));
        last = fail_to_connect(phase, connected.error(), allowed);
        if (last.kind() == ErrorKind::cancelled) {
            break;
        }
    }
    co_return std::unexpected(std::move(last));
}

asio::awaitable<base::Status> Connection::tunnel(const Route& route, base::Duration allowed) {
    const std::string proxy = route.proxy->origin.authority();
    const std::string phase = fmt::format("asking the proxy {} for a tunnel", proxy);
    // The port always stands in it, the scheme's own too.
    const bool is_ipv6 = route.origin.host.contains(':');
    const std::string target = fmt::format("{0}{1}{2}:{3}", is_ipv6 ? "[" : "", route.origin.host,
                                           is_ipv6 ? "]" : "", route.origin.port);
    const std::string head = format_tunnel_head(target, route.proxy->authorization.reveal());
    const auto sent = co_await send(head, {});
    if (!sent.has_value()) {
        co_return std::unexpected(fail_to_connect(phase, sent.error(), allowed));
    }
    ResponseReader reader(limits_, true);
    ReadProgress progress = false;
    while (progress.has_value() && !*progress) {
        const auto got = co_await stream_.read_some(reader.room());
        if (!got.has_value()) {
            co_return std::unexpected(fail_to_connect(phase, got.error(), allowed));
        }
        progress = reader.filled(*got);
    }
    if (!progress.has_value()) {
        co_return std::unexpected(
            Error(ErrorKind::unreachable, fmt::format("{}: {}", phase, progress.error().what)));
    }
    const int status = reader.take().status;
    if (status < 200 || status > 299) {
        co_return std::unexpected(
            Error(ErrorKind::unreachable,
                  fmt::format("{}: it refused with {} {}; check HTTPS_PROXY and NO_PROXY", phase,
                              status, reason(status))));
    }
    co_return base::Status();
}

asio::awaitable<base::Status> Connection::secure(const Route& route, Deadline deadline) {
    const base::Duration allowed = deadline.timeouts.tls;
    begin_phase(deadline.within(watch_.now(), allowed));
    const auto secured = co_await stream_.secure(route.tls, route.origin.host, route.ticket);
    if (!secured.has_value()) {
        stream_.close();
        co_return std::unexpected(fail_to_connect("TLS handshake", secured.error(), allowed));
    }
    co_return base::Status();
}

asio::awaitable<StreamResult<void>> Connection::send(std::string head, std::string_view body) {
    if (body.size() <= joined_body_bytes_max) {
        head += body;
        body = {};
    }
    auto sent = co_await stream_.write(head);
    if (sent.has_value() && !body.empty()) {
        sent = co_await stream_.write(body);
    }
    co_return sent;
}

asio::awaitable<base::Result<Exchange>> Connection::exchange(const Request& request,
                                                             std::string head, Deadline deadline) {
    reusable_ = false;
    begin_phase(deadline.within(watch_.now(), deadline.timeouts.first_byte));
    Exchange exchange;
    const auto sent = co_await send(std::move(head), request.body);
    exchange.sent_at = watch_.now();
    const bool is_broken =
        !sent.has_value() && sent.error().kind == StreamFailure::Kind::broken && !expired_;
    // A server that has read enough answers and closes; its answer may be waiting.
    if (!sent.has_value() && !is_broken) {
        co_return std::unexpected(
            Error(ErrorKind::outcome_unknown,
                  fmt::format("sending the request: {}",
                              explain(sent.error(), deadline.timeouts.first_byte))));
    }
    ReadLimits limits = limits_;
    limits.body_bytes_max = request.answer_bytes_max.value_or(limits.body_bytes_max);
    ResponseReader reader(limits, request.method == "HEAD");
    const auto received = co_await receive(reader, deadline);
    if (!received.has_value()) {
        stream_.close();
        co_return std::unexpected(received.error());
    }
    const auto connection = request.headers.get("connection");
    const bool closes = connection && equal_ignoring_case(*connection, "close");
    reusable_ = sent.has_value() && reader.reusable() && !closes;
    exchange.response = reader.take();
    co_return exchange;
}

asio::awaitable<base::Status> Connection::receive(ResponseReader& reader, Deadline deadline) {
    base::Duration allowed = deadline.timeouts.first_byte;
    const auto fail = [&](const std::string& what) {
        return std::unexpected(
            Error(ErrorKind::outcome_unknown, fmt::format("waiting for the answer: {}", what)));
    };
    if (const auto waited = co_await stream_.wait_readable(); !waited.has_value()) {
        co_return fail(explain(waited.error(), allowed));
    }
    ReadProgress progress = false;
    while (progress.has_value() && !*progress) {
        const auto got = co_await stream_.read_some(reader.room());
        if (got.has_value()) {
            if (!reader.started()) {
                allowed = deadline.timeouts.whole;
                begin_phase(deadline.whole);
            }
            progress = reader.filled(*got);
        } else if (got.error().kind == StreamFailure::Kind::ended) {
            progress = reader.ended();
        } else {
            co_return fail(explain(got.error(), allowed));
        }
    }
    if (!progress.has_value()) {
        co_return fail(progress.error().what);
    }
    co_return base::Status();
}

} // namespace exarch::http
