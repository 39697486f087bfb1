#pragma once

#include "base/environment.hpp"
#include "base/time.hpp"
#include "http/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace exarch::http {

/// One thread on which a test's client and its peers take turns.
class Loop : public testing::Test {
protected:
    /// Runs everything until the coroutine has ended, and gives what it returned.
    template <class T>
    T run(boost::asio::awaitable<T> coroutine) {
        std::optional<T> result;
        std::exception_ptr failure;
        boost::asio::co_spawn(context_, std::move(coroutine),
                              [&](std::exception_ptr thrown, T value) {
                                  failure = std::move(thrown);
                                  result.emplace(std::move(value));
                                  context_.stop();
                              });
        context_.restart();
        context_.run();
        if (failure) {
            std::rethrow_exception(failure);
        }
        return std::move(*result);
    }

    /// Lets everyone take turns until the condition holds.
    template <class Condition>
    void run_until(Condition condition) {
        context_.restart();
        while (!condition() && context_.run_one() > 0) {
        }
        ASSERT_TRUE(condition()) << "nobody has anything left to do";
    }

    /// Lets everyone do what can be done at once.
    void settle() {
        context_.restart();
        while (context_.poll() > 0) {
        }
    }

    [[nodiscard]] std::unique_ptr<Client> make_client(ClientParams params = {}) {
        return std::make_unique<Client>(context_.get_executor(), clock_, environment_,
                                        std::move(params));
    }

    static Request get(const Origin& origin, std::string target = "/") {
        Request request;
        request.origin = origin;
        request.target = std::move(target);
        return request;
    }

    static Request post(const Origin& origin, std::string body) {
        Request request = get(origin);
        request.method = "POST";
        request.body = std::move(body);
        return request;
    }

    boost::asio::io_context context_{1};
    base::SystemClock clock_;
    base::Environment environment_{{}};
};

} // namespace exarch::http
