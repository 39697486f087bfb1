#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "config/role_template.hpp"
#include "config/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::config {

/// A token bucket: how often an API may be called in one target account (and region, where the API
/// is regional). The start; the core learns from there, and never above it.
struct Quota {
    /// Calls a second; more than 0, at most 10,000.
    double rate = 1;
    /// Calls that may follow at once after a silence; 1 to 10,000.
    double burst = 1;

    friend bool operator==(const Quota&, const Quota&) = default;
};

/// What an account sets of a Quota; the rest is as in `quotas`.
struct QuotaOverride {
    std::optional<double> rate;
    std::optional<double> burst;

    friend bool operator==(const QuotaOverride&, const QuotaOverride&) = default;
};

/// What is different about one account (`targets.accounts`). Every field is optional.
struct TargetAccount {
    /// Instead of targets.role. An account written out in it is this account.
    std::optional<RoleTemplate> role;
    /// Instead of targets.external_id.
    std::optional<std::string> external_id;
    /// For regional APIs and for STS. Default: the region that exarch itself works in.
    std::optional<base::Region> region;
    /// By API, as in Config::quotas.
    std::map<std::string, QuotaOverride, std::less<>> quotas;

    friend bool operator==(const TargetAccount&, const TargetAccount&) = default;
};

/// What the session policy of an AssumeRole lists.
enum class SessionScope : std::uint8_t {
    /// The account's resources that have work now.
    account,
    /// Only the lane's own: most narrow, and one AssumeRole a lane.
    lane,
    /// No session policy: all that the role may.
    none,
};

/// Who exarch acts as, and where it may act.
struct Targets {
    /// Default: `arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole`. Leaves the
    /// account open, or all accounts' work would go to one.
    RoleTemplate role;
    /// Seen in the target's CloudTrail; 2 to 64 of letters, digits and `_+=,.@-`.
    std::string session_name = "CloudFrontInvalidationSession";
    /// What the roles' trust policies ask for as sts:ExternalId; 2 to 1,224 of letters, digits and
    /// `_+=,.@:/-`. Default: none is sent.
    std::optional<std::string> external_id;
    SessionScope scope_session = SessionScope::account;
    std::map<base::AccountId, TargetAccount> accounts;
    /// True: an account that is not in `accounts` is never touched.
    bool only_listed = false;
};

/// What the limits of in_progress count over. AWS states "per distribution" for paths and leaves
/// it open for wildcards, so it can be set.
enum class InProgressScope : std::uint8_t { distribution, account };

/// How much CloudFront may be working on at once.
struct InProgress {
    /// 1 to 1,000,000; AWS's limit is 3,000.
    std::int64_t paths = 3000;
    /// 1 to 10,000; AWS's limit is 15.
    std::int64_t wildcards = 15;
    InProgressScope scope = InProgressScope::distribution;
};

/// How long things are remembered and tried.
struct Lifetimes {
    /// `retry.max_age`: how long an operation may stay unsettled before it is recorded as expired.
    /// 1 s to 365 days.
    base::Duration operation_max_age = std::chrono::hours(24);
    /// `retain.settled`: how long settled operations stay in the ledger. 1 s to 3,650 days.
    base::Duration settled = std::chrono::days(30);
    /// `retain.duplicates`: how long a message and a task's id are known again. 15 to 3,650 days:
    /// SQS keeps a message for 14 at most.
    base::Duration duplicates = std::chrono::days(15);
};

struct Worker {
    /// Where the worker answers /metrics, /healthz, /readyz and /api; none where set to `none`.
    std::optional<ListenAddress> listen = ListenAddress{"127.0.0.1", 9464};
    /// Whether someone asked for that address. Where it is only the default and taken (by another
    /// worker on this machine), the worker goes on without; else it does not start.
    bool listen_is_set = false;
    /// Operations that may wait before the worker takes no more messages. 1 to 100,000,000.
    std::int64_t pending_max = 1'000'000;
    /// How long a worker or function holds an account of a DynamoDB ledger without a sign of life,
    /// 10 s to 15 min: when it dies, the account rests for so long.
    base::Duration lease = std::chrono::seconds(90);
};

/// All that a user may set, checked: exarch.yaml, overridden by EXARCH_ variables, overridden by
/// flags. The defaults are those of the members; only the queue has none.
struct Config {
    Config();

    /// The file that was read; empty where there was none. For people.
    std::string file;
    /// URLs, in the order in which they were written; `queue` is short for a list of one. Empty
    /// only where the caller of load() did not require one.
    std::vector<std::string> queues;
    /// `ledger: none`: nothing outlasts an invocation of a Lambda function.
    bool is_stateless = false;
    /// The SQLite file of `ledger: sqlite:FILE`, relative to the working directory.
    std::string ledger_path = "exarch.db";
    /// The DynamoDB table of `ledger: dynamodb:TABLE`; empty where the ledger is another.
    std::string ledger_table;
    /// Whether someone chose a ledger. Where nobody did, a Lambda function has none.
    bool ledger_is_set = false;
    Targets targets;
    /// By API (`cloudfront.CreateInvalidation`), the known ones all present.
    std::map<std::string, Quota, std::less<>> quotas;
    InProgress in_progress;
    Lifetimes lifetimes;
    Worker worker;

    /// The account's own quota for an API, or the general one. `api` is one of `quotas`.
    [[nodiscard]] Quota quota_for(const base::AccountId& account, std::string_view api) const;

    /// The role to assume in an account. The partition (`aws`, `aws-cn`, …) is told by the region
    /// at run time.
    [[nodiscard]] base::RoleArn role_for(const base::AccountId& account,
                                         std::string_view partition) const;

    [[nodiscard]] std::optional<std::string> external_id_for(const base::AccountId& account) const;

    /// False where only_listed keeps the account out.
    [[nodiscard]] bool may_touch(const base::AccountId& account) const;
};

} // namespace exarch::config
