#pragma once

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

struct ServerParams {
    std::string address = "127.0.0.1";
    /// 0 lets the system choose; Server::port() tells.
    unsigned short port = 0;
    std::size_t connections_max = 256;
    std::size_t body_bytes_max = 2 * 1024 * 1024;
    std::size_t header_bytes_max = 64 * 1024;
    /// A peer that sends nothing for this long is dropped; slow senders with it.
    base::Duration idle_max = std::chrono::seconds(30);
    /// Where `connections_max` are open, the one whose peer has begun no request for longest is
    /// closed, if it is that long, so that there is a place for the next. RFC 9112 section 9.5 lets
    /// a server close an idle connection at any time.
    base::Duration gives_way_after = std::chrono::seconds(1);
};

/// Answers one request. The request's origin is left empty; `target` is as it came. A response of
/// status 0 ends the connection without an answer, as a server that dies does.
using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

/// A small plain-HTTP/1.1 server: keep-alive, bounded in everything. Runs on its executor's
/// thread. Destroying it closes all connections.
class Server {
public:
    /// Listens at once. Fails as conflict where the address is taken, as invalid where it is none.
    [[nodiscard]] static base::Result<std::unique_ptr<Server>>
    listen(boost::asio::any_io_executor executor, ServerParams params, Handler handler);
    ~Server();

    [[nodiscard]] unsigned short port() const;

private:
    class Listener;
    explicit Server(std::shared_ptr<Listener> listener);
    std::shared_ptr<Listener> listener_;
};

} // namespace exarch::http
