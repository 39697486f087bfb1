#include "lambda/settings.hpp"

#include "aws/sqs_message.hpp"
#include "base/text.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::lambda {
namespace {

constexpr std::string_view control_handler = "exarch.control";
constexpr std::string_view data_plane_handler = "exarch.dataplane";
/// More than an event source mapping can be told to run at once.
constexpr std::int64_t instances_max = 1000;

base::Status check_handler(const base::Environment& environment) {
    const auto handler = environment.get("_HANDLER");
    if (!handler) {
        return base::invalid(
            fmt::format("_HANDLER is not set: set the function's handler to {}", control_handler));
    }
    if (*handler == data_plane_handler) {
        return base::invalid(
            fmt::format("_HANDLER: {} comes in a later version; there is {}, for an SQS "
                        "event source mapping",
                        data_plane_handler, control_handler));
    }
    if (*handler != control_handler) {
        return base::invalid(
            fmt::format("_HANDLER: there is no handler {}; set the function's handler to "
                        "{}, for an SQS event source mapping",
                        config::quote(*handler), control_handler));
    }
    return {};
}

/// The queue of ticks, which goes with a table and with nothing else.
base::Result<std::string> read_ticks(const base::Environment& environment,
                                     const config::Config& config) {
    std::string ticks = environment.get("EXARCH_TICKS").value_or("");
    if (config.ledger_table.empty()) {
        return ticks.empty()
                   ? base::Result<std::string>(ticks)
                   : base::invalid("EXARCH_TICKS is set, and EXARCH_LEDGER names no table: a "
                                   "function without a ledger leaves no ticks; set "
                                   "EXARCH_LEDGER to dynamodb:TABLE, or leave EXARCH_TICKS out");
    }
    if (ticks.empty()) {
        return base::invalid(
            fmt::format("ledger: dynamodb:{}: EXARCH_TICKS is not set; set it to the URL "
                        "of an SQS queue of its own, which triggers this function too",
                        config.ledger_table));
    }
    const auto identity = aws::identity_of(aws::QueueUrl(ticks));
    if (!identity) {
        return base::invalid(
            fmt::format("EXARCH_TICKS: {} is no URL of an SQS queue, like "
                        "https://sqs.eu-west-1.amazonaws.com/999900001111/exarch-ticks",
                        config::quote(ticks)));
    }
    if (identity->name.ends_with(".fifo")) {
        return base::invalid(
            fmt::format("EXARCH_TICKS: {} is a FIFO queue, in which no message can have a delay "
                        "of its own; set it to the URL of a standard queue",
                        config::quote(ticks)));
    }
    const auto name_of = [](const std::string& url) {
        return aws::canonical_url(aws::QueueUrl(url));
    };
    if (std::ranges::find(config.queues, name_of(ticks), name_of) != config.queues.end()) {
        return base::invalid(
            "EXARCH_TICKS and EXARCH_QUEUE are the same queue: whoever may send tasks "
            "could send ticks; give the ticks a queue of their own");
    }
    return ticks;
}

} // namespace

LogSettings read_log_settings(const base::Environment& environment, base::LogLevel usual) {
    constexpr std::array<std::pair<std::string_view, base::LogLevel>, 6> levels = {{
        {"trace", base::LogLevel::trace},
        {"debug", base::LogLevel::debug},
        {"info", base::LogLevel::info},
        {"warn", base::LogLevel::warn},
        {"error", base::LogLevel::error},
        {"fatal", base::LogLevel::error},
    }};
    LogSettings settings{.level = usual, .params = {.json = false, .is_bounded = false}};
    const std::string format = environment.get("AWS_LAMBDA_LOG_FORMAT").value_or("");
    settings.params.json = base::lowered(format) == "json";
    const std::string level = environment.get("AWS_LAMBDA_LOG_LEVEL").value_or("");
    for (const auto& [name, value] : levels) {
        if (base::lowered(level) == name) {
            settings.level = value;
        }
    }
    return settings;
}

base::Result<FunctionSettings> read_function_settings(const base::Environment& environment,
                                                      const config::Config& config) {
    EXARCH_CHECK(check_handler(environment));
    const bool has_table = !config.ledger_table.empty();
    if (config.ledger_is_set && !config.is_stateless && !has_table) {
        return base::invalid(
            fmt::format("ledger: sqlite:{}: a function has no disk that lasts; set "
                        "EXARCH_LEDGER to dynamodb:TABLE, or to none",
                        config.ledger_path));
    }
    FunctionSettings settings;
    EXARCH_TRY(settings.ticks, read_ticks(environment, config));
    if (const auto instances = environment.get("EXARCH_INSTANCES")) {
        const auto number = config::parse_whole(*instances, {1, instances_max});
        if (!number.has_value()) {
            return base::invalid(
                fmt::format("EXARCH_INSTANCES: {}; set it to the maximum concurrency of "
                            "the event source mapping",
                            number.error().message()));
        }
        settings.instances = *number;
    }
    return settings;
}

} // namespace exarch::lambda
