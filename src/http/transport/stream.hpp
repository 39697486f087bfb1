#pragma once

#include "http/transport/tls.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace exarch::http {

/// Why a stream did not do what it was asked.
struct StreamFailure {
    enum class Kind : std::uint8_t {
        /// The peer ended it in order.
        ended,
        /// The network or TLS failed.
        broken,
        /// We ended it: close() was called, or the coroutine was cancelled.
        stopped,
    };
    Kind kind = Kind::broken;
    /// For people: `Connection refused`, …
    std::string what;
};

template <class T>
using StreamResult = std::expected<T, StreamFailure>;

/// Bytes to and from one peer, in plain TCP or TLS. Every step is tried at once and waits for the
/// socket only where it has to, so a small exchange suspends its coroutine once. Owns its socket.
/// One coroutine at a time; close() may come from anywhere on the executor.
class Stream {
public:
    explicit Stream(const boost::asio::any_io_executor& executor);
    /// On a socket that is connected already.
    explicit Stream(boost::asio::ip::tcp::socket socket);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    [[nodiscard]] boost::asio::awaitable<StreamResult<void>>
    connect(boost::asio::ip::tcp::endpoint endpoint);

    /// Begins TLS and verifies the peer. `ticket` is shared with other streams to the same peer.
    [[nodiscard]] boost::asio::awaitable<StreamResult<void>>
    secure(std::shared_ptr<const TlsContext> context, std::string host,
           std::shared_ptr<TlsTicket> ticket);

    /// At least one byte. `into` must stay until it is done.
    [[nodiscard]] boost::asio::awaitable<StreamResult<std::size_t>> read_some(std::span<char> into);
    /// All of it. `bytes` must stay until it is done.
    [[nodiscard]] boost::asio::awaitable<StreamResult<void>> write(std::string_view bytes);
    /// Until there is something to read. Saves a vain read() where nothing can have come yet.
    [[nodiscard]] boost::asio::awaitable<StreamResult<void>> wait_readable();

    /// Whether the peer has neither closed nor sent anything, as it should be between exchanges.
    [[nodiscard]] bool is_quiet();
    /// Whether the handshake was a short one.
    [[nodiscard]] bool is_resumed() const;
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }

    void close();

private:
    enum class Need : std::uint8_t { nothing, readable, writable };
    /// What one attempt came to: bytes moved, or what to wait for.
    struct Attempt {
        std::size_t bytes = 0;
        Need need = Need::nothing;
    };

    StreamResult<Attempt> try_read(std::span<char> into);
    StreamResult<Attempt> try_write(std::string_view bytes);
    StreamResult<Attempt> try_handshake();
    StreamResult<Attempt> judge(int result, std::size_t bytes);
    boost::asio::awaitable<StreamResult<void>> wait(Need need);

    boost::asio::ip::tcp::socket socket_;
    std::shared_ptr<const TlsContext> context_;
    std::shared_ptr<TlsTicket> ticket_;
    TlsSession session_;
};

} // namespace exarch::http
