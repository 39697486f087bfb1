#include "sandbox/sqs/model/policy_quotas.hpp"

#include <string_view>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::size_t bytes_max = 8192;
constexpr std::size_t statements_max = 20;
constexpr std::size_t principals_max = 50;
constexpr std::size_t conditions_max = 10;

// One is written by itself, several as an array.
std::size_t count_of(const json::value* one_or_all) {
    if (one_or_all == nullptr) {
        return 0;
    }
    return one_or_all->is_array() ? one_or_all->get_array().size() : 1;
}

// `"*"`, or texts by the kind of principal.
std::size_t principals_of(const json::object& statement) {
    const json::value* const principal = statement.if_contains("Principal");
    if (principal == nullptr || !principal->is_object()) {
        return count_of(principal);
    }
    std::size_t count = 0;
    for (const auto& [kind, names] : principal->get_object()) {
        count += count_of(&names);
    }
    return count;
}

// Each key below each operator is one.
std::size_t conditions_of(const json::object& statement) {
    const json::value* const block = statement.if_contains("Condition");
    if (block == nullptr || !block->is_object()) {
        return 0;
    }
    std::size_t count = 0;
    for (const auto& [name, keys] : block->get_object()) {
        count += keys.is_object() ? keys.get_object().size() : 0;
    }
    return count;
}

} // namespace

bool is_within_policy_quotas(const json::object& policy, std::size_t bytes) {
    const json::value* const given = policy.if_contains("Statement");
    if (bytes > bytes_max || count_of(given) > statements_max) {
        return false;
    }
    if (given == nullptr) {
        return true;
    }
    const json::array one{*given};
    std::size_t principals = 0;
    std::size_t conditions = 0;
    for (const json::value& each : given->is_array() ? given->get_array() : one) {
        if (!each.is_object()) {
            continue;
        }
        const json::object& statement = each.get_object();
        if (count_of(statement.if_contains("Action")) > policy_actions_max) {
            return false;
        }
        principals += principals_of(statement);
        conditions += conditions_of(statement);
    }
    return principals <= principals_max && conditions <= conditions_max;
}

} // namespace exarch::sandbox::sqs
