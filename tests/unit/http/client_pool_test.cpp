#include "http/client.hpp"
#include "loop.hpp"
#include "raw_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using base::ErrorKind;
using namespace std::chrono_literals;

// Answers everything with the number of the connection it came on.
RawServer::Script count_connections(int& connections) {
    return [&connections](RawPeer& peer) -> asio::awaitable<void> {
        const int number = ++connections;
        while (!(co_await peer.read_request()).empty()) {
            co_await peer.write(format_ok(std::to_string(number)));
        }
    };
}

class ClientPool : public Loop {
protected:
    std::string ask(Client& client, const Origin& origin) {
        const auto exchange = run(client.send(get(origin), Timeouts{}));
        return exchange.has_value() ? exchange->response.body : exchange.error().message();
    }

    // Sends that many at once; `ended` is called with each result.
    template <class Ended>
    void send_together(Client& client, int count, const Request& request, Ended ended) {
        for (int i = 0; i < count; ++i) {
            asio::co_spawn(
                context_, client.send(request, Timeouts{}),
                [ended, i](const std::exception_ptr&, const base::Result<Exchange>& exchange) {
                    ended(i, exchange);
                });
        }
    }
};

TEST_F(ClientPool, one_connection_carries_one_exchange_after_another) {
    int connections = 0;
    RawServer server(context_, count_connections(connections));
    const auto client = make_client();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(ask(*client, server.origin()), "1");
    }
}

TEST_F(ClientPool, each_origin_has_connections_of_its_own) {
    int connections = 0;
    RawServer first(context_, count_connections(connections));
    RawServer second(context_, count_connections(connections));
    const auto client = make_client();
    EXPECT_EQ(ask(*client, first.origin()), "1");
    EXPECT_EQ(ask(*client, second.origin()), "2");
    EXPECT_EQ(ask(*client, first.origin()), "1");
    EXPECT_EQ(ask(*client, second.origin()), "2");
}

TEST_F(ClientPool, a_server_that_closes_after_every_answer_is_served_well) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("moto", "Connection: close\r\n"));
    });
    const auto client = make_client();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(ask(*client, server.origin()), "moto");
    }
    EXPECT_EQ(server.connections(), 20);
}

TEST_F(ClientPool, a_connection_closed_by_the_server_meanwhile_is_not_used_again) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("no word of closing"));
    });
    const auto client = make_client();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(ask(*client, server.origin()), "no word of closing");
        settle();
    }
    EXPECT_EQ(server.connections(), 20);
}

TEST_F(ClientPool, an_answer_that_nobody_asked_for_is_never_taken_for_the_next) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("right"));
        co_await peer.write(format_ok("poison"));
        co_await peer.say_nothing();
    });
    const auto client = make_client();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(ask(*client, server.origin()), "right");
        settle();
    }
    EXPECT_EQ(server.connections(), 10);
}

TEST_F(ClientPool, a_request_may_ask_to_close) {
    int connections = 0;
    RawServer server(context_, count_connections(connections));
    const auto client = make_client();
    Request request = get(server.origin());
    request.headers.add("Connection", "close");
    EXPECT_EQ(run(client->send(request, Timeouts{}))->response.body, "1");
    EXPECT_EQ(ask(*client, server.origin()), "2");
}

TEST_F(ClientPool, opens_no_more_than_allowed_and_serves_who_waits_in_order) {
    int connections = 0;
    RawServer server(context_, count_connections(connections));
    const auto client = make_client({.connections_per_origin_max = 1});
    std::vector<int> order;
    const auto all = [&]() -> asio::awaitable<bool> {
        send_together(*client, 20, get(server.origin()),
                      [&](int i, const base::Result<Exchange>& exchange) {
                          EXPECT_TRUE(exchange.has_value());
                          order.push_back(i);
                      });
        while (order.size() < 20) {
            co_await asio::post(asio::use_awaitable);
        }
        co_return true;
    };
    run(all());
    EXPECT_TRUE(std::ranges::is_sorted(order));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientPool, connections_that_end_make_room_for_who_waits) {
    RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("x", "Connection: close\r\n"));
    });
    const auto client = make_client({.connections_per_origin_max = 2});
    int done = 0;
    const auto all = [&]() -> asio::awaitable<bool> {
        send_together(*client, 20, get(server.origin()),
                      [&](int, const base::Result<Exchange>& exchange) {
                          EXPECT_TRUE(exchange.has_value()) << exchange.error().message();
                          ++done;
                      });
        while (done < 20) {
            co_await asio::post(asio::use_awaitable);
        }
        co_return true;
    };
    run(all());
    EXPECT_EQ(server.connections(), 20);
}

TEST_F(ClientPool, the_connection_used_last_is_used_next) {
    int connections = 0;
    RawServer server(context_, count_connections(connections));
    const auto client = make_client();
    std::vector<std::string> ended;
    const auto three = [&]() -> asio::awaitable<bool> {
        send_together(*client, 3, get(server.origin()),
                      [&](int, const base::Result<Exchange>& exchange) {
                          ended.push_back(exchange->response.body);
                      });
        while (ended.size() < 3) {
            co_await asio::post(asio::use_awaitable);
        }
        co_return true;
    };
    run(three());
    EXPECT_EQ(server.connections(), 3);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(*client, server.origin()), ended.back());
    }
}

TEST_F(ClientPool, whoever_gives_up_in_line_leaves_the_others_their_turn) {
    int answered = 0;
    RawServer server(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.read_request();
        asio::steady_timer timer(peer.socket.get_executor(), 50ms);
        co_await timer.async_wait(asio::use_awaitable);
        ++answered;
        co_await peer.write(format_ok("late"));
        co_await peer.answer(format_ok("second"));
    });
    const auto client = make_client({.connections_per_origin_max = 1});
    std::vector<std::string> ends;
    const auto note = [&](const std::exception_ptr&, const base::Result<Exchange>& exchange) {
        ends.push_back(exchange.has_value() ? exchange->response.body
                                            : std::string(format(exchange.error().kind())));
    };
    const auto all = [&]() -> asio::awaitable<bool> {
        asio::co_spawn(context_, client->send(get(server.origin()), Timeouts{}), note);
        asio::co_spawn(context_, client->send(get(server.origin()), Timeouts{.whole = 5ms}), note);
        asio::co_spawn(context_, client->send(get(server.origin()), Timeouts{}), note);
        while (ends.size() < 3) {
            co_await asio::post(asio::use_awaitable);
        }
        co_return true;
    };
    run(all());
    EXPECT_EQ(ends, (std::vector<std::string>{"unreachable", "late", "second"}));
    EXPECT_EQ(answered, 1);
}

TEST_F(ClientPool, idle_connections_are_closed) {
    bool closed = false;
    RawServer server(context_, [&](RawPeer& peer) -> asio::awaitable<void> {
        co_await peer.answer(format_ok("x"));
        co_await peer.say_nothing();
        closed = true;
    });
    const auto client = make_client({.idle_max = 1ms});
    EXPECT_EQ(ask(*client, server.origin()), "x");
    const auto until_closed = [&]() -> asio::awaitable<bool> {
        while (!closed) {
            co_await asio::post(asio::use_awaitable);
        }
        co_return true;
    };
    EXPECT_TRUE(run(until_closed()));
    EXPECT_EQ(ask(*client, server.origin()), "x");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientPool, a_client_that_goes_lets_the_executor_run_dry) {
    {
        RawServer server(context_, [](RawPeer& peer) -> asio::awaitable<void> {
            co_await peer.answer(format_ok("x"));
            co_await peer.say_nothing();
        });
        auto client = make_client();
        EXPECT_EQ(ask(*client, server.origin()), "x");
    }
    context_.restart();
    context_.run();
    SUCCEED() << "run() came back though idle_max is 20 s";
}

} // namespace
} // namespace exarch::http
