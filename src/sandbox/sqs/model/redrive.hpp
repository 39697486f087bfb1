#pragma once

#include "sandbox/sqs/fallible.hpp"
#include "sandbox/sqs/model/queue_name.hpp"

#include <set>
#include <string>
#include <string_view>

namespace exarch::sandbox::sqs {

/// `RedrivePolicy`: where messages go that were received too often.
struct RedrivePolicy {
    QueueName target;
    /// A message received this often already is moved instead of being delivered again.
    int receives_max = 0;

    friend bool operator==(const RedrivePolicy&, const RedrivePolicy&) = default;
};

[[nodiscard]] Fallible<RedrivePolicy> parse_redrive_policy(std::string_view text);

/// `RedriveAllowPolicy`: whose dead letters a queue takes.
struct RedriveAllowPolicy {
    enum class Kind { allow_all, deny_all, by_queue };

    Kind kind = Kind::allow_all;
    /// Of by_queue: ARNs.
    std::set<std::string> sources = {};

    [[nodiscard]] bool allows(const std::string& source_arn) const {
        return kind == Kind::allow_all || (kind == Kind::by_queue && sources.contains(source_arn));
    }

    friend bool operator==(const RedriveAllowPolicy&, const RedriveAllowPolicy&) = default;
};

[[nodiscard]] Fallible<RedriveAllowPolicy> parse_redrive_allow_policy(std::string_view text);

} // namespace exarch::sandbox::sqs
