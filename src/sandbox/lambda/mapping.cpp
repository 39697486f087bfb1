#include "sandbox/lambda/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::sandbox::lambda {
namespace {

namespace json = boost::json;

constexpr std::string_view reports_failures = "ReportBatchItemFailures";

Permitted apply_batch(functions::EventSourceSettings& settings, const Body& body) {
    constexpr std::int64_t standard_max = 10'000;
    constexpr std::int64_t fifo_max = 10;
    constexpr std::int64_t without_window_max = 10;
    const bool is_fifo = settings.queue.name.ends_with(".fifo");
    EXARCH_TRY(const auto size, body.integer({"BatchSize", "batchSize", 1, standard_max}));
    EXARCH_TRY(const auto window, body.integer({"MaximumBatchingWindowInSeconds",
                                                "maximumBatchingWindowInSeconds", 0, 300}));
    const std::int64_t count = size.value_or(static_cast<std::int64_t>(settings.batch_size));
    settings.window = std::chrono::seconds(window.value_or(settings.window.count()));
    if (is_fifo && settings.window.count() > 0) {
        return invalid_parameter("Batching window is not supported for FIFO queues");
    }
    if (is_fifo && count > fifo_max) {
        return invalid_parameter("Batch size cannot be greater than 10 for FIFO queues");
    }
    if (count > without_window_max && settings.window.count() == 0) {
        return invalid_parameter("Maximum batch window in seconds must be greater than 0 if "
                                 "maximum batch size is greater than 10");
    }
    settings.batch_size = static_cast<std::size_t>(count);
    return {};
}

Permitted apply_scaling(functions::EventSourceSettings& settings, const Body& body) {
    // An empty one takes back what was set.
    EXARCH_TRY(const auto scaling, body.object("ScalingConfig"));
    if (!scaling) {
        return {};
    }
    EXARCH_TRY(const auto most, scaling->integer({"MaximumConcurrency",
                                                  "scalingConfig.maximumConcurrency", 2, 1000}));
    settings.concurrency_max = most ? std::optional(static_cast<std::size_t>(*most)) : std::nullopt;
    return {};
}

} // namespace

Permitted apply_mapping(functions::EventSourceSettings& settings, const Body& body) {
    EXARCH_CHECK(apply_batch(settings, body));
    EXARCH_CHECK(apply_scaling(settings, body));
    EXARCH_TRY(const auto types, body.texts("FunctionResponseTypes"));
    for (const std::string& type : types.value_or(std::vector<std::string>())) {
        if (type != reports_failures) {
            return breaks_constraint(fmt::format("[{}]", type), "functionResponseTypes",
                                     "satisfy constraint: [Member must satisfy enum value set: "
                                     "[ReportBatchItemFailures]]");
        }
    }
    if (types) {
        settings.reports_item_failures = !types->empty();
    }
    EXARCH_TRY(const auto enabled, body.boolean("Enabled"));
    settings.is_enabled = enabled.value_or(settings.is_enabled);
    return {};
}

json::object format_mapping(const Mapping& mapping, std::string_view state) {
    const functions::EventSourceSettings& settings = mapping.settings();
    const std::string arn = format_arn(mapping.function);
    json::array types;
    if (settings.reports_item_failures) {
        types.emplace_back(reports_failures);
    }
    if (state.empty()) {
        state = settings.is_enabled ? "Enabled" : "Disabled";
    }
    const double modified = static_cast<double>(mapping.modified.time_since_epoch().count()) / 1000;
    json::object described{
        {"UUID", mapping.uuid},
        {"EventSourceMappingArn", fmt::format("{}event-source-mapping:{}",
                                              arn.substr(0, arn.rfind("function:")), mapping.uuid)},
        {"BatchSize", settings.batch_size},
        {"MaximumBatchingWindowInSeconds", settings.window.count()},
        {"EventSourceArn", sqs::format_arn(settings.queue)},
        {"FunctionArn", arn},
        {"LastModified", modified},
        {"State", state},
        {"StateTransitionReason", "USER_INITIATED"},
        {"FunctionResponseTypes", std::move(types)}};
    if (settings.concurrency_max) {
        described.emplace("ScalingConfig",
                          json::object{{"MaximumConcurrency", *settings.concurrency_max}});
    }
    return described;
}

} // namespace exarch::sandbox::lambda
