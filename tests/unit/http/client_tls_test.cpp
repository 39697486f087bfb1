#include "certificates.hpp"
#include "http/client.hpp"
#include "http/transport/trust.hpp"
#include "loop.hpp"
#include "raw_server.hpp"
#include "tls_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using base::ErrorKind;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

class ClientTls : public Loop {
protected:
    static Origin origin(const TlsServer& server, std::string host = "localhost") {
        return {.tls = true, .host = std::move(host), .port = server.port()};
    }

    [[nodiscard]] std::unique_ptr<Client> trusting_client(const TestAuthority& whom) {
        return make_client({.ca_bundle = whom.bundle()});
    }

    [[nodiscard]] Identity identity() const { return authority_.issue({.names = {"localhost"}}); }

    std::string ask(Client& client, const Origin& at) {
        const auto exchange = run(client.send(get(at), Timeouts{}));
        return exchange.has_value() ? exchange->response.body : exchange.error().message();
    }

    // How a request ends that must not get past the handshake.
    std::string refusal(Client& client, const Origin& at, Timeouts timeouts = {}) {
        bool departed = false;
        const auto exchange = run(client.send(get(at), timeouts, [&] { return departed = true; }));
        EXPECT_FALSE(departed);
        if (exchange.has_value()) {
            return "accepted";
        }
        EXPECT_EQ(exchange.error().kind(), ErrorKind::unreachable) << exchange.error().message();
        return exchange.error().message();
    }

    std::string refused_certificate(const CertificateParams& params,
                                    const std::string& host = "localhost") {
        TlsServer server(context_, {.identity = authority_.issue(params)});
        const auto client = trusting_client(authority_);
        return refusal(*client, origin(server, host));
    }

    TestAuthority authority_;
};

TEST_F(ClientTls, names_the_host_and_the_protocol_and_speaks_the_newest_version) {
    TlsServer server(context_, {.identity = identity()});
    const auto client = trusting_client(authority_);
    EXPECT_EQ(ask(*client, origin(server)), "localhost|http/1.1|TLSv1.3");
    EXPECT_EQ(ask(*client, origin(server)), "localhost|http/1.1|TLSv1.3");
    EXPECT_EQ(server.handshakes(), 1);
}

TEST_F(ClientTls, speaks_1_2_where_there_is_nothing_newer_and_needs_no_alpn) {
    TlsServer server(context_,
                     {.identity = identity(), .version_max = TLS1_2_VERSION, .negotiates = false});
    const auto client = trusting_client(authority_);
    EXPECT_EQ(ask(*client, origin(server)), "localhost||TLSv1.2");
}

TEST_F(ClientTls, does_not_speak_anything_older) {
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        TlsServer server(context_, {.identity = identity(), .version_max = version});
        const auto client = trusting_client(authority_);
        const std::string message = refusal(*client, origin(server));
        EXPECT_TRUE(message.contains("TLS handshake: ")) << message;
        EXPECT_TRUE(message.contains("protocol version")) << message;
    }
}

TEST_F(ClientTls, an_address_is_verified_as_an_address_and_not_sent_as_a_name) {
    TlsServer server(context_, {.identity = authority_.issue({.addresses = {"127.0.0.1"}})});
    const auto client = trusting_client(authority_);
    EXPECT_EQ(ask(*client, origin(server, "127.0.0.1")), "|http/1.1|TLSv1.3");
    const std::string message = refusal(*client, origin(server, "localhost"));
    EXPECT_TRUE(message.contains("hostname mismatch")) << message;
}

TEST_F(ClientTls, a_certificate_for_another_host_is_refused) {
    for (const char* const name :
         {"example.com", "localhost.example.com", "*.localhost", "local*", "*", "xlocalhost"}) {
        const std::string message = refused_certificate({.names = {name}});
        EXPECT_TRUE(message.contains("its certificate is not trusted (hostname mismatch)"))
            << name << ": " << message;
    }
    const std::string address = refused_certificate({.names = {"127.0.0.1"}}, "127.0.0.1");
    EXPECT_TRUE(address.contains("IP address mismatch")) << address;
}

TEST_F(ClientTls, a_certificate_that_names_the_host_in_its_subject_alone_is_refused) {
    const std::string message = refused_certificate({.common_name = "localhost"});
    EXPECT_TRUE(message.contains("hostname mismatch")) << message;
}

TEST_F(ClientTls, a_wildcard_stands_for_one_label) {
    TlsServer server(context_, {.identity = authority_.issue({.names = {"*.test.localhost"}})});
    const auto client = trusting_client(authority_);
    EXPECT_THAT(ask(*client, origin(server, "a.test.localhost")), StartsWith("a.test.localhost|"));
    EXPECT_TRUE(refusal(*client, origin(server, "a.b.test.localhost")).contains("mismatch"));
    EXPECT_TRUE(refusal(*client, origin(server, "test.localhost")).contains("mismatch"));
}

TEST_F(ClientTls, a_certificate_out_of_its_time_is_refused) {
    const std::string expired =
        refused_certificate({.names = {"localhost"}, .valid_from = -7200, .valid_until = -3600});
    EXPECT_TRUE(expired.contains("certificate has expired")) << expired;
    const std::string early =
        refused_certificate({.names = {"localhost"}, .valid_from = 3600, .valid_until = 7200});
    EXPECT_TRUE(early.contains("certificate is not yet valid")) << early;
}

TEST_F(ClientTls, a_root_that_nobody_trusts_is_refused_even_under_a_trusted_name) {
    const TestAuthority stranger("a stranger");
    const TestAuthority impostor("exarch test root");
    for (const TestAuthority* const issuer : {&stranger, &impostor}) {
        TlsServer server(context_, {.identity = issuer->issue({.names = {"localhost"}})});
        const auto client = trusting_client(authority_);
        const std::string message = refusal(*client, origin(server));
        EXPECT_TRUE(message.contains("its certificate is not trusted")) << message;
    }
}

TEST_F(ClientTls, a_bundle_of_many_roots_serves_each_of_them) {
    const TestAuthority second("second root");
    const TestAuthority third("third root");
    const auto path = std::filesystem::temp_directory_path() /
                      (std::filesystem::path(authority_.bundle()).filename().string() + ".many");
    std::ofstream(path) << "# comment\n"
                        << authority_.root() << "text between\n"
                        << second.root()
                        << "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n"
                           "-----END CERTIFICATE-----\n"
                        << third.root() << "-----BEGIN CERTIFICATE-----\ncut off";
    const auto client = make_client({.ca_bundle = path.string()});
    for (const TestAuthority* const issuer :
         {&third, static_cast<const TestAuthority*>(&authority_), &second}) {
        TlsServer server(context_, {.identity = issuer->issue({.names = {"localhost"}})});
        EXPECT_EQ(ask(*client, origin(server)), "localhost|http/1.1|TLSv1.3");
    }
    const TestAuthority stranger("a stranger");
    TlsServer server(context_, {.identity = stranger.issue({.names = {"localhost"}})});
    EXPECT_TRUE(refusal(*client, origin(server)).contains("not trusted"));
    std::filesystem::remove(path);
}

TEST_F(ClientTls, a_bundle_that_cannot_be_used_is_named_with_its_source) {
    const std::string empty = authority_.bundle() + ".empty";
    std::ofstream(empty) << "nothing here";
    const Origin anywhere{.tls = true, .host = "127.0.0.1", .port = 1};
    for (const std::string& path :
         {empty, std::string("/nonexistent/roots.pem"), std::string("/tmp")}) {
        environment_ = base::Environment({{"AWS_CA_BUNDLE", path}});
        const auto client = make_client();
        const auto exchange = run(client->send(get(anywhere), Timeouts{}));
        ASSERT_FALSE(exchange.has_value());
        EXPECT_EQ(exchange.error().kind(), ErrorKind::system);
        EXPECT_TRUE(exchange.error().message().contains(path + ", named by AWS_CA_BUNDLE"))
            << exchange.error().message();
    }
    std::filesystem::remove(empty);
}

TEST_F(ClientTls, the_environment_names_the_bundle) {
    TlsServer server(context_, {.identity = identity()});
    for (const char* const variable : {"AWS_CA_BUNDLE", "SSL_CERT_FILE"}) {
        environment_ = base::Environment({{variable, authority_.bundle()}});
        const auto client = make_client();
        EXPECT_EQ(ask(*client, origin(server)), "localhost|http/1.1|TLSv1.3");
    }
    environment_ = base::Environment(
        {{"AWS_CA_BUNDLE", authority_.bundle()}, {"SSL_CERT_FILE", "/nonexistent"}});
    EXPECT_EQ(ask(*make_client(), origin(server)), "localhost|http/1.1|TLSv1.3");
}

TEST_F(ClientTls, a_second_connection_resumes_the_session_of_the_first) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsServer server(context_,
                         {.identity = identity(), .version_max = version, .answers_max = 1});
        const auto client = trusting_client(authority_);
        for (int i = 0; i < 5; ++i) {
            EXPECT_THAT(ask(*client, origin(server)), HasSubstr("|http/1.1|TLSv1."));
        }
        EXPECT_EQ(server.handshakes(), 5);
        EXPECT_EQ(server.resumed(), 4) << version;
    }
}

TEST_F(ClientTls, a_ticket_of_one_server_is_no_harm_at_its_successor) {
    const Identity same = identity();
    auto server =
        std::make_unique<TlsServer>(context_, TlsServerParams{.identity = same, .answers_max = 1});
    const auto client = trusting_client(authority_);
    EXPECT_THAT(ask(*client, origin(*server)), HasSubstr("|http/1.1|TLSv1."));
    // The same port cannot be had for sure, so the successor is met under the same origin only by
    // way of a server that forgot its keys: a new context, the old socket.
    const Origin at = origin(*server);
    const unsigned short port = server->port();
    server.reset();
    asio::ip::tcp::acceptor acceptor(context_);
    acceptor.open(asio::ip::tcp::v4());
    acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true));
    acceptor.bind({asio::ip::address_v4::loopback(), port});
    acceptor.listen();
    TlsServer successor(context_, {.identity = same});
    acceptor.async_accept([&](const boost::system::error_code&, asio::ip::tcp::socket socket) {
        asio::co_spawn(context_, successor.serve(std::move(socket)),
                       [](const std::exception_ptr&) {});
    });
    EXPECT_EQ(ask(*client, at), "localhost|http/1.1|TLSv1.3");
    EXPECT_EQ(successor.handshakes(), 1);
    EXPECT_EQ(successor.resumed(), 0);
}

TEST_F(ClientTls, a_connection_closed_meanwhile_is_not_used_again) {
    for (const bool drops : {false, true}) {
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            TlsServer server(
                context_,
                {.identity = identity(), .version_max = version, .drops = drops, .answers_max = 1});
            const auto client = trusting_client(authority_);
            for (int i = 0; i < 10; ++i) {
                EXPECT_THAT(ask(*client, origin(server)), HasSubstr("|http/1.1|TLSv1."));
            }
            EXPECT_EQ(server.handshakes(), 10);
        }
    }
}

TEST_F(ClientTls, a_server_that_does_not_speak_tls_is_unreachable) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        co_await peer.say_nothing();
    });
    const auto client = trusting_client(authority_);
    Origin at = server.origin();
    at.tls = true;
    const std::string message = refusal(*client, at);
    EXPECT_TRUE(message.contains("TLS handshake: wrong version number")) << message;
}

TEST_F(ClientTls, a_server_that_closes_in_the_handshake_is_unreachable) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        std::array<char, 100> some;
        co_await peer.socket.async_read_some(asio::buffer(some), asio::use_awaitable);
        peer.reset();
    });
    const auto client = trusting_client(authority_);
    Origin at = server.origin();
    at.tls = true;
    EXPECT_TRUE(refusal(*client, at).contains("TLS handshake: ")) << refusal(*client, at);
}

TEST_F(ClientTls, a_handshake_that_takes_too_long_is_given_up) {
    RawServer server(context_,
                     [](RawPeer& peer) -> asio::awaitable<void> { co_await peer.say_nothing(); });
    const auto client = trusting_client(authority_);
    Origin at = server.origin();
    at.tls = true;
    const std::string message = refusal(*client, at, {.tls = 10ms});
    EXPECT_TRUE(message.contains("TLS handshake: it took longer than 10 ms")) << message;
}

TEST_F(ClientTls, carries_a_large_body) {
    TlsServer server(context_, {.identity = identity()});
    const auto client = trusting_client(authority_);
    Request request = post(origin(server), std::string(1'000'000, 'b'));
    const auto exchange = run(client->send(request, Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
}

TEST_F(ClientTls, the_roots_of_this_system_are_found) {
    const auto roots = TrustedRoots::open("", base::Environment({}));
    if (!roots.has_value()) {
        EXPECT_TRUE(roots.error().message().contains("ca-certificates"));
        GTEST_SKIP() << "no CA certificates are installed";
    }
    EXPECT_GT((*roots)->size(), 50U);
}

} // namespace
} // namespace exarch::http
