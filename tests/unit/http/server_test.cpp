#include "http/client.hpp"
#include "http/server.hpp"
#include "loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::ErrorKind;
using namespace std::chrono_literals;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

// `POST /path:body`, with fields.
asio::awaitable<Response> echo(Request request) {
    Response response;
    response.status = 200;
    response.headers.add("X-Seen", std::string(request.headers.get("X-Given").value_or("none")));
    response.body = request.method + " " + request.target + ":" + request.body;
    co_return response;
}

class HttpServer : public Loop {
protected:
    [[nodiscard]] std::unique_ptr<Server> serve(Handler handler, ServerParams params = {}) {
        auto server =
            Server::listen(context_.get_executor(), std::move(params), std::move(handler));
        EXPECT_TRUE(server.has_value()) << server.error().message();
        return std::move(*server);
    }

    static Origin origin(const Server& server) {
        return {.tls = false, .host = "127.0.0.1", .port = server.port()};
    }

    // Everything the server says to that text until it closes the connection.
    std::string converse(const Server& server, std::string text, bool closes = false) {
        return run(converse_with(server.port(), std::move(text), closes));
    }

    asio::awaitable<std::string> converse_with(unsigned short port, std::string text, bool closes) {
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
        tcp::socket socket(context_);
        co_await socket.async_connect(endpoint, tuple);
        co_await asio::async_write(socket, asio::buffer(text), tuple);
        if (closes) {
            socket.shutdown(tcp::socket::shutdown_send);
        }
        std::string answer;
        for (;;) {
            std::array<char, 4096> piece;
            const auto [error, bytes] = co_await socket.async_read_some(asio::buffer(piece), tuple);
            if (error) {
                co_return answer;
            }
            answer.append(piece.data(), bytes);
        }
    }
};

TEST_F(HttpServer, hands_the_request_to_the_handler_and_its_answer_back) {
    const auto server = serve(echo);
    const auto client = make_client();
    Request request = post(origin(*server), "body");
    request.target = "/a?b=%20";
    request.headers.add("x-given", "field");
    for (int i = 0; i < 3; ++i) {
        const auto exchange = run(client->send(request, Timeouts{}));
        ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
        EXPECT_EQ(exchange->response.body, "POST /a?b=%20:body");
        EXPECT_EQ(exchange->response.headers.get("x-seen"), "field");
    }
}

TEST_F(HttpServer, answers_requests_sent_ahead_in_their_order) {
    const auto server = serve(echo);
    EXPECT_EQ(converse(*server, "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"
                                "GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n"),
              "HTTP/1.1 200 OK\r\nX-Seen: none\r\nContent-Length: 7\r\n\r\nGET /1:"
              "HTTP/1.1 200 OK\r\nX-Seen: none\r\nContent-Length: 7\r\n\r\nGET /2:"
              "HTTP/1.1 200 OK\r\nX-Seen: none\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"
              "GET /3:");
}

TEST_F(HttpServer, closes_after_a_request_of_the_old_version) {
    const auto server = serve(echo);
    EXPECT_TRUE(converse(*server, "GET / HTTP/1.0\r\n\r\n").contains("Connection: close\r\n"));
}

TEST_F(HttpServer, a_head_request_is_answered_without_the_body) {
    const auto server = serve(echo);
    EXPECT_EQ(converse(*server, "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n"),
              "HTTP/1.1 200 OK\r\nX-Seen: none\r\nContent-Length: 7\r\nConnection: close\r\n\r\n");
}

TEST_F(HttpServer, tells_who_waits_for_it_to_go_on) {
    const auto server = serve(echo);
    EXPECT_EQ(converse(*server, "POST / HTTP/1.1\r\nExpect: 100-continue\r\n"
                                "Content-Length: 3\r\nConnection: close\r\n\r\n"
                                "abc")
                  .substr(0, 15),
              "HTTP/1.1 200 OK")
        << "the body was there already";
    const auto slow = [&]() -> asio::awaitable<std::string> {
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), server->port());
        tcp::socket socket(context_);
        co_await socket.async_connect(endpoint, tuple);
        const std::string head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\n"
                                 "Content-Length: 3\r\n\r\n";
        co_await asio::async_write(socket, asio::buffer(head), tuple);
        std::array<char, 100> piece;
        const auto [error, bytes] = co_await socket.async_read_some(asio::buffer(piece), tuple);
        co_return std::string(piece.data(), bytes);
    };
    EXPECT_EQ(run(slow()), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_F(HttpServer, refuses_garbage_and_excess_with_a_word_and_closes) {
    const auto server = serve(echo, {.body_bytes_max = 100, .header_bytes_max = 1000});
    EXPECT_TRUE(converse(*server, "garbage\r\n\r\n").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_TRUE(converse(*server, "POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n")
                    .starts_with("HTTP/1.1 413 Content Too Large\r\n"));
    EXPECT_TRUE(converse(*server, "GET / HTTP/1.1\r\nA: " + std::string(5000, 'a') + "\r\n\r\n")
                    .starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    EXPECT_TRUE(converse(*server, "POST / HTTP/1.1\r\nContent-Length: 3\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n")
                    .starts_with("HTTP/1.1 400 "));
}

TEST_F(HttpServer, answer_of_status_0_ends_the_connection_without_a_word) {
    const auto server = serve([](Request) -> asio::awaitable<Response> { co_return Response(); });
    EXPECT_EQ(converse(*server, "GET / HTTP/1.1\r\n\r\n"), "");
}

TEST_F(HttpServer, says_nothing_to_a_peer_that_leaves_in_the_middle) {
    const auto server = serve(echo);
    EXPECT_EQ(converse(*server, "", true), "");
    EXPECT_EQ(converse(*server, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc", true), "");
}

TEST_F(HttpServer, drops_who_says_nothing_or_says_it_too_slowly) {
    const auto server = serve(echo, {.idle_max = 20ms});
    EXPECT_EQ(converse(*server, ""), "");
    EXPECT_EQ(converse(*server, "GET / HT"), "");
    const auto dripping = [&]() -> asio::awaitable<bool> {
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), server->port());
        tcp::socket socket(context_);
        co_await socket.async_connect(endpoint, tuple);
        asio::steady_timer pause(context_);
        // More bytes than the server may wait for.
        for (int i = 0; i < 10'000; ++i) {
            const auto [error, bytes] =
                co_await asio::async_write(socket, asio::buffer("a", 1), tuple);
            if (error) {
                co_return true;
            }
            pause.expires_after(5ms);
            co_await pause.async_wait(tuple);
        }
        co_return false;
    };
    EXPECT_TRUE(run(dripping()));
}

TEST_F(HttpServer, a_slow_handler_is_not_the_peers_fault) {
    const auto server = serve(
        [&](Request) -> asio::awaitable<Response> {
            asio::steady_timer timer(context_, 80ms);
            co_await timer.async_wait(asio::use_awaitable);
            Response response;
            response.status = 204;
            co_return response;
        },
        {.idle_max = 20ms});
    const auto client = make_client();
    const auto exchange = run(client->send(get(origin(*server)), Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_EQ(exchange->response.status, 204);
}

TEST_F(HttpServer, a_handler_that_throws_ends_its_connection_and_no_other) {
    const auto server = serve([](Request request) -> asio::awaitable<Response> {
        if (request.target == "/throw") {
            throw std::runtime_error("broken");
        }
        co_return co_await echo(std::move(request));
    });
    const auto client = make_client();
    const auto broken = run(client->send(get(origin(*server), "/throw"), Timeouts{}));
    ASSERT_FALSE(broken.has_value());
    EXPECT_EQ(broken.error().kind(), ErrorKind::outcome_unknown);
    EXPECT_EQ(run(client->send(get(origin(*server), "/"), Timeouts{}))->response.body, "GET /:");
}

TEST_F(HttpServer, takes_no_more_connections_than_allowed_but_loses_none) {
    const auto server = serve(echo, {.connections_max = 2, .gives_way_after = 1h});
    int done = 0;
    const auto all = [&]() -> asio::awaitable<bool> {
        for (int i = 0; i < 20; ++i) {
            asio::co_spawn(
                context_,
                converse_with(server->port(), "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false),
                [&](const std::exception_ptr&, const std::string& answer) {
                    EXPECT_TRUE(answer.ends_with("GET /:"));
                    ++done;
                });
        }
        while (done < 20) {
            co_await asio::post(asio::use_awaitable);
        }
        co_return true;
    };
    EXPECT_TRUE(run(all()));
}

TEST_F(HttpServer, who_only_keeps_a_connection_open_gives_way_to_others) {
    asio::steady_timer until_told(context_, 1h);
    bool has_begun = false;
    const auto server = serve(
        [&](Request request) -> asio::awaitable<Response> {
            if (request.target == "/slow") {
                has_begun = true;
                co_await until_told.async_wait(tuple);
            }
            co_return co_await echo(std::move(request));
        },
        {.connections_max = 3, .idle_max = 1h, .gives_way_after = 0ms});
    std::string slow;
    const auto listen = [&](std::string& answer) {
        return [&](const std::exception_ptr&, std::string text) { answer = std::move(text); };
    };
    const std::string close = "Connection: close\r\n\r\n";
    asio::co_spawn(context_, converse_with(server->port(), "GET /slow HTTP/1.1\r\n" + close, false),
                   listen(slow));
    run_until([&] { return has_begun; });
    // Ten that say nothing, or nothing more after an answer. They are told by a close.
    std::array<std::string, 10> silent;
    for (std::size_t i = 0; i < silent.size(); ++i) {
        asio::co_spawn(
            context_,
            converse_with(server->port(), i % 2 == 0 ? "" : "GET /a HTTP/1.1\r\n\r\n", false),
            listen(silent[i]));
    }
    EXPECT_TRUE(converse(*server, "GET /probe HTTP/1.1\r\n" + close).ends_with("GET /probe:"));
    EXPECT_EQ(slow, "");
    until_told.cancel();
    run_until([&] { return !slow.empty(); });
    EXPECT_TRUE(slow.ends_with("GET /slow:"));
}

TEST_F(HttpServer, an_address_in_use_is_a_conflict_and_nonsense_is_invalid) {
    const auto server = serve(echo);
    const auto refused = [&](ServerParams params) {
        const auto second = Server::listen(context_.get_executor(), std::move(params), echo);
        return second.has_value() ? ErrorKind::system : second.error().kind();
    };
    EXPECT_EQ(refused({.port = server->port()}), ErrorKind::conflict);
    EXPECT_EQ(refused({.address = "not an address"}), ErrorKind::invalid);
    EXPECT_EQ(refused({.address = "localhost"}), ErrorKind::invalid);
    EXPECT_EQ(refused({.address = "192.0.2.1"}), ErrorKind::invalid);
}

TEST_F(HttpServer, listens_on_ipv6_too) {
    const auto server = serve(echo, {.address = "::1"});
    const auto client = make_client();
    const Origin six{.tls = false, .host = "::1", .port = server->port()};
    EXPECT_EQ(run(client->send(get(six), Timeouts{}))->response.body, "GET /:");
}

TEST_F(HttpServer, when_it_goes_connections_close_and_handlers_are_cancelled) {
    bool cancelled = false;
    bool entered = false;
    auto server = serve([&](Request) -> asio::awaitable<Response> {
        co_await asio::this_coro::throw_if_cancelled(false);
        entered = true;
        asio::steady_timer timer(context_, 1h);
        const auto [error] = co_await timer.async_wait(tuple);
        cancelled = error == asio::error::operation_aborted;
        co_return Response{};
    });
    bool closed = false;
    const auto all = [&]() -> asio::awaitable<bool> {
        asio::co_spawn(context_, converse_with(server->port(), "GET / HTTP/1.1\r\n\r\n", false),
                       [&](const std::exception_ptr&, const std::string&) { closed = true; });
        while (!entered) {
            co_await asio::post(asio::use_awaitable);
        }
        server.reset();
        while (!closed || !cancelled) {
            co_await asio::post(asio::use_awaitable);
        }
        co_return true;
    };
    EXPECT_TRUE(run(all()));
    context_.restart();
    context_.run();
}

} // namespace
} // namespace exarch::http
