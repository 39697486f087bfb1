#include "http/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::http {

namespace asio = boost::asio;
using base::Error;
using base::ErrorKind;

// Stands in line from its construction to its end, and may hold a lease that nobody took.
struct Pool::Waiter {
    explicit Waiter(Pool& in_pool)
        : pool(in_pool), gate(in_pool.deadlines_),
          place(pool.waiters_.insert(pool.waiters_.end(), this)) {}
    ~Waiter() { leave(); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    void leave() {
        if (std::exchange(waits, false)) {
            pool.waiters_.erase(place);
        }
    }

    Pool& pool;
    Gate gate;
    std::list<Waiter*>::iterator place;
    bool waits = true;
    std::optional<Lease> lease;
};

Pool::Lease::Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

Pool::Lease::~Lease() {
    if (pool_ != nullptr && connection_ != nullptr) {
        pool_->release(std::move(connection_), false);
    }
}

void Pool::Lease::give_back() {
    pool_->release(std::move(connection_), true);
}

Pool::Pool(std::shared_ptr<Deadlines> deadlines, Route route, PoolParams params)
    : deadlines_(std::move(deadlines)), route_(std::move(route)), params_(params) {}

Pool::~Pool() = default;

Pool::Lease Pool::lease(std::unique_ptr<Connection> connection) {
    if (connection == nullptr) {
        connection = std::make_unique<Connection>(deadlines_, params_.limits);
    }
    busy_.push_back(connection.get());
    return Lease(shared_from_this(), std::move(connection));
}

std::unique_ptr<Connection> Pool::take_idle() {
    while (!idle_.empty()) {
        std::unique_ptr<Connection> connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->is_quiet()) {
            return connection;
        }
    }
    return nullptr;
}

std::optional<Pool::Lease> Pool::try_acquire() {
    if (closed_ || !waiters_.empty()) {
        return std::nullopt;
    }
    if (auto connection = take_idle()) {
        return lease(std::move(connection));
    }
    if (busy_.size() < params_.connections_max) {
        return lease(nullptr);
    }
    return std::nullopt;
}

asio::awaitable<base::Result<Pool::Lease>> Pool::acquire(std::shared_ptr<Pool> self,
                                                         base::Instant deadline) {
    if (auto lease = self->try_acquire()) {
        co_return std::move(*lease);
    }
    Waiter waiter(*self);
    const auto outcome =
        self->closed_ ? Gate::Outcome::cancelled : co_await waiter.gate.wait(deadline);
    if (outcome == Gate::Outcome::opened && waiter.lease) {
        co_return std::move(*waiter.lease);
    }
    if (outcome == Gate::Outcome::expired) {
        co_return std::unexpected(
            Error(ErrorKind::unreachable,
                  fmt::format("all {} connections were in use until the time ran out",
                              self->params_.connections_max)));
    }
    co_return std::unexpected(
        Error(ErrorKind::cancelled, "given up while waiting for a free connection"));
}

bool Pool::is_unused() {
    drop_closed();
    return busy_.empty() && idle_.empty() && waiters_.empty();
}

void Pool::drop_closed() {
    std::erase_if(idle_, [](const auto& connection) { return !connection->is_open(); });
}

void Pool::release(std::unique_ptr<Connection> connection, bool keep) {
    std::erase(busy_, connection.get());
    if (!keep || closed_ || !connection->is_reusable()) {
        connection.reset();
    }
    if (closed_) {
        return;
    }
    if (!waiters_.empty()) {
        serve_next(std::move(connection));
        return;
    }
    if (connection != nullptr) {
        connection->close_at(later(deadlines_->now(), params_.idle_max));
        drop_closed();
        idle_.push_back(std::move(connection));
    }
}

void Pool::serve_next(std::unique_ptr<Connection> connection) {
    Waiter& next = *waiters_.front();
    next.leave();
    next.lease.emplace(lease(std::move(connection)));
    next.gate.open();
}

void Pool::close() {
    closed_ = true;
    idle_.clear();
    for (Connection* const connection : busy_) {
        connection->close();
    }
    for (Waiter* const waiter : waiters_) {
        waiter->gate.open();
    }
}

} // namespace exarch::http
