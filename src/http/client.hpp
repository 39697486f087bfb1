#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace exarch::http {

/// How long each part of an exchange may take. `whole` bounds all of it, waiting for a free
/// connection included.
struct Timeouts {
    base::Duration connect = std::chrono::seconds(5);
    base::Duration tls = std::chrono::seconds(5);
    base::Duration first_byte = std::chrono::seconds(30);
    base::Duration whole = std::chrono::seconds(60);
};

struct ClientParams {
    /// Connections open at once to one origin, idle ones among them; further requests wait.
    std::size_t connections_per_origin_max = 64;
    /// Idle connections are closed after this; AWS closes them after about 60 s.
    base::Duration idle_max = std::chrono::seconds(20);
    /// Larger replies are given up, the connection with them. A request may allow for more.
    std::size_t body_bytes_max = 8 * 1024 * 1024;
    std::size_t header_bytes_max = 64 * 1024;
    /// A file of PEM certificates to trust instead of the system's; from AWS_CA_BUNDLE or
    /// SSL_CERT_FILE where empty, else the first of the places where Debian, AL2023 and Alpine
    /// keep theirs.
    std::string ca_bundle = {};
    /// Name servers, `192.0.2.1:53,…`, instead of those of /etc/resolv.conf where not empty.
    std::string name_servers = {};
};

/// What the sender learns about the sending itself.
struct Exchange {
    Response response;
    /// When the last byte of the request was handed to the kernel.
    base::Instant sent_at;
};

/// Called, on the client's executor, when the first byte of the request is about to be written:
/// from then on a failure is outcome_unknown. False where it is too late for that: the request then
/// fails as cancelled.
using OnDeparture = std::function<bool()>;

/// One HTTP/1.1 client for the whole process: keeps connections alive and shares them among all
/// callers, resolves names by c-ares, verifies TLS (1.2 or later; there is no switch to turn that
/// off), follows HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Follows no redirects, repeats nothing.
/// Use it from its executor's thread only. Destroying it closes all connections; requests under
/// way end as cancelled or outcome_unknown when the executor next runs.
///
/// Fails as `unreachable` when nothing of the request can have been seen by the server (name not
/// found, connection refused, TLS failed, time ran out before writing), as `cancelled` when the
/// coroutine was cancelled before that, and as `outcome_unknown` for everything after the first
/// byte was written. The context names the origin and what to look at.
class Client {
public:
    /// `clock` must outlive the client and the requests it was given; the environment is read here,
    /// once.
    Client(boost::asio::any_io_executor executor, const base::Clock& clock,
           const base::Environment& environment, ClientParams params = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Cancellable by the coroutine's cancellation slot.
    [[nodiscard]] boost::asio::awaitable<base::Result<Exchange>>
    send(Request request, Timeouts timeouts, OnDeparture on_departure = {});

private:
    class Pools;
    std::shared_ptr<Pools> pools_;
};

} // namespace exarch::http
