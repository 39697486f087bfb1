#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "route/assume_role.hpp"
#include "route/sessions.hpp"
#include "worker/cloud.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string_view>

namespace exarch::worker {

/// The way into the target accounts, as configured: sessions, and the route that calls in them.
/// One executor's thread.
class Reach {
public:
    /// All of it must outlive the reach and the executor's work.
    struct Parts {
        boost::asio::any_io_executor executor;
        const base::Clock& clock;
        const config::Config& config;
        Cloud& cloud;
    };

    /// Calls nothing yet. Fails as invalid where an account's region is of another partition, or an
    /// endpoint or the way to it can't be used: once, and not by each call that would fail.
    [[nodiscard]] static base::Result<std::unique_ptr<Reach>> open(Parts parts);
    ~Reach();
    Reach(const Reach&) = delete;
    Reach& operator=(const Reach&) = delete;

    [[nodiscard]] route::Route& route() { return *route_; }
    [[nodiscard]] route::Sessions& sessions() { return *sessions_; }

private:
    explicit Reach(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] base::Result<aws::Endpoint> endpoint_of(std::string_view service,
                                                          const base::AccountId& account) const;
    [[nodiscard]] base::Status check_endpoints() const;

    Parts parts_;
    std::unique_ptr<aws::Sts> sts_;
    std::unique_ptr<route::Sessions> sessions_;
    std::unique_ptr<route::AssumeRoleRoute> route_;
};

} // namespace exarch::worker
