#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "lambda/batch.hpp"
#include "lambda/control.hpp"
#include "lambda/invocation.hpp"
#include "worker/cloud.hpp"
#include "worker/crash_point.hpp"
#include "worker/targets/reach.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace exarch::lambda {

/// The configuration of one of so many instances that share every quota without knowing of each
/// other: each keeps to its part, and may send one call at least after a rest.
[[nodiscard]] config::Config share_of(config::Config config, std::int64_t instances);

/// `exarch.control` with `ledger: none`: carries out an event's messages in the time there is, and
/// gives back to the queue what it could not settle. What lasts from one invocation to the next is
/// the process's own: connections, sessions, how fast each account may be called and when it was,
/// and what CloudFront is still working on. One executor's thread.
class StatelessControl final : public Handler {
public:
    /// Calls nothing yet. `config` is what share_of() gave. Fails as invalid where AWS's own
    /// configuration or the target accounts' can't be used.
    [[nodiscard]] static base::Result<std::unique_ptr<StatelessControl>>
    open(ControlParts parts, config::Config config);

    [[nodiscard]] boost::asio::awaitable<base::Result<std::string>>
    handle(Invocation invocation) override;
    [[nodiscard]] bool is_spent() const override { return is_spent_; }

private:
    StatelessControl(ControlParts parts, config::Config config, worker::CrashPoints crash_points);

    [[nodiscard]] boost::asio::awaitable<base::Result<std::string>>
    carry_out(const std::vector<SqsRecord>& records, TimePlan plan);
    void tell(const Batch& batch, const std::vector<std::string>& returned,
              std::size_t messages) const;

    ControlParts parts_;
    config::Config config_;
    worker::CrashPoints crash_points_;
    std::unique_ptr<worker::Cloud> cloud_;
    std::unique_ptr<worker::Reach> reach_;
    core::Paces paces_;
    CallsInProgress in_progress_;
    bool is_spent_ = false;
};

} // namespace exarch::lambda
