#include "http/client.hpp"
#include "sandbox/server.hpp"
#include "unit/http/loop.hpp"
#include "unit/sandbox/world.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace exarch::sandbox {
namespace {

using std::chrono::milliseconds;

/// A sandbox at an address of its own, and a client of it.
class SandboxServerTest : public http::Loop {
protected:
    void start(SandboxParams params = {}) {
        world_.emplace(std::move(params));
        auto listening =
            SandboxServer::listen(context_.get_executor(), {}, world_->sandbox, clock_);
        ASSERT_TRUE(listening.has_value()) << listening.error().message();
        server_ = std::move(*listening);
        client_ = make_client();
    }

    base::Result<http::Response> send(http::Request request) {
        return run(asked(std::move(request)));
    }

    boost::asio::awaitable<base::Result<http::Response>> asked(http::Request request) {
        request.origin = {.tls = false, .host = "127.0.0.1", .port = server_->port()};
        auto exchange = co_await client_->send(std::move(request), {});
        if (!exchange.has_value()) {
            co_return std::unexpected(exchange.error());
        }
        co_return std::move(exchange->response);
    }

    http::Request who_am_i() {
        return sign(sts_request({{"Action", "GetCallerIdentity"}}),
                    {.keys = world_->controller, .at = clock_.now()});
    }

    http::Request sqs(std::string form) {
        http::Request request{.method = "POST", .origin = {}};
        request.headers = {{"Host", "127.0.0.1:4600"},
                           {"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = std::move(form);
        return sign(std::move(request), {.keys = world_->controller,
                                         .service = "sqs",
                                         .region = "eu-west-1",
                                         .at = clock_.now()});
    }

    boost::asio::awaitable<bool> pause() {
        boost::asio::steady_timer timer(context_, milliseconds(20));
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_return true;
    }

    std::optional<World> world_;
    std::unique_ptr<SandboxServer> server_;
    std::unique_ptr<http::Client> client_;
};

TEST_F(SandboxServerTest, signed_call_is_answered_over_a_socket) {
    start();
    const auto answer = send(who_am_i());
    ASSERT_TRUE(answer.has_value()) << answer.error().message();
    EXPECT_EQ(answer->status, 200) << answer->body;
    EXPECT_EQ(element(*answer, "Account"), controller_account);
}

TEST_F(SandboxServerTest, call_takes_as_long_as_its_latency) {
    start({.latency = {milliseconds(30), milliseconds(30)}});
    const base::Instant begin = clock_.now().steady;
    EXPECT_TRUE(send(who_am_i()).has_value());
    EXPECT_GE(clock_.now().steady - begin, milliseconds(30));
}

TEST_F(SandboxServerTest, long_poll_ends_when_a_message_is_sent) {
    start();
    EXPECT_TRUE(send(sqs("Action=CreateQueue&QueueName=tasks")).has_value());
    const base::Instant begin = clock_.now().steady;
    std::string received;
    boost::asio::co_spawn(
        context_,
        asked(sqs("Action=ReceiveMessage&WaitTimeSeconds=20&QueueUrl=/999900001111/tasks")),
        [&](const std::exception_ptr&, base::Result<http::Response> answer) {
            received = answer.has_value() ? element(*answer, "Body") : answer.error().message();
        });
    EXPECT_TRUE(run(pause()));
    EXPECT_EQ(received, "");
    EXPECT_TRUE(
        send(sqs("Action=SendMessage&MessageBody=news&QueueUrl=/999900001111/tasks")).has_value());
    while (received.empty() && clock_.now().steady - begin < std::chrono::seconds(10)) {
        EXPECT_TRUE(run(pause()));
    }
    EXPECT_EQ(received, "news");
    EXPECT_LT(clock_.now().steady - begin, std::chrono::seconds(10));
}

TEST_F(SandboxServerTest, dropped_call_ends_without_an_answer_and_is_in_the_log) {
    FaultRule drop;
    drop.fault = Fault::drop_after;
    start({.faults = {drop}});
    EXPECT_FALSE(send(who_am_i()).has_value());
    const auto records = world_->sandbox.log().since(0);
    ASSERT_FALSE(records.empty());
    EXPECT_EQ(records[0].as_object().at("outcome"), "dropped");
}

} // namespace
} // namespace exarch::sandbox
