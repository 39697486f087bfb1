#include "certificates.hpp"
#include "http/client.hpp"
#include "loop.hpp"
#include "raw_server.hpp"
#include "tls_server.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using base::ErrorKind;
using namespace std::chrono_literals;

class ClientProxy : public Loop {
protected:
    void use_proxy(const RawServer& proxy, std::string userinfo = "") {
        const std::string url = "http://" + userinfo + proxy.origin().authority();
        environment_ = base::Environment({{"http_proxy", url}, {"https_proxy", url}});
    }

    // A name that nothing but the proxy could know.
    static Origin elsewhere(bool tls) {
        return {.tls = tls,
                .host = "elsewhere.invalid",
                .port = tls ? std::uint16_t{443} : std::uint16_t{80}};
    }
};

TEST_F(ClientProxy, plain_http_goes_through_it_with_the_whole_url) {
    std::string seen;
    RawServer proxy(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        seen = co_await peer.answer(format_ok("from the proxy"));
        co_await peer.answer(format_ok("again"));
    });
    use_proxy(proxy, "user:pass@");
    const auto client = make_client({.name_servers = "127.0.0.1:1"});
    const auto exchange = run(client->send(get(elsewhere(false), "/a?b"), Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_EQ(exchange->response.body, "from the proxy");
    EXPECT_EQ(seen, "GET http://elsewhere.invalid/a?b HTTP/1.1\r\nHost: elsewhere.invalid\r\n"
                    "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n");
    EXPECT_EQ(run(client->send(get(elsewhere(false)), Timeouts{}))->response.body, "again");
    EXPECT_EQ(proxy.connections(), 1);
}

TEST_F(ClientProxy, https_goes_through_a_tunnel_in_which_tls_is_verified) {
    const TestAuthority authority;
    TlsServer server(context_, {.identity = authority.issue({.names = {"elsewhere.invalid"}})});
    std::string seen;
    RawServer proxy(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        seen = co_await peer.answer("HTTP/1.1 200 Connection established\r\n\r\n");
        co_await server.serve(std::move(peer.socket));
    });
    use_proxy(proxy, "user:pass@");
    const auto client =
        make_client({.ca_bundle = authority.bundle(), .name_servers = "127.0.0.1:1"});
    for (int i = 0; i < 3; ++i) {
        const auto exchange = run(client->send(get(elsewhere(true)), Timeouts{}));
        ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
        EXPECT_EQ(exchange->response.body, "elsewhere.invalid|http/1.1|TLSv1.3");
    }
    EXPECT_EQ(seen, "CONNECT elsewhere.invalid:443 HTTP/1.1\r\nHost: elsewhere.invalid:443\r\n"
                    "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n");
    EXPECT_EQ(proxy.connections(), 1);
}

TEST_F(ClientProxy, a_proxy_cannot_put_itself_in_the_place_of_the_server) {
    const TestAuthority authority;
    const TestAuthority snoop;
    TlsServer server(context_, {.identity = snoop.issue({.names = {"elsewhere.invalid"}})});
    RawServer proxy(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer("HTTP/1.1 200 OK\r\n\r\n");
        co_await server.serve(std::move(peer.socket));
    });
    use_proxy(proxy);
    const auto client = make_client({.ca_bundle = authority.bundle()});
    const auto exchange = run(client->send(get(elsewhere(true)), Timeouts{}));
    ASSERT_FALSE(exchange.has_value());
    EXPECT_EQ(exchange.error().kind(), ErrorKind::unreachable);
    EXPECT_TRUE(exchange.error().message().contains("not trusted"));
}

TEST_F(ClientProxy, a_tunnel_refused_is_unreachable_and_says_by_whom_and_why) {
    for (const char* const status :
         {"407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway", "302 Found"}) {
        RawServer proxy(context_, [status](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.answer(std::string("HTTP/1.1 ") + status +
                                 "\r\nContent-Length: 3\r\n\r\nno!");
        });
        use_proxy(proxy, "user:hush@");
        const TestAuthority authority;
        const auto client = make_client({.ca_bundle = authority.bundle()});
        bool departed = false;
        const auto exchange =
            run(client->send(get(elsewhere(true)), Timeouts{}, [&] { return departed = true; }));
        ASSERT_FALSE(exchange.has_value());
        EXPECT_FALSE(departed);
        const std::string message = exchange.error().message();
        EXPECT_EQ(exchange.error().kind(), ErrorKind::unreachable);
        EXPECT_TRUE(message.contains("the proxy " + proxy.origin().authority())) << message;
        EXPECT_TRUE(
            message.contains(std::string("refused with ") + std::string(status).substr(0, 3)))
            << message;
        EXPECT_FALSE(message.contains("hush"));
    }
}

TEST_F(ClientProxy, a_proxy_that_closes_raves_or_keeps_silent_is_unreachable) {
    const TestAuthority authority;
    for (const char* const answer : {"", "garbage\r\n\r\n", "HTTP/1.1 200"}) {
        RawServer proxy(context_, [answer](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.answer(answer);
        });
        use_proxy(proxy);
        const auto client = make_client({.ca_bundle = authority.bundle()});
        const auto exchange = run(client->send(get(elsewhere(true)), Timeouts{}));
        ASSERT_FALSE(exchange.has_value()) << answer;
        EXPECT_EQ(exchange.error().kind(), ErrorKind::unreachable);
    }
    RawServer silent(context_,
                     [](RawPeer& peer) -> asio::awaitable<void> { co_await peer.say_nothing(); });
    use_proxy(silent);
    const auto client = make_client({.ca_bundle = authority.bundle()});
    const auto exchange = run(client->send(get(elsewhere(true)), Timeouts{.connect = 20ms}));
    ASSERT_FALSE(exchange.has_value());
    EXPECT_EQ(exchange.error().kind(), ErrorKind::unreachable);
    EXPECT_TRUE(exchange.error().message().contains("it took longer than 20 ms"))
        << exchange.error().message();
}

TEST_F(ClientProxy, hosts_of_no_proxy_are_met_directly) {
    RawServer proxy(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("proxy"));
    });
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("direct"));
    });
    environment_ = base::Environment(
        {{"http_proxy", proxy.origin().authority()}, {"no_proxy", "127.0.0.0/8"}});
    const auto client = make_client();
    EXPECT_EQ(run(client->send(get(server.origin()), Timeouts{}))->response.body, "direct");
    EXPECT_EQ(proxy.connections(), 0);
}

TEST_F(ClientProxy, a_proxy_that_cannot_be_used_is_a_mistake_in_the_environment) {
    environment_ = base::Environment({{"http_proxy", "socks5://127.0.0.1:1"}});
    const auto client = make_client();
    const auto exchange = run(client->send(get(elsewhere(false)), Timeouts{}));
    ASSERT_FALSE(exchange.has_value());
    EXPECT_EQ(exchange.error().kind(), ErrorKind::invalid);
    EXPECT_TRUE(exchange.error().message().contains("http_proxy is \"socks5://127.0.0.1:1\""));
}

} // namespace
} // namespace exarch::http
