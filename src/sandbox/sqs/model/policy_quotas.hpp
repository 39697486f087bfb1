#pragma once

#include <boost/json.hpp>

#include <cstddef>

namespace exarch::sandbox::sqs {

/// How many actions one statement of a queue's policy may have.
constexpr std::size_t policy_actions_max = 7;

/// Whether a queue's policy, which was `bytes` long, is within the quotas of SQS: 8,192 bytes, 20
/// statements, 50 principals and 10 conditions in all, 7 actions a statement. What is no policy
/// passes: it is refused by whoever judges policies.
[[nodiscard]] bool is_within_policy_quotas(const boost::json::object& policy, std::size_t bytes);

} // namespace exarch::sandbox::sqs
