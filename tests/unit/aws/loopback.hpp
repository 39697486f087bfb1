#pragma once

#include "aws/caller.hpp"
#include "aws/credentials/provider.hpp"
#include "base/environment.hpp"
#include "base/time.hpp"
#include "http/client.hpp"
#include "http/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace exarch::aws {

/// Stands still until it is set.
class ManualClock final : public base::Clock {
public:
    [[nodiscard]] base::Moment now() const override { return moment; }
    void advance(base::Duration duration);

    base::Moment moment{base::Instant(std::chrono::hours(1)),
                        base::parse_timestamp("2026-11-24T12:00:00Z").value()};
};

/// Counts, and gives what it is told to.
class ScriptedProvider final : public CredentialsProvider {
public:
    boost::asio::awaitable<base::Result<sigv4::Credentials>> get() override {
        ++asked;
        co_return answer;
    }
    void invalidate() override { ++invalidated; }

    base::Result<sigv4::Credentials> answer = keys();
    int asked = 0;
    int invalidated = 0;

    static sigv4::Credentials keys(std::string id = "AKIDEXAMPLE");
};

/// A real client and a real server in one thread, with a clock that stands still.
class Loopback {
public:
    using Answer = std::function<http::Response(const http::Request&)>;

    /// `variables` is the environment of everything in here.
    explicit Loopback(Answer answer,
                      std::map<std::string, std::string, std::less<>> variables = {});

    /// Runs `work` to its end and returns what it gave.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        std::optional<T> result;
        boost::asio::co_spawn(io, std::move(work), [&result](std::exception_ptr thrown, T value) {
            EXPECT_EQ(thrown, nullptr);
            result = std::move(value);
        });
        run_until([&result] { return result.has_value(); });
        return std::move(result).value();
    }

    /// Runs what is due until `done` says so; fails the test where that takes too long.
    void run_until(const std::function<bool()>& done);

    [[nodiscard]] http::Origin origin() const { return {false, "127.0.0.1", server->port()}; }
    [[nodiscard]] std::string url() const { return "http://" + origin().authority(); }
    /// A request of no particular service to this server.
    [[nodiscard]] ServiceRequest request() const;

    boost::asio::io_context io{1};
    ManualClock clock;
    base::Environment environment;
    Answer answer;
    /// Every request that came, in order.
    std::vector<http::Request> requests;
    std::unique_ptr<http::Server> server;
    http::Client client;
    Caller caller;

private:
    boost::asio::awaitable<http::Response> respond(http::Request request);
};

http::Response response(int status, std::string body = "",
                        std::vector<http::Headers::Field> headers = {});

/// An AssumeRole reply whose credentials end an hour after the clock's beginning.
std::string assume_role_body(std::string_view operation = "AssumeRole",
                             std::string_view id = "ASIAROLE");

} // namespace exarch::aws
