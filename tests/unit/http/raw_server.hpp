#pragma once

#include "http/message.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace exarch::http {

/// A server's end of one connection, which keeps to no rule but the script's.
class RawPeer {
public:
    explicit RawPeer(boost::asio::ip::tcp::socket connected) : socket(std::move(connected)) {}

    /// One request as it came, head and body; what came before the end where the client closes.
    boost::asio::awaitable<std::string> read_request();
    /// Until the client closes.
    boost::asio::awaitable<std::string> read_all();
    boost::asio::awaitable<void> write(std::string text);
    /// Takes the request and answers with the text.
    boost::asio::awaitable<std::string> answer(std::string text);
    /// For ever, or until the client closes.
    boost::asio::awaitable<void> say_nothing();
    /// Closes by RST.
    void reset();

    boost::asio::ip::tcp::socket socket;

private:
    std::string unread_;
};

/// A response with that body, ready for the wire.
std::string format_ok(std::string_view body, std::string_view extra_fields = "");

/// Listens on loopback and plays the script to every connection. What the script leaves open is
/// closed at its end.
class RawServer {
public:
    using Script = std::function<boost::asio::awaitable<void>(RawPeer&)>;

    RawServer(boost::asio::io_context& context, Script script);
    ~RawServer();

    [[nodiscard]] Origin origin() const;
    [[nodiscard]] unsigned short port() const;
    /// How many connections have been accepted.
    [[nodiscard]] int connections() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace exarch::http
