#include "source/access.hpp"
#include "source/load.hpp"
#include "unit/aws/loopback.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace exarch::source {
namespace {

using aws::Loopback;
using aws::response;

constexpr std::string_view wrong_key = R"({"Parameter": {"Type": "String", "Version": 3,
    "Value": "version: 1\nqueue: https://sqs.eu-west-1.amazonaws.com/999900001111/q\nquue: x\n"}})";

base::Environment environment_at(const std::string& address,
                                 std::map<std::string, std::string, std::less<>> others = {}) {
    std::map<std::string, std::string, std::less<>> variables{{"AWS_ENDPOINT_URL", address},
                                                              {"AWS_REGION", "eu-west-1"},
                                                              {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"},
                                                              {"AWS_SECRET_ACCESS_KEY", "secret"}};
    variables.merge(others);
    return base::Environment(std::move(variables));
}

/// A service in a thread of its own, for functions that block. Its last answer stays.
class Service {
public:
    explicit Service(std::vector<http::Response> answers)
        : answers_(std::move(answers)), loopback_([this](const http::Request&) {
              return answers_[std::min<std::size_t>(calls_++, answers_.size() - 1)];
          }),
          thread_([this] { loopback_.io.run(); }) {}
    ~Service() { loopback_.io.stop(); }

    [[nodiscard]] std::string url() const { return loopback_.url(); }
    [[nodiscard]] std::size_t calls() const { return calls_; }

private:
    std::vector<http::Response> answers_;
    std::atomic<std::size_t> calls_ = 0;
    Loopback loopback_;
    std::jthread thread_;
};

class AccessTest : public testing::Test {
protected:
    base::Result<std::optional<Kept>> read(const std::string& place, const std::string& address) {
        const base::Environment environment = environment_at(address);
        auto access = Access::open(parse_place(place).value(), {environment, clock_, patience_});
        return access.has_value() ? (*access)->read() : std::unexpected(access.error());
    }

    base::SystemClock clock_;
    base::Duration patience_ = std::chrono::seconds(20);
};

TEST_F(AccessTest, what_passes_is_tried_again) {
    const Service service({response(400, R"({"__type": "ThrottlingException"})"),
                           response(500, R"({"__type": "InternalServerError"})"),
                           response(200, R"({"Parameter": {"Value": "x", "Version": 1}})")});
    const auto kept = read("ssm:/exarch/config", service.url());
    ASSERT_TRUE(kept.has_value()) << kept.error().message();
    EXPECT_EQ(kept->value().text, "x");
    EXPECT_EQ(service.calls(), 3U);
}

TEST_F(AccessTest, it_is_given_up_after_a_few_tries) {
    const Service service({response(400, R"({"__type": "ThrottlingException"})")});
    const auto kept = read("ssm:/exarch/config", service.url());
    EXPECT_EQ(kept.error().kind(), base::ErrorKind::throttled);
    EXPECT_EQ(service.calls(), 3U);
}

TEST_F(AccessTest, a_refusal_names_action_resource_and_mend_and_is_not_tried_again) {
    const Service service({response(400, R"({"__type": "AccessDeniedException",
        "message": "User: arn:aws:sts::1:assumed-role/exarch/exarch is not authorized"})")});
    for (const auto& [place, words] : std::map<std::string, std::string>{
             {"ssm:/exarch/config",
              "ssm:/exarch/config: ssm:GetParameter on "
              "arn:aws:ssm:eu-west-1:*:parameter/exarch/config: AccessDeniedException (400): User: "
              "arn:aws:sts::1:assumed-role/exarch/exarch is not authorized; `exarch policy "
              "function --source ssm:/exarch/config` prints what allows it"},
             {"dynamodb:exarch#config",
              "dynamodb:exarch#config: dynamodb:GetItem on "
              "arn:aws:dynamodb:eu-west-1:*:table/exarch: AccessDeniedException (400): User: "
              "arn:aws:sts::1:assumed-role/exarch/exarch is not authorized; `exarch policy "
              "function --source dynamodb:exarch#config` prints what allows it"}}) {
        const auto kept = read(place, service.url());
        EXPECT_EQ(kept.error().kind(), base::ErrorKind::denied);
        EXPECT_EQ(kept.error().message(), words);
    }
    EXPECT_EQ(service.calls(), 2U);
}

TEST_F(AccessTest, a_service_that_never_answers_is_waited_for_so_long_and_no_longer) {
    boost::asio::io_context io;
    const boost::asio::ip::tcp::acceptor silent(io,
                                                {boost::asio::ip::make_address("127.0.0.1"), 0});
    patience_ = std::chrono::milliseconds(300);
    const auto kept = read("ssm:/exarch/config",
                           fmt::format("http://127.0.0.1:{}", silent.local_endpoint().port()));
    EXPECT_EQ(kept.error().kind(), base::ErrorKind::unreachable);
    EXPECT_TRUE(kept.error().message().ends_with(
        "ssm:GetParameter on arn:aws:ssm:eu-west-1:*:parameter/exarch/config: no answer within "
        "300 ms"))
        << kept.error().message();
}

TEST_F(AccessTest, settings_of_aws_that_are_wrong_are_told_with_the_place) {
    const auto kept = read("ssm:/exarch/config", "ftp://nowhere");
    EXPECT_EQ(kept.error().kind(), base::ErrorKind::invalid);
    EXPECT_TRUE(kept.error().message().starts_with("ssm:/exarch/config: AWS_ENDPOINT_URL"));
}

TEST_F(AccessTest, a_text_that_is_too_long_is_not_sent) {
    const Service service({response(200, R"({"Version": 1})")});
    const base::Environment environment = environment_at(service.url());
    const auto write = [&](const std::string& place, std::size_t size) {
        const auto access = Access::open(parse_place(place).value(), {environment, clock_}).value();
        return access->write({std::string(size, '#'), std::nullopt, {}});
    };
    EXPECT_EQ(
        write("ssm:/exarch/config", 8193).error().message(),
        "ssm:/exarch/config: 8193 bytes are too many: it holds 8192, and a table 399 KB, like "
        "dynamodb:exarch#config");
    EXPECT_EQ(write("dynamodb:exarch#config", 408'577).error().message(),
              "dynamodb:exarch#config: 408577 bytes are too many: it holds 408576");
    EXPECT_EQ(service.calls(), 0U);
    EXPECT_TRUE(write("ssm:/exarch/config", 8192).has_value());
}

TEST_F(AccessTest, a_push_without_an_answer_is_not_repeated_and_says_how_to_find_out) {
    const Service service({response(500, R"({"__type": "InternalServerError"})")});
    const base::Environment environment = environment_at(service.url());
    for (const char* place : {"ssm:/exarch/config", "dynamodb:exarch#config"}) {
        const auto access = Access::open(parse_place(place).value(), {environment, clock_}).value();
        const auto pushed = access->write({"version: 1\n", std::nullopt, {}});
        EXPECT_EQ(pushed.error().kind(), base::ErrorKind::outcome_unknown);
        EXPECT_TRUE(pushed.error().message().ends_with("the same push again tells"));
    }
    EXPECT_EQ(service.calls(), 2U);
}

TEST_F(AccessTest, a_mistake_in_what_was_pushed_is_named_with_place_and_version) {
    const Service service({response(200, std::string(wrong_key))});
    const base::Environment environment =
        environment_at(service.url(), {{"EXARCH_CONFIG", "ssm:/exarch/config"}});
    const auto config = load({}, {environment, clock_});
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().message(), "ssm:/exarch/config (version 3):3:1: unknown key \"quue\"; "
                                        "did you mean queue?");
    EXPECT_EQ(service.calls(), 1U);
}

TEST_F(AccessTest, a_place_without_sense_is_named_with_its_variable) {
    const base::Environment environment =
        environment_at("http://127.0.0.1:9", {{"EXARCH_CONFIG", "ssm:/exarch/config:x"}});
    const auto config = load({}, {environment, clock_});
    EXPECT_TRUE(config.error().message().starts_with("EXARCH_CONFIG: \"ssm:/exarch/config:x\": "))
        << config.error().message();
    // The flag is nearer, and a file calls nobody.
    const auto missing = load({.file = "/nowhere/exarch.yaml"}, {environment, clock_});
    EXPECT_EQ(missing.error().kind(), base::ErrorKind::not_found);
}

} // namespace
} // namespace exarch::source
