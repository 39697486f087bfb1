#include "http/client.hpp"
#include "loop.hpp"
#include "raw_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::ErrorKind;
using namespace std::chrono_literals;

class ClientFailure : public Loop {
protected:
    // How a GET ends with a server that plays the script, and whether it departed.
    base::Error failure(RawServer::Script script, Timeouts timeouts = {},
                        ClientParams params = {}) {
        RawServer server(context_, std::move(script));
        const auto client = make_client(std::move(params));
        const auto exchange = run(client->send(post(server.origin(), "body"), timeouts));
        if (exchange.has_value()) {
            ADD_FAILURE() << "answered with " << exchange->response.status;
            return base::Error(ErrorKind::system, "answered");
        }
        return exchange.error();
    }

    void expect_unknown(RawServer::Script script, std::string_view what, Timeouts timeouts = {},
                        ClientParams params = {}) {
        const base::Error error = failure(std::move(script), timeouts, std::move(params));
        EXPECT_EQ(error.kind(), ErrorKind::outcome_unknown) << error.message();
        EXPECT_TRUE(error.message().contains(what)) << error.message();
        EXPECT_TRUE(error.message().starts_with("POST http://127.0.0.1:")) << error.message();
    }

    // A port where nobody listens.
    unsigned short closed_port() {
        const tcp::acceptor acceptor(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        return acceptor.local_endpoint().port();
    }
};

TEST_F(ClientFailure, nothing_listens_there) {
    const auto client = make_client();
    const Origin origin{.tls = false, .host = "127.0.0.1", .port = closed_port()};
    bool departed = false;
    const auto exchange =
        run(client->send(get(origin), Timeouts{}, [&] { return departed = true; }));
    ASSERT_FALSE(exchange.has_value());
    EXPECT_EQ(exchange.error().kind(), ErrorKind::unreachable);
    EXPECT_EQ(exchange.error().message(), "GET http://" + origin.authority() + ": connecting to " +
                                              origin.authority() + ": Connection refused");
    EXPECT_FALSE(departed);
}

TEST_F(ClientFailure, a_refused_address_is_no_harm_where_the_next_one_answers) {
    // Listens on ::1 alone; localhost tries 127.0.0.1 first.
    tcp::acceptor acceptor(context_, tcp::endpoint(asio::ip::address_v6::loopback(), 0));
    acceptor.async_accept([](const boost::system::error_code&, tcp::socket socket) {
        asio::write(socket, asio::buffer(format_ok("six", "Connection: close\r\n")));
    });
    const auto client = make_client();
    const Origin origin{
        .tls = false, .host = "localhost", .port = acceptor.local_endpoint().port()};
    const auto exchange = run(client->send(get(origin), Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_EQ(exchange->response.body, "six");
}

TEST_F(ClientFailure, the_server_closes_without_an_answer) {
    expect_unknown([](RawPeer& peer) -> asio::awaitable<void> { co_await peer.read_request(); },
                   "no byte of an answer came");
}

TEST_F(ClientFailure, the_server_resets_the_connection) {
    expect_unknown(
        [](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.read_request();
            peer.reset();
        },
        "Connection reset by peer");
}

TEST_F(ClientFailure, the_server_closes_in_the_middle_of_the_header_or_body) {
    for (const char* const part : {"H", "HTTP/1.1 201 Cre", "HTTP/1.1 201 Created\r\nA: b\r\n",
                                   "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\n<a",
                                   "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        expect_unknown(
            [part](RawPeer& peer) -> asio::awaitable<void> { co_await peer.answer(part); },
            "partial message");
    }
}

TEST_F(ClientFailure, the_answer_is_garbage) {
    expect_unknown(
        [](RawPeer& peer) -> asio::awaitable<void> { co_await peer.answer("SSH-2.0-x\r\n\r\n"); },
        "bad version");
}

TEST_F(ClientFailure, the_body_is_larger_than_allowed) {
    expect_unknown(
        [](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.answer(format_ok("12345678901"));
        },
        "body limit", {}, {.body_bytes_max = 10});
    expect_unknown(
        [](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.answer("HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'b'));
        },
        "body limit", {}, {.body_bytes_max = 1000});
}

TEST_F(ClientFailure, a_request_may_allow_for_a_larger_body_than_the_client_does) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("12345678901"));
    });
    const auto client = make_client({.body_bytes_max = 10});
    Request request = get(server.origin());
    request.answer_bytes_max = 11;
    const auto exchange = run(client->send(request, Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_EQ(exchange->response.body, "12345678901");
    request.answer_bytes_max = 9;
    EXPECT_FALSE(run(client->send(request, Timeouts{})).has_value());
}

TEST_F(ClientFailure, the_header_is_larger_than_allowed) {
    expect_unknown(
        [](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.answer(format_ok("", "A: " + std::string(100'000, 'a') + "\r\n"));
        },
        "header limit", {}, {.header_bytes_max = 10'000});
}

TEST_F(ClientFailure, the_first_byte_does_not_come_in_time) {
    expect_unknown(
        [](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.read_request();
            co_await peer.say_nothing();
        },
        "waiting for the answer: it took longer than 20 ms", {.first_byte = 20ms});
}

TEST_F(ClientFailure, the_whole_takes_too_long_though_bytes_keep_coming) {
    expect_unknown(
        [](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
            co_await peer.say_nothing();
        },
        "it took longer than 50 ms", {.whole = 50ms});
}

TEST_F(ClientFailure, a_slow_body_does_not_break_the_limit_of_the_first_byte) {
    RawServer server(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
        asio::steady_timer timer(context_, 60ms);
        co_await timer.async_wait(asio::use_awaitable);
        co_await peer.write("cd");
    });
    const auto client = make_client();
    const auto exchange =
        run(client->send(get(server.origin()), Timeouts{.first_byte = 30ms, .whole = 30s}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_EQ(exchange->response.body, "abcd");
}

TEST_F(ClientFailure, nobody_takes_the_request) {
    // A body that no socket buffer holds, and a server that never reads.
    RawServer server(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        asio::steady_timer timer(context_, 10s);
        boost::system::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        peer.reset();
    });
    const auto client = make_client();
    const auto exchange = run(client->send(post(server.origin(), std::string(50'000'000, 'b')),
                                           Timeouts{.first_byte = 30ms}));
    ASSERT_FALSE(exchange.has_value());
    EXPECT_EQ(exchange.error().kind(), ErrorKind::outcome_unknown);
    EXPECT_TRUE(exchange.error().message().contains("sending the request: it took longer"))
        << exchange.error().message();
}

TEST_F(ClientFailure, an_answer_given_before_the_body_was_read_is_heard) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        std::array<char, 100> some;
        co_await peer.socket.async_read_some(asio::buffer(some), asio::use_awaitable);
        co_await peer.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        peer.socket.shutdown(tcp::socket::shutdown_send);
        co_await peer.say_nothing();
    });
    const auto client = make_client();
    const auto exchange =
        run(client->send(post(server.origin(), std::string(200'000, 'b')), Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_EQ(exchange->response.status, 413);
}

TEST_F(ClientFailure, a_timeout_takes_its_connection_along_and_no_other) {
    int number = 0;
    RawServer server(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        if (++number == 1) {
            co_await peer.say_nothing();
        } else {
            co_await peer.answer(format_ok("well"));
            co_await peer.say_nothing();
        }
    });
    const auto client = make_client();
    const auto first =
        run(client->send(get(server.origin()), Timeouts{.first_byte = 10ms, .whole = 30s}));
    EXPECT_FALSE(first.has_value());
    EXPECT_EQ(run(client->send(get(server.origin()), Timeouts{}))->response.body, "well");
}

TEST_F(ClientFailure, no_time_at_all_ends_before_anything_leaves) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok(""));
    });
    const auto client = make_client();
    bool departed = false;
    const auto exchange = run(
        client->send(get(server.origin()), Timeouts{.whole = 0s}, [&] { return departed = true; }));
    ASSERT_FALSE(exchange.has_value());
    EXPECT_EQ(exchange.error().kind(),
              departed ? ErrorKind::outcome_unknown : ErrorKind::unreachable);
}

TEST_F(ClientFailure, a_connection_that_comes_as_its_time_runs_out_leaves_no_question) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok(""));
    });
    for (int i = 0; i < 50; ++i) {
        const auto client = make_client();
        // While this keeps the thread, the connection is made and the timer runs out.
        asio::post(context_, [] {
            const auto until = std::chrono::steady_clock::now() + 2ms;
            while (std::chrono::steady_clock::now() < until) {
            }
        });
        const auto exchange = run(client->send(post(server.origin(), ""), {.connect = 1ms}));
        EXPECT_TRUE(exchange.has_value() || exchange.error().kind() == ErrorKind::unreachable)
            << exchange.error().message();
    }
}

// Starts a request, waits for the moment, then cancels it or ends the client.
class ClientCancelled : public ClientFailure {
protected:
    template <class Interrupt>
    base::Error interrupt(const Origin& origin, const std::function<bool()>& moment,
                          Interrupt interrupt) {
        std::optional<base::Result<Exchange>> end;
        asio::cancellation_signal signal;
        auto client = make_client({.connections_per_origin_max = 1});
        const auto both = [&]() -> asio::awaitable<bool> {
            asio::co_spawn(
                context_, client->send(get(origin), Timeouts{}),
                asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& thrown,
                                                                base::Result<Exchange> exchange) {
                    EXPECT_EQ(thrown, nullptr);
                    end.emplace(std::move(exchange));
                }));
            while (!moment()) {
                co_await asio::post(asio::use_awaitable);
            }
            interrupt(signal, client);
            while (!end) {
                co_await asio::post(asio::use_awaitable);
            }
            co_return true;
        };
        run(both());
        EXPECT_FALSE(end->has_value());
        return end->has_value() ? base::Error(ErrorKind::system, "answered") : end->error();
    }
};

constexpr auto cancel = [](asio::cancellation_signal& signal, std::unique_ptr<Client>&) {
    signal.emit(asio::cancellation_type::terminal);
};
constexpr auto end_client = [](asio::cancellation_signal&, std::unique_ptr<Client>& client) {
    client.reset();
};

TEST_F(ClientCancelled, after_the_departure_the_outcome_is_unknown) {
    for (const bool by_client : {false, true}) {
        bool seen = false;
        RawServer server(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.read_request();
            seen = true;
            co_await peer.say_nothing();
        });
        const auto moment = [&] { return seen; };
        const base::Error error = by_client ? interrupt(server.origin(), moment, end_client)
                                            : interrupt(server.origin(), moment, cancel);
        EXPECT_EQ(error.kind(), ErrorKind::outcome_unknown) << error.message();
    }
}

TEST_F(ClientCancelled, before_it_nothing_was_sent) {
    // The listener's queue is full, so that connecting takes for ever.
    tcp::acceptor acceptor(context_);
    const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
    acceptor.open(any.protocol());
    acceptor.bind(any);
    acceptor.listen(0);
    const tcp::endpoint endpoint = acceptor.local_endpoint();
    tcp::socket first(context_);
    tcp::socket second(context_);
    first.connect(endpoint);
    second.async_connect(endpoint, [](const boost::system::error_code&) {});
    const Origin origin{.tls = false, .host = "127.0.0.1", .port = endpoint.port()};
    for (const bool by_client : {false, true}) {
        int turns = 0;
        const auto moment = [&] { return ++turns > 5; };
        const base::Error error =
            by_client ? interrupt(origin, moment, end_client) : interrupt(origin, moment, cancel);
        EXPECT_EQ(error.kind(), ErrorKind::cancelled) << error.message();
    }
    const auto client = make_client();
    const auto timed_out = run(client->send(get(origin), Timeouts{.connect = 10ms}));
    ASSERT_FALSE(timed_out.has_value());
    EXPECT_EQ(timed_out.error().kind(), ErrorKind::unreachable);
    EXPECT_TRUE(timed_out.error().message().contains("it took longer than 10 ms"));
}

TEST_F(ClientCancelled, the_caller_goes_on_as_asio_has_it) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("x"));
    });
    const auto client = make_client();
    const auto caller = [&]() -> asio::awaitable<bool> {
        const bool before = co_await asio::this_coro::throw_if_cancelled();
        const auto exchange = co_await client->send(get(server.origin()), Timeouts{});
        EXPECT_TRUE(exchange.has_value());
        const bool after = co_await asio::this_coro::throw_if_cancelled();
        co_return before == after;
    };
    EXPECT_TRUE(run(caller()));
}

} // namespace
} // namespace exarch::http
