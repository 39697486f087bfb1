#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"
#include "cli/policy/function_parts.hpp"
#include "config/config.hpp"
#include "source/place.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace exarch::cli {

/// What the documents are about. Refers to the configuration, which must outlive it.
struct PolicyScope {
    const config::Config& config;
    /// `aws`
    std::string partition;
    std::vector<std::string> queue_arns;
    /// Of the first queue: a function is where its queue is.
    base::Region region;
    /// Of the first queue, and with it who works on all of them.
    base::AccountId central_account;
    /// Of another queue that is in another account; empty where there is none.
    base::AccountId other_account = {};
    /// Of the table that the ledger is in, where it is in one.
    std::string table_arn = {};
    /// Where in AWS it reads this configuration; none where that is a file.
    std::optional<source::Place> source = {};
};

/// Finds out of the queues' URLs what they are called. `region` is that of queues whose address
/// does not tell it. Fails as invalid where there is no queue, or one's URL is not SQS's.
[[nodiscard]] base::Result<PolicyScope> policy_scope(const config::Config& config,
                                                     const base::Region& region);

/// For who runs `exarch worker`: the queues it takes from, dead-letter queues with these ARNs among
/// them, the roles it may assume, and the place of its configuration. `function` is the name of one
/// that `exarch doctor` is to look at; empty: none.
[[nodiscard]] boost::json::object
controller_policy(const PolicyScope& scope, const std::vector<std::string>& dead_letters = {},
                  const std::string& function = {});

/// What was not said is as the function has it configured: its ledger's table, and, beside a table,
/// the queue of ticks, which is the function's EXARCH_TICKS. Fails as invalid where that is no
/// queue's URL.
[[nodiscard]] base::Result<FunctionParts>
with_configured(FunctionParts said, const PolicyScope& scope, const std::string& ticks_url);

/// For the role of a function that AWS hands the queues' messages to: AWS takes and deletes them in
/// its name. Without state it needs no more than a function of the plain recipe.
[[nodiscard]] boost::json::object function_policy(const PolicyScope& scope,
                                                  const FunctionParts& parts);

/// The queues' own policy: nobody speaks to them but by TLS, and `producers` of other accounts, by
/// ARN or account id, may send. Those of the queue's account need producer_policy() alone.
[[nodiscard]] boost::json::object queue_policy(const PolicyScope& scope,
                                               const std::vector<std::string>& producers);

/// For who sends tasks.
[[nodiscard]] boost::json::object producer_policy(const PolicyScope& scope);

/// For the role in a target account: what its actions need. `account` is a target's, or `*` for a
/// document that is the same in all of them. `resources` are its distributions' ids; empty: all.
[[nodiscard]] boost::json::object target_policy(const PolicyScope& scope,
                                                const base::AccountId& account,
                                                const std::vector<std::string>& resources = {});

/// That role's trust policy. `principal` is the ARN of whom it lets in; empty: whoever the central
/// account lets assume it.
[[nodiscard]] boost::json::object target_trust(const PolicyScope& scope,
                                               const base::AccountId& account,
                                               const std::string& principal);

} // namespace exarch::cli
