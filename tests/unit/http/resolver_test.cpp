#include "dns_server.hpp"
#include "http/client.hpp"
#include "http/transport/resolver.hpp"
#include "loop.hpp"
#include "raw_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using base::ErrorKind;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;
using Answer = base::Result<Resolver::Addresses>;

// Lets a test say how late it is.
class SetClock final : public base::Clock {
public:
    [[nodiscard]] base::Moment now() const override { return moment; }
    base::Moment moment{.steady = base::Instant(1h), .wall = {}};
};

class NameResolver : public Loop {
protected:
    [[nodiscard]] std::unique_ptr<Resolver> make_resolver(std::string servers) {
        return std::make_unique<Resolver>(
            deadlines_, ResolverParams{.servers = std::move(servers), .timeout = 30ms, .tries = 2});
    }

    // The addresses, or one text: the kind of the failure.
    std::vector<std::string> look_up(Resolver& resolver, std::string name,
                                     base::Duration allowed = 30s) {
        const Answer answer =
            run(resolver.resolve(std::move(name), later(deadlines_->now(), allowed)));
        if (!answer.has_value()) {
            last_message_ = answer.error().message();
            return {std::string(format(answer.error().kind()))};
        }
        std::vector<std::string> texts;
        for (const auto& address : *answer) {
            texts.push_back(address.to_string());
        }
        return texts;
    }

    std::string last_message_;
    DnsServer dns_{context_};
    std::shared_ptr<Deadlines> deadlines_ =
        std::make_shared<Deadlines>(context_.get_executor(), clock_);
};

TEST_F(NameResolver, addresses_and_localhost_need_no_query) {
    const auto resolver = make_resolver(dns_.server());
    EXPECT_THAT(look_up(*resolver, "192.0.2.7"), ElementsAre("192.0.2.7"));
    EXPECT_THAT(look_up(*resolver, "fd00:ec2::23"), ElementsAre("fd00:ec2::23"));
    for (const char* const name : {"localhost", "LocalHost", "localhost.", "a.localhost"}) {
        EXPECT_THAT(look_up(*resolver, name), ElementsAre("127.0.0.1", "::1")) << name;
    }
    EXPECT_EQ(dns_.queries(), 0);
}

TEST_F(NameResolver, asks_for_both_families) {
    dns_.tell("both.example", {.addresses = {"192.0.2.1", "192.0.2.2", "2001:db8::1"}});
    dns_.tell("four.example", {.addresses = {"192.0.2.4"}});
    dns_.tell("six.example", {.addresses = {"2001:db8::6"}});
    const auto resolver = make_resolver(dns_.server());
    EXPECT_THAT(look_up(*resolver, "both.example"),
                UnorderedElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1"));
    EXPECT_THAT(look_up(*resolver, "four.example"), ElementsAre("192.0.2.4"));
    EXPECT_THAT(look_up(*resolver, "six.example"), ElementsAre("2001:db8::6"));
    EXPECT_EQ(dns_.queries(), 6);
}

TEST_F(NameResolver, reads_etc_hosts) {
    std::ifstream file("/etc/hosts");
    std::string address;
    std::string name;
    for (std::string line; name.empty() && std::getline(file, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        words >> address >> name;
        if (name.contains("localhost") || address.contains(':')) {
            name.clear();
        }
    }
    if (name.empty()) {
        GTEST_SKIP() << "/etc/hosts names nothing but localhost";
    }
    const auto resolver = make_resolver(dns_.server());
    EXPECT_THAT(look_up(*resolver, name), testing::Contains(address));
    EXPECT_EQ(dns_.queries(), 0);
}

TEST_F(NameResolver, a_name_without_address_is_not_found) {
    dns_.tell("empty.example", {});
    const auto resolver = make_resolver(dns_.server());
    for (const char* const name : {"unknown.example", "empty.example", "a..b"}) {
        EXPECT_THAT(look_up(*resolver, name), ElementsAre("not_found")) << name;
        EXPECT_TRUE(last_message_.contains(name)) << last_message_;
    }
}

TEST_F(NameResolver, servers_that_fail_rave_or_are_away_are_unreachable) {
    dns_.fail();
    EXPECT_THAT(look_up(*make_resolver(dns_.server()), "a.example"), ElementsAre("unreachable"));
    dns_.rave();
    EXPECT_THAT(look_up(*make_resolver(dns_.server()), "a.example"), ElementsAre("unreachable"));
    EXPECT_THAT(look_up(*make_resolver("127.0.0.1:1"), "a.example"), ElementsAre("unreachable"));
    EXPECT_TRUE(last_message_.contains("/etc/resolv.conf")) << last_message_;
}

/// What it searches stands for all of the file: in it, name servers have no ports.
TEST_F(NameResolver, a_changed_configuration_is_read_although_the_name_server_answers) {
    dns_.tell("a.example", {.addresses = {"192.0.2.1"}});
    const std::filesystem::path directory = std::filesystem::temp_directory_path() /
                                            ("exarch-dns-test-" + base::SystemEntropy().hex(8));
    std::filesystem::create_directory(directory);
    const std::string file = directory / "resolv.conf";
    const auto write = [&](std::string_view text) {
        std::ofstream(file + "-new") << text;
        std::filesystem::rename(file + "-new", file);
    };
    write("search elsewhere\n");
    Resolver resolver(deadlines_, {.servers = dns_.server(), .configuration = file});
    EXPECT_THAT(look_up(resolver, "a"), ElementsAre("not_found"));
    EXPECT_THAT(look_up(resolver, "a"), ElementsAre("not_found"));
    write("search example\n");
    EXPECT_THAT(look_up(resolver, "a"), ElementsAre("192.0.2.1"));
    std::filesystem::remove_all(directory);
}

TEST_F(NameResolver, a_silent_server_is_asked_again_and_then_given_up) {
    dns_.fall_silent();
    const auto resolver = make_resolver(dns_.server());
    EXPECT_THAT(look_up(*resolver, "a.example"), ElementsAre("unreachable"));
    EXPECT_EQ(dns_.queries(), 4) << "two tries of two queries";
}

TEST_F(NameResolver, one_family_is_enough_where_the_server_drops_the_others_queries) {
    dns_.tell("a.example", {.addresses = {"192.0.2.1"}});
    dns_.drop_ipv6();
    const auto resolver = make_resolver(dns_.server());
    EXPECT_THAT(look_up(*resolver, "a.example"), ElementsAre("192.0.2.1"));
    const ResolverParams usual;
    EXPECT_LT(usual.timeout * 3, Timeouts().connect) << "two tries, the second twice as long";
}

TEST_F(NameResolver, the_callers_deadline_ends_the_wait) {
    dns_.fall_silent();
    const auto resolver = make_resolver(dns_.server());
    EXPECT_THAT(look_up(*resolver, "a.example", 1ms), ElementsAre("unreachable"));
    EXPECT_LE(dns_.queries(), 2);
}

TEST_F(NameResolver, those_who_ask_together_share_one_query) {
    dns_.tell("shared.example", {.addresses = {"192.0.2.1"}});
    const auto resolver = make_resolver(dns_.server());
    int answers = 0;
    for (int i = 0; i < 50; ++i) {
        asio::co_spawn(context_, resolver->resolve("shared.example", deadlines_->now() + 30s),
                       [&](const std::exception_ptr&, const Answer& answer) {
                           EXPECT_TRUE(answer.has_value());
                           ++answers;
                       });
    }
    run_until([&] { return answers == 50; });
    EXPECT_EQ(dns_.queries(), 2);
}

TEST_F(NameResolver, an_answer_is_kept_as_long_as_it_says_and_a_failure_not_at_all) {
    SetClock time;
    const auto timed = std::make_shared<Deadlines>(context_.get_executor(), time);
    Resolver resolver(timed, ResolverParams{.servers = dns_.server()});
    const auto look = [&] { return run(resolver.resolve("a.example", base::Instant::max())); };
    EXPECT_FALSE(look().has_value());
    dns_.tell("a.example", {.addresses = {"192.0.2.1"}, .ttl = 10s});
    EXPECT_TRUE(look().has_value());
    EXPECT_TRUE(look().has_value());
    EXPECT_EQ(dns_.queries(), 4);
    time.moment.steady += 9s;
    EXPECT_TRUE(look().has_value());
    EXPECT_EQ(dns_.queries(), 4);
    time.moment.steady += 2s;
    EXPECT_TRUE(look().has_value());
    EXPECT_EQ(dns_.queries(), 6);
}

TEST_F(NameResolver, one_who_gives_up_leaves_the_others_waiting) {
    dns_.tell("a.example", {.addresses = {"192.0.2.1"}});
    const auto resolver = make_resolver(dns_.server());
    asio::cancellation_signal signal;
    std::optional<Answer> given_up;
    std::optional<Answer> answered;
    asio::co_spawn(context_, resolver->resolve("a.example", base::Instant::max()),
                   [&](const std::exception_ptr&, Answer answer) { answered = answer; });
    asio::co_spawn(
        context_, resolver->resolve("a.example", base::Instant::max()),
        asio::bind_cancellation_slot(
            signal.slot(), [&](const std::exception_ptr&, Answer answer) { given_up = answer; }));
    run_until([&] { return dns_.queries() > 0; });
    signal.emit(asio::cancellation_type::terminal);
    run_until([&] { return given_up && answered; });
    EXPECT_FALSE(given_up->has_value());
    EXPECT_TRUE(answered->has_value());
}

TEST_F(NameResolver, a_resolver_that_goes_answers_who_still_waits) {
    dns_.fall_silent();
    auto resolver = make_resolver(dns_.server());
    std::optional<Answer> end;
    asio::co_spawn(context_, resolver->resolve("a.example", base::Instant::max()),
                   [&](const std::exception_ptr&, Answer answer) { end = answer; });
    run_until([&] { return dns_.queries() > 0; });
    resolver.reset();
    run_until([&] { return end.has_value(); });
    ASSERT_FALSE(end->has_value());
    EXPECT_EQ(end->error().kind(), ErrorKind::cancelled);
}

TEST_F(NameResolver, the_client_connects_to_the_address_that_the_name_server_gave) {
    dns_.tell("sts.example", {.addresses = {"127.0.0.1"}});
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        const std::string request = co_await peer.read_request();
        co_await peer.write(format_ok(request));
    });
    const auto client = make_client({.name_servers = dns_.server()});
    const Origin origin{.tls = false, .host = "sts.example", .port = server.port()};
    const auto exchange = run(client->send(get(origin), Timeouts{}));
    ASSERT_TRUE(exchange.has_value()) << exchange.error().message();
    EXPECT_TRUE(exchange->response.body.contains("Host: sts.example:"));
    const Origin unknown{.tls = false, .host = "sts.nowhere", .port = server.port()};
    const auto failed = run(client->send(get(unknown), Timeouts{}));
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind(), ErrorKind::unreachable);
    EXPECT_TRUE(failed.error().message().contains("sts.nowhere")) << failed.error().message();
}

} // namespace
} // namespace exarch::http
