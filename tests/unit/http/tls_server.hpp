#pragma once

#include "certificates.hpp"
#include "http/message.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace exarch::http {

struct TlsServerParams {
    Identity identity;
    /// As OpenSSL counts: TLS1_3_VERSION, …
    int version_max = 0x0304;
    /// Whether it chooses http/1.1 where the client offers it.
    bool negotiates = true;
    /// Whether to go without the closing word at the end.
    bool drops = false;
    /// Answers on one connection before it is closed; 0 is no limit.
    int answers_max = 0;
    /// Whether the last answer says that it is the last.
    bool announces = true;
};

/// Answers every request over TLS with `SNI|ALPN|version`.
class TlsServer {
public:
    TlsServer(boost::asio::io_context& context, TlsServerParams params);
    ~TlsServer();

    [[nodiscard]] unsigned short port() const;
    /// Plays its part on a connection made elsewhere (a proxy's tunnel).
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

    /// Handshakes that came to their end, and those of them that were resumed.
    [[nodiscard]] int handshakes() const;
    [[nodiscard]] int resumed() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace exarch::http
