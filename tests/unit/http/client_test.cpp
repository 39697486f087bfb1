#include "http/client.hpp"
#include "loop.hpp"
#include "raw_server.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using base::ErrorKind;

class HttpClient : public Loop {};

TEST_F(HttpClient, sends_what_it_was_given_and_returns_the_answer) {
    std::string seen;
    RawServer server(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        seen = co_await peer.answer("HTTP/1.1 201 Created\r\nx-amzn-RequestId: 42\r\n"
                                    "Content-Length: 4\r\n\r\n<a/>");
    });
    const auto client = make_client();
    Request request = post(server.origin(), "body");
    request.target = "/2020-05-31/distribution/E1/invalidation";
    request.headers.add("X-Amz-Date", "20261124T000000Z");
    const base::Instant before = clock_.now().steady;
    const auto exchange = run(client->send(request, Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_EQ(exchange->response.status, 201);
    EXPECT_EQ(exchange->response.headers.get("X-Amzn-RequestId"), "42");
    EXPECT_EQ(exchange->response.body, "<a/>");
    EXPECT_GE(exchange->sent_at, before);
    EXPECT_LE(exchange->sent_at, clock_.now().steady);
    EXPECT_EQ(seen, "POST /2020-05-31/distribution/E1/invalidation HTTP/1.1\r\nHost: 127.0.0.1:" +
                        std::to_string(server.port()) +
                        "\r\nX-Amz-Date: 20261124T000000Z\r\nContent-Length: 4\r\n\r\nbody");
}

TEST_F(HttpClient, finds_localhost_without_asking_anyone) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("here"));
    });
    const auto client = make_client({.name_servers = "127.0.0.1:1"});
    Origin origin = server.origin();
    origin.host = "localhost";
    const auto exchange = run(client->send(get(origin), Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_EQ(exchange->response.body, "here");
}

TEST_F(HttpClient, carries_bodies_of_any_size_both_ways) {
    for (const std::size_t bytes : {0U, 1U, 16'383U, 16'384U, 16'385U, 1'000'000U, 7'000'000U}) {
        const std::string body(bytes, 'b');
        RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
            const std::string request = co_await peer.read_request();
            co_await peer.write(format_ok(request.substr(request.find("\r\n\r\n") + 4)));
        });
        const auto client = make_client();
        const auto exchange = run(client->send(post(server.origin(), body), Timeouts{}));
        ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
        EXPECT_TRUE(exchange->response.body == body) << bytes;
    }
}

TEST_F(HttpClient, tells_of_the_departure_once_and_before_the_server_can_see_it) {
    std::vector<std::string> story;
    RawServer server(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.read_request();
        story.emplace_back("seen");
        co_await peer.write(format_ok(""));
    });
    const auto client = make_client();
    const auto exchange = run(client->send(get(server.origin()), Timeouts{}, [&] {
        story.emplace_back("departs");
        return true;
    }));
    EXPECT_TRUE(exchange.has_value());
    EXPECT_EQ(story, (std::vector<std::string>{"departs", "seen"}));
}

TEST_F(HttpClient, a_request_that_is_kept_back_at_its_departure_never_leaves) {
    RawServer server(context_,
                     [](RawPeer& peer) -> asio::awaitable<void> { co_await peer.say_nothing(); });
    const auto client = make_client();
    const auto exchange = run(client->send(get(server.origin()), Timeouts{}, [] { return false; }));
    ASSERT_FALSE(exchange.has_value());
    EXPECT_EQ(exchange.error().kind(), ErrorKind::cancelled) << exchange.error().message();
}

TEST_F(HttpClient, head_has_an_answer_without_body_and_keeps_the_connection) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
        co_await peer.answer(format_ok("second"));
    });
    const auto client = make_client();
    Request head = get(server.origin());
    head.method = "HEAD";
    const auto first = run(client->send(head, Timeouts{}));
    ASSERT_TRUE(first.has_value()) << first.error().message();
    EXPECT_EQ(first->response.body, "");
    EXPECT_EQ(run(client->send(get(server.origin()), Timeouts{}))->response.body, "second");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClient, every_status_is_an_answer_and_none_is_followed_or_repeated) {
    for (const char* const status : {"301 Moved", "400 Bad", "403 No", "500 Oops", "503 Slow"}) {
        RawServer server(context_, [status](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.answer(std::string("HTTP/1.1 ") + status +
                                 "\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
        });
        const auto client = make_client();
        const auto exchange = run(client->send(get(server.origin()), Timeouts{}));
        ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
        EXPECT_EQ(std::to_string(exchange->response.status), std::string(status).substr(0, 3));
        EXPECT_EQ(server.connections(), 1);
    }
}

TEST_F(HttpClient, a_request_that_cannot_be_written_is_invalid_and_never_leaves) {
    RawServer server(context_,
                     [](RawPeer& peer) -> asio::awaitable<void> { co_await peer.say_nothing(); });
    const auto client = make_client();
    Request request = get(server.origin(), "/a b");
    bool departed = false;
    const auto exchange = run(client->send(request, Timeouts{}, [&] { return departed = true; }));
    ASSERT_FALSE(exchange.has_value());
    EXPECT_EQ(exchange.error().kind(), ErrorKind::invalid);
    EXPECT_FALSE(departed);
    EXPECT_EQ(server.connections(), 0);
}

} // namespace
} // namespace exarch::http
