#include "sandbox/sqs/model/redrive.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::string_view redrive_parameter = "RedrivePolicy";
constexpr std::string_view allow_parameter = "RedriveAllowPolicy";
constexpr std::int64_t receives_limit = 1000;
constexpr std::size_t sources_max = 10;

Fallible<json::object> parse_object(std::string_view text, std::string_view parameter) {
    auto parsed = base::parse_json(text);
    if (!parsed.has_value() || !parsed->is_object()) {
        return invalid_value(text, parameter, "Policy is not a valid JSON map.");
    }
    return std::move(parsed->as_object());
}

// Both forms are in use: a number, and a number written as text.
std::optional<std::int64_t> read_number(const json::value& value) {
    if (value.is_int64()) {
        return value.as_int64();
    }
    if (!value.is_string()) {
        return std::nullopt;
    }
    const json::string& text = value.as_string();
    const char* const end = text.data() + text.size();
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

Fallible<QueueName> read_target(std::string_view text, const json::object& policy) {
    const json::value* const target = policy.if_contains("deadLetterTargetArn");
    if (target == nullptr) {
        return invalid_value(
            text, redrive_parameter,
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    }
    const auto queue = target->is_string() ? parse_arn(target->as_string()) : std::nullopt;
    if (!queue.has_value()) {
        return invalid_value(text, redrive_parameter, "Invalid value for deadLetterTargetArn.");
    }
    return *queue;
}

Fallible<RedriveAllowPolicy::Kind> read_permission(std::string_view text,
                                                   const json::object& policy) {
    using Kind = RedriveAllowPolicy::Kind;
    const json::value* const permission = policy.if_contains("redrivePermission");
    if (permission != nullptr && permission->is_string()) {
        const json::string& name = permission->as_string();
        if (name == "allowAll") {
            return Kind::allow_all;
        }
        if (name == "denyAll") {
            return Kind::deny_all;
        }
        if (name == "byQueue") {
            return Kind::by_queue;
        }
    }
    return invalid_value(text, allow_parameter,
                         "redrivePermission must be one of: allowAll, denyAll, byQueue.");
}

Fallible<std::set<std::string>> read_sources(std::string_view text, const json::value* sources) {
    std::set<std::string> arns;
    if (sources == nullptr) {
        return arns;
    }
    if (!sources->is_array()) {
        return invalid_value(text, allow_parameter, "sourceQueueArns must be a list of ARNs.");
    }
    for (const json::value& source : sources->as_array()) {
        if (!source.is_string() || !parse_arn(source.as_string()).has_value()) {
            return invalid_value(text, allow_parameter,
                                 "sourceQueueArns holds something that is no ARN of a queue.");
        }
        arns.emplace(source.as_string());
    }
    return arns;
}

} // namespace

Fallible<RedrivePolicy> parse_redrive_policy(std::string_view text) {
    EXARCH_TRY(const json::object policy, parse_object(text, redrive_parameter));
    RedrivePolicy result;
    EXARCH_TRY(result.target, read_target(text, policy));
    const json::value* const count = policy.if_contains("maxReceiveCount");
    if (count == nullptr) {
        return invalid_value(
            text, redrive_parameter,
            "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    }
    const std::optional<std::int64_t> receives = read_number(*count);
    if (!receives.has_value() || *receives < 1 || *receives > receives_limit) {
        return invalid_value(text, redrive_parameter,
                             fmt::format("Invalid value for maxReceiveCount: {}, valid values are "
                                         "from 1 to {} both inclusive.",
                                         json::serialize(*count), receives_limit));
    }
    for (const auto& [key, value] : policy) {
        if (key != "deadLetterTargetArn" && key != "maxReceiveCount") {
            return invalid_value(text, redrive_parameter,
                                 "Only following attributes are supported: [deadLetterTargetArn, "
                                 "maxReceiveCount].");
        }
    }
    result.receives_max = static_cast<int>(*receives);
    return result;
}

Fallible<RedriveAllowPolicy> parse_redrive_allow_policy(std::string_view text) {
    EXARCH_TRY(const json::object policy, parse_object(text, allow_parameter));
    RedriveAllowPolicy result;
    EXARCH_TRY(result.kind, read_permission(text, policy));
    EXARCH_TRY(result.sources, read_sources(text, policy.if_contains("sourceQueueArns")));
    const bool is_by_queue = result.kind == RedriveAllowPolicy::Kind::by_queue;
    if (is_by_queue && (result.sources.empty() || result.sources.size() > sources_max)) {
        return invalid_value(text, allow_parameter,
                             fmt::format("With redrivePermission byQueue, sourceQueueArns lists "
                                         "one to {} queues.",
                                         sources_max));
    }
    if (!is_by_queue && !result.sources.empty()) {
        return invalid_value(text, allow_parameter,
                             "sourceQueueArns is allowed with redrivePermission byQueue only.");
    }
    return result;
}

} // namespace exarch::sandbox::sqs
