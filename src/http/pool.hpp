#pragma once

#include "base/result.hpp"
#include "http/connection.hpp"
#include "http/transport/deadlines.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace exarch::http {

struct PoolParams {
    std::size_t connections_max = 64;
    base::Duration idle_max = std::chrono::seconds(20);
    ReadLimits limits = {};
};

/// The connections to one origin. The one used last is used next, so that those not needed fall
/// idle and close. Whoever finds all in use waits in line. Make it by make_shared.
class Pool : public std::enable_shared_from_this<Pool> {
public:
    Pool(std::shared_ptr<Deadlines> deadlines, Route route, PoolParams params);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// The right to use one connection, for as long as it lives. Closes it at the end unless
    /// give_back() was called.
    class Lease {
    public:
        Lease(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection);
        ~Lease();
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;

        [[nodiscard]] Connection& connection() { return *connection_; }
        /// For the next one, where the connection can carry another exchange.
        void give_back();

    private:
        std::shared_ptr<Pool> pool_;
        std::unique_ptr<Connection> connection_;
    };

    /// A connection that is open, or one yet to be established. Fails as unreachable where none
    /// came free before `deadline`, as cancelled by the coroutine's slot or by close().
    [[nodiscard]] static boost::asio::awaitable<base::Result<Lease>>
    acquire(std::shared_ptr<Pool> self, base::Instant deadline);
    /// The same where there is no need to wait.
    [[nodiscard]] std::optional<Lease> try_acquire();

    [[nodiscard]] const Route& route() const { return route_; }
    /// Whether nobody uses it and nothing is open.
    [[nodiscard]] bool is_unused();

    /// Closes every connection and sends away everyone who waits.
    void close();

private:
    struct Waiter;

    Lease lease(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> take_idle();
    void drop_closed();
    void release(std::unique_ptr<Connection> connection, bool keep);
    void serve_next(std::unique_ptr<Connection> connection);

    std::shared_ptr<Deadlines> deadlines_;
    Route route_;
    PoolParams params_;
    bool closed_ = false;
    /// The one used last is at the end.
    std::vector<std::unique_ptr<Connection>> idle_;
    std::vector<Connection*> busy_;
    std::list<Waiter*> waiters_;
};

} // namespace exarch::http
