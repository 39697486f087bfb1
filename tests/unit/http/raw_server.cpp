#include "raw_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace exarch::http {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

namespace {

// Of the request at the front; npos while more is needed.
std::size_t request_bytes(std::string_view text) {
    const std::size_t head_end = text.find("\r\n\r\n");
    if (head_end == std::string_view::npos) {
        return std::string_view::npos;
    }
    std::size_t body_bytes = 0;
    constexpr std::string_view name = "\r\nContent-Length: ";
    if (const std::size_t found = text.substr(0, head_end + 2).find(name);
        found != std::string_view::npos) {
        const char* const digits = text.data() + found + name.size();
        std::from_chars(digits, text.data() + text.size(), body_bytes);
    }
    const std::size_t total = head_end + 4 + body_bytes;
    return text.size() < total ? std::string_view::npos : total;
}

} // namespace

asio::awaitable<std::string> RawPeer::read_request() {
    std::array<char, 4096> piece;
    std::size_t total = request_bytes(unread_);
    while (total == std::string::npos) {
        const auto [error, bytes] = co_await socket.async_read_some(asio::buffer(piece), tuple);
        if (error) {
            co_return std::exchange(unread_, {});
        }
        unread_.append(piece.data(), bytes);
        total = request_bytes(unread_);
    }
    std::string request = unread_.substr(0, total);
    unread_.erase(0, total);
    co_return request;
}

asio::awaitable<std::string> RawPeer::read_all() {
    std::string text;
    for (;;) {
        const std::string part = co_await read_request();
        if (part.empty()) {
            co_return text;
        }
        text += part;
    }
}

asio::awaitable<void> RawPeer::write(std::string text) {
    co_await asio::async_write(socket, asio::buffer(text), tuple);
}

asio::awaitable<std::string> RawPeer::answer(std::string text) {
    std::string request = co_await read_request();
    co_await write(std::move(text));
    co_return request;
}

asio::awaitable<void> RawPeer::say_nothing() {
    co_await read_all();
}

void RawPeer::reset() {
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

std::string format_ok(std::string_view body, std::string_view extra_fields) {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(),
                       extra_fields, body);
}

struct RawServer::State {
    State(asio::io_context& context, Script to_play)
        : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          script(std::move(to_play)) {}

    static asio::awaitable<void> play(std::shared_ptr<State> self, tcp::socket socket) {
        RawPeer peer(std::move(socket));
        co_await self->script(peer);
    }

    static asio::awaitable<void> accept(std::shared_ptr<State> self) {
        for (;;) {
            auto [error, socket] = co_await self->acceptor.async_accept(tuple);
            if (error) {
                co_return;
            }
            ++self->connections;
            asio::co_spawn(self->acceptor.get_executor(), play(self, std::move(socket)),
                           asio::detached);
        }
    }

    tcp::acceptor acceptor;
    Script script;
    int connections = 0;
};

RawServer::RawServer(asio::io_context& context, Script script)
    : state_(std::make_shared<State>(context, std::move(script))) {
    asio::co_spawn(context, State::accept(state_), asio::detached);
}

RawServer::~RawServer() {
    state_->acceptor.close();
}

Origin RawServer::origin() const {
    return {.tls = false, .host = "127.0.0.1", .port = port()};
}

unsigned short RawServer::port() const {
    return state_->acceptor.local_endpoint().port();
}

int RawServer::connections() const {
    return state_->connections;
}

} // namespace exarch::http
