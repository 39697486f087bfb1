#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "http/client.hpp"
#include "http/proxy.hpp"
#include "http/reader.hpp"
#include "http/transport/deadlines.hpp"
#include "http/transport/resolver.hpp"
#include "http/transport/stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::http {

/// The way to an origin, which all connections of its pool take.
struct Route {
    Origin origin;
    std::optional<Proxy> proxy;
    /// None where the origin is plain http.
    std::shared_ptr<const TlsContext> tls;
    /// The newest session ticket of that origin.
    std::shared_ptr<TlsTicket> ticket;

    /// Whom the TCP connection goes to.
    [[nodiscard]] const Origin& next_hop() const { return proxy ? proxy->origin : origin; }
};

/// When each phase of one exchange has to be over.
struct Deadline {
    Timeouts timeouts;
    base::Instant whole;

    /// From now on for at most `duration`, within the whole.
    [[nodiscard]] base::Instant within(base::Instant now, base::Duration duration) const;
};

/// One connection to an origin, one exchange at a time. Where it fails it closes itself. Cancelled
/// by the coroutine's cancellation slot.
class Connection {
public:
    Connection(const std::shared_ptr<Deadlines>& deadlines, ReadLimits limits);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Connects to the first of the addresses that answers, through the proxy's tunnel and TLS as
    /// the route says. Fails as unreachable or cancelled. `route` must stay until it is done.
    [[nodiscard]] boost::asio::awaitable<base::Status>
    establish(const Route& route, Resolver::Addresses addresses, Deadline deadline);

    /// Sends `head` and `request.body` and reads the answer. Fails as outcome_unknown. `request`
    /// must stay until it is done.
    [[nodiscard]] boost::asio::awaitable<base::Result<Exchange>>
    exchange(const Request& request, std::string head, Deadline deadline);

    /// Whether another exchange can follow, as far as the last one tells.
    [[nodiscard]] bool is_reusable() const { return reusable_ && stream_.is_open(); }
    /// Whether the peer has left it alone since: asks the socket.
    [[nodiscard]] bool is_quiet() { return stream_.is_quiet(); }
    [[nodiscard]] bool is_open() const { return stream_.is_open(); }

    /// Closes it when that time comes, unless an exchange begins before.
    void close_at(base::Instant instant) { watch_.set(instant); }
    void close() { stream_.close(); }

private:
    [[nodiscard]] boost::asio::awaitable<base::Status>
    connect(const Route& route, Resolver::Addresses addresses, Deadline deadline);
    [[nodiscard]] boost::asio::awaitable<base::Status> tunnel(const Route& route,
                                                              base::Duration allowed);
    [[nodiscard]] boost::asio::awaitable<base::Status> secure(const Route& route,
                                                              Deadline deadline);
    [[nodiscard]] boost::asio::awaitable<StreamResult<void>> send(std::string head,
                                                                  std::string_view body);
    [[nodiscard]] boost::asio::awaitable<base::Status> receive(ResponseReader& reader,
                                                               Deadline deadline);
    void begin_phase(base::Instant until);
    /// What befell the phase, for people.
    [[nodiscard]] std::string explain(const StreamFailure& failure, base::Duration allowed) const;
    [[nodiscard]] base::Error fail_to_connect(std::string_view phase, const StreamFailure& failure,
                                              base::Duration allowed) const;

    Stream stream_;
    ReadLimits limits_;
    bool expired_ = false;
    bool reusable_ = false;
    Deadlines::Watch watch_;
};

} // namespace exarch::http
