#include "sandbox/lambda/service.hpp"

#include "sandbox/lambda/operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;

struct LambdaOperation {
    std::string_view name;
    lambda::Operation perform;
};

constexpr std::array<LambdaOperation, 19> lambda_operations{{
    {"CreateEventSourceMapping", &lambda::create_event_source_mapping},
    {"CreateFunction", &lambda::create_function},
    {"DeleteEventSourceMapping", &lambda::delete_event_source_mapping},
    {"DeleteFunction", &lambda::delete_function},
    {"DeleteFunctionConcurrency", &lambda::delete_function_concurrency},
    {"GetAccountSettings", &lambda::get_account_settings},
    {"GetEventSourceMapping", &lambda::get_event_source_mapping},
    {"GetFunction", &lambda::get_function},
    {"GetFunctionConcurrency", &lambda::get_function_concurrency},
    {"GetFunctionConfiguration", &lambda::get_function_configuration},
    {"GetFunctionRecursionConfig", &lambda::get_function_recursion_config},
    {"Invoke", &lambda::invoke},
    {"ListEventSourceMappings", &lambda::list_event_source_mappings},
    {"ListFunctions", &lambda::list_functions},
    {"PutFunctionConcurrency", &lambda::put_function_concurrency},
    {"PutFunctionRecursionConfig", &lambda::put_function_recursion_config},
    {"UpdateEventSourceMapping", &lambda::update_event_source_mapping},
    {"UpdateFunctionCode", &lambda::update_function_code},
    {"UpdateFunctionConfiguration", &lambda::update_function_configuration},
}};

std::string operation_names() {
    std::string names;
    for (const LambdaOperation& operation : lambda_operations) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", operation.name);
    }
    return names;
}

/// Browsers say where a page came from: no page may have programs run here, whatever keys it knows.
lambda::Permitted check_origin(const http::Request& request) {
    if (!request.headers.get("Origin")) {
        return {};
    }
    return std::unexpected(
        ServiceError{.status = 403,
                     .code = "AccessDeniedException",
                     .message = "This sandbox runs no functions for web pages: the request has "
                                "the header Origin."});
}

} // namespace

LambdaService::LambdaService(Parts parts) : parts_(std::move(parts)) {
    if (parts_.host == nullptr) {
        return;
    }
    store_ = std::make_unique<lambda::Store>(*parts_.host, parts_.seed);
    store_->fleet.set_variables(
        [this](const functions::FunctionSpec& spec, const std::string& stream, base::Moment now) {
            std::map<std::string, std::string> variables;
            for (const auto& [name, function] : store_->all_functions) {
                if (lambda::format_arn(name) == spec.arn) {
                    variables = lambda::variables_of(function, stream);
                    lambda::add_credentials(variables, parts_.directory, function, now.wall);
                }
            }
            return variables;
        });
}

LambdaService::~LambdaService() = default;

std::string LambdaService::action_of(const http::Request& request) {
    return lambda::parse_route(request).action;
}

Answer LambdaService::answer(const ServiceCall& call, CallRecord& record) {
    const auto perform = [&]() -> lambda::Outcome {
        if (store_ == nullptr) {
            return std::unexpected(ServiceError{
                .code = "NotInThisSandbox",
                .message = "This sandbox hosts no functions: start it with --functions."});
        }
        EXARCH_CHECK(check_origin(call.request));
        const lambda::Route route = lambda::parse_route(call.request);
        const auto* const known =
            std::ranges::find(lambda_operations, route.action, &LambdaOperation::name);
        if (known == lambda_operations.end()) {
            return lambda::lacking(
                fmt::format("{} {} of Lambda", call.request.method, call.request.target),
                operation_names());
        }
        EXARCH_TRY(
            const lambda::Body body,
            lambda::Body::parse(route.action == "Invoke" ? std::string_view() : call.request.body));
        return known->perform({*store_, parts_.directory, parts_.authoriser, parts_.queues, call,
                               route, body, record});
    };
    auto outcome = perform();
    if (!outcome.has_value()) {
        return lambda::format_refusal(std::move(outcome).error(), call.request_id);
    }
    if (auto* const response = std::get_if<http::Response>(&*outcome)) {
        response->headers.add("x-amzn-RequestId", call.request_id.value());
    }
    return std::move(*outcome);
}

std::optional<base::Instant> LambdaService::advance(base::Moment now) {
    if (store_ == nullptr) {
        return std::nullopt;
    }
    // First what ends an invocation, then those who wait for one.
    store_->fleet.advance(now);
    std::optional<base::Instant> next = store_->async.advance(now);
    const auto consider = [&](std::optional<base::Instant> at) {
        next = at && next ? std::min(*at, *next) : at ? at : next;
    };
    for (auto& [uuid, mapping] : store_->mappings) {
        consider(mapping.source->advance(now));
    }
    std::erase_if(store_->mappings, [](const auto& each) {
        return each.second.is_deleted && each.second.source->is_quiet();
    });
    consider(store_->fleet.advance(now));
    return next;
}

functions::Fleet* LambdaService::fleet() {
    return store_ == nullptr ? nullptr : &store_->fleet;
}

json::object LambdaService::describe(const base::AccountId& account) const {
    json::object described;
    if (store_ == nullptr) {
        return described;
    }
    for (const auto& [name, function] : store_->all_functions) {
        if (name.account == account) {
            const std::string arn = lambda::format_arn(name);
            const auto count = store_->fleet.count(arn);
            json::object told{{"busy", count.busy}, {"idle", count.idle}};
            if (count.recursive > 0) {
                told.emplace("recursive_invocations_dropped", count.recursive);
            }
            described.emplace(arn, std::move(told));
        }
    }
    return described;
}

json::array LambdaService::log(std::int64_t since, std::string_view function) const {
    return store_ == nullptr ? json::array() : store_->fleet.log().since(since, function);
}

} // namespace exarch::sandbox
