#include "http/client.hpp"

#include "http/pool.hpp"
#include "http/proxy.hpp"
#include "http/transport/deadlines.hpp"
#include "http/transport/resolver.hpp"
#include "http/transport/tls.hpp"
#include "http/wire.hpp"

#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using base::Error;
using base::ErrorKind;
using base::Result;

// Origins come from outside too; those that are not in use any more are forgotten.
constexpr std::size_t pools_max = 256;

std::string format_place(const Request& request) {
    return fmt::format("{} {}://{}", request.method, request.origin.tls ? "https" : "http",
                       request.origin.authority());
}

PoolParams pool_params(const ClientParams& params) {
    return {.connections_max = params.connections_per_origin_max,
            .idle_max = params.idle_max,
            .limits = {.header_bytes_max = params.header_bytes_max,
                       .body_bytes_max = params.body_bytes_max}};
}

// Before anything was sent there are two ends: given up, or unreachable. What was wrong from the
// start stays so.
Error as_not_sent(const Error& cause, const Request& request) {
    const bool keeps = cause.kind() == ErrorKind::cancelled || cause.kind() == ErrorKind::invalid ||
                       cause.kind() == ErrorKind::system;
    return Error(keeps ? cause.kind() : ErrorKind::unreachable, format_place(request), cause);
}

} // namespace

class Client::Pools {
public:
    Pools(const asio::any_io_executor& executor, const base::Clock& clock,
          const base::Environment& environment, ClientParams params)
        : deadlines_(std::make_shared<Deadlines>(executor, clock)), environment_(environment),
          params_(std::move(params)), proxies_(environment),
          resolver_(deadlines_, ResolverParams{.servers = params_.name_servers}) {}

    void close() {
        closed_ = true;
        for (auto& [origin, pool] : pools_) {
            pool->close();
        }
        pools_.clear();
    }

    static asio::awaitable<Result<Exchange>> send(std::shared_ptr<Pools> self, Request request,
                                                  Timeouts timeouts, OnDeparture on_departure) {
        const bool throws = co_await asio::this_coro::throw_if_cancelled();
        co_await asio::this_coro::throw_if_cancelled(false);
        auto result = co_await self->run(std::move(request), timeouts, std::move(on_departure));
        co_await asio::this_coro::throw_if_cancelled(throws);
        co_return result;
    }

private:
    asio::awaitable<Result<Exchange>> run(Request request, Timeouts timeouts,
                                          OnDeparture on_departure) {
        const Deadline deadline{.timeouts = timeouts,
                                .whole = later(deadlines_->now(), timeouts.whole)};
        auto prepared = co_await prepare(request, deadline);
        if (!prepared.has_value()) {
            co_return std::unexpected(as_not_sent(prepared.error(), request));
        }
        const auto state = co_await asio::this_coro::cancellation_state;
        if (closed_ || state.cancelled() != asio::cancellation_type::none ||
            (on_departure && !on_departure())) {
            const Error cause(ErrorKind::cancelled, "given up before anything was sent");
            co_return std::unexpected(as_not_sent(cause, request));
        }
        auto exchange = co_await prepared->lease.connection().exchange(
            request, std::move(prepared->head), deadline);
        if (!exchange.has_value()) {
            co_return std::unexpected(exchange.error().within(format_place(request)));
        }
        prepared->lease.give_back();
        co_return exchange;
    }

    // All there is to have before the first byte leaves.
    struct Prepared {
        std::string head;
        Pool::Lease lease;
    };

    asio::awaitable<Result<Prepared>> prepare(const Request& request, Deadline deadline) {
        EXARCH_CO_TRY(const auto pool, find_pool(request.origin));
        const Route& route = pool->route();
        const bool forwards = route.proxy && route.tls == nullptr;
        const RequestForm form{.absolute = forwards,
                               .proxy_authorization =
                                   forwards ? std::string_view(route.proxy->authorization.reveal())
                                            : std::string_view()};
        EXARCH_CO_TRY(std::string head, format_head(request, form));
        auto lease = pool->try_acquire();
        if (!lease) {
            EXARCH_CO_TRY(Pool::Lease waited, co_await Pool::acquire(pool, deadline.whole));
            lease.emplace(std::move(waited));
        }
        if (!lease->connection().is_open()) {
            EXARCH_CO_CHECK(co_await establish(lease->connection(), route, deadline));
        }
        co_return Prepared{.head = std::move(head), .lease = std::move(*lease)};
    }

    asio::awaitable<base::Status> establish(Connection& connection, const Route& route,
                                            Deadline deadline) {
        const base::Instant now = deadlines_->now();
        const base::Instant until = deadline.within(now, deadline.timeouts.connect);
        EXARCH_CO_TRY(Resolver::Addresses addresses,
                      co_await resolver_.resolve(route.next_hop().host, until));
        co_return co_await connection.establish(route, std::move(addresses), deadline);
    }

    Result<std::shared_ptr<Pool>> find_pool(const Origin& origin) {
        if (closed_) {
            return std::unexpected(Error(ErrorKind::cancelled, "the HTTP client is closed"));
        }
        if (const auto found = pools_.find(origin); found != pools_.end()) {
            return found->second;
        }
        Route route;
        route.origin = origin;
        EXARCH_TRY(route.proxy, proxies_.choose(origin));
        if (origin.tls) {
            EXARCH_TRY(route.tls, find_tls());
            route.ticket = std::make_shared<TlsTicket>();
        }
        if (pools_.size() >= pools_max) {
            std::erase_if(pools_, [](const auto& item) { return item.second->is_unused(); });
        }
        auto pool = std::make_shared<Pool>(deadlines_, std::move(route), pool_params(params_));
        pools_.emplace(origin, pool);
        return pool;
    }

    // Made with the first TLS connection, since many programs need none.
    Result<std::shared_ptr<const TlsContext>> find_tls() {
        if (tls_ == nullptr) {
            EXARCH_TRY(tls_, TlsContext::open(params_.ca_bundle, environment_));
        }
        return tls_;
    }

    std::shared_ptr<Deadlines> deadlines_;
    base::Environment environment_;
    ClientParams params_;
    ProxyRules proxies_;
    Resolver resolver_;
    std::shared_ptr<const TlsContext> tls_;
    std::map<Origin, std::shared_ptr<Pool>> pools_;
    bool closed_ = false;
};

Client::Client(asio::any_io_executor executor, const base::Clock& clock,
               const base::Environment& environment, ClientParams params)
    : pools_(std::make_shared<Pools>(executor, clock, environment, std::move(params))) {}

Client::~Client() {
    pools_->close();
}

asio::awaitable<Result<Exchange>> Client::send(Request request, Timeouts timeouts,
                                               OnDeparture on_departure) {
    return Pools::send(pools_, std::move(request), timeouts, std::move(on_departure));
}

} // namespace exarch::http
