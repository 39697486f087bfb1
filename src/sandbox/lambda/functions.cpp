#include "sandbox/iam/evaluation.hpp"
#include "sandbox/lambda/operation.hpp"
#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace exarch::sandbox::lambda {
namespace {

namespace json = boost::json;

constexpr std::size_t zip_bytes_max = 52'428'800;

Fallible<std::shared_ptr<const functions::Package>> read_code(const Body& code) {
    EXARCH_CHECK(code.allow_only({"ZipFile"}));
    EXARCH_TRY(const auto coded, code.text("ZipFile"));
    if (!coded || coded->empty()) {
        return invalid_parameter("Please provide a source for function code.");
    }
    const auto zip = sqs::decode_base64(*coded);
    if (!zip) {
        return std::unexpected(ServiceError{.code = "SerializationException",
                                            .message = "ZipFile must be written in Base64"});
    }
    if (zip->size() > zip_bytes_max) {
        return std::unexpected(ServiceError{
            .status = 413,
            .code = "RequestEntityTooLargeException",
            .message = fmt::format("Zipped size must be smaller than {} bytes", zip_bytes_max)});
    }
    auto package = functions::read_package(*zip);
    if (!package.has_value()) {
        return invalid_parameter(
            fmt::format("Could not unzip uploaded file. Please check your file, then try to "
                        "upload again. ({})",
                        package.error().message()));
    }
    return std::make_shared<const functions::Package>(std::move(*package));
}

/// The caller may hand the role over, and Lambda may take it.
Permitted check_role(const Work& work, const FunctionSettings& settings) {
    EXARCH_CHECK(work.authorise("iam:PassRole", settings.role));
    const Role* const role = work.directory.find_role(settings.role);
    if (role == nullptr || !Evaluation::trusts_service(*role, "lambda.amazonaws.com")) {
        return invalid_parameter("The role defined for the function cannot be assumed by Lambda.");
    }
    return role->account == work.call.caller.account
               ? Permitted()
               : invalid_parameter("Cross-account pass role is not allowed.");
}

/// Makes what changed known to those who run it.
json::object settle(const Work& work, Function& function, Stage stage) {
    function.revision_id = work.store.dice.uuid();
    function.modified = work.call.now.wall;
    work.store.fleet.put(std::make_shared<const functions::FunctionSpec>(function.spec()));
    work.record.effect = true;
    return format_function(function, stage);
}

Permitted check_revision(const Work& work, const Function& function) {
    EXARCH_TRY(const auto revision, work.body.text("RevisionId"));
    if (!revision || *revision == function.revision_id) {
        return {};
    }
    return std::unexpected(ServiceError{
        .status = 412,
        .code = "PreconditionFailedException",
        .message = "The Revision Id provided does not match the latest Revision Id. Call the "
                   "GetFunction/GetAlias API to retrieve the latest Revision Id"});
}

} // namespace

Outcome create_function(const Work& work) {
    EXARCH_CHECK(work.body.allow_only({"FunctionName", "Runtime", "Role", "Handler", "Code",
                                       "Description", "Timeout", "MemorySize", "Environment",
                                       "Architectures", "LoggingConfig", "PackageType", "Publish",
                                       "TracingConfig", "EphemeralStorage", "Tags"}));
    EXARCH_TRY(const auto text, work.body.text("FunctionName"));
    EXARCH_TRY(const FunctionName name,
               parse_function(text.value_or(""), work.call.region, work.call.caller.account));
    work.record.details["function"] = name.name;
    EXARCH_CHECK(work.authorise(name));
    Function function;
    function.name = name;
    EXARCH_CHECK(apply_settings(function.settings, work.body));
    if (!work.body.has("Runtime") || function.settings.handler.empty()) {
        return invalid_parameter("Runtime and Handler are mandatory parameters for functions "
                                 "created with deployment packages.");
    }
    EXARCH_CHECK(check_role(work, function.settings));
    if (work.store.all_functions.contains(name)) {
        return conflict(fmt::format("Function already exist: {}", name.name));
    }
    EXARCH_TRY(const auto code, work.body.object("Code"));
    EXARCH_TRY(function.package, read_code(code.value_or(Body(json::object()))));
    Function& kept = work.store.all_functions.emplace(name, std::move(function)).first->second;
    return json_response(201, settle(work, kept, Stage::created));
}

Outcome get_function(const Work& work) {
    EXARCH_TRY(const Function* const function, work.find_function());
    json::object answer{{"Configuration", format_function(*function, Stage::active)},
                        {"Code", json::object{{"RepositoryType", "S3"}}}};
    if (function->reserved) {
        answer.emplace("Concurrency",
                       json::object{{"ReservedConcurrentExecutions", *function->reserved}});
    }
    return json_response(200, answer);
}

Outcome get_function_configuration(const Work& work) {
    EXARCH_TRY(const Function* const function, work.find_function());
    return json_response(200, format_function(*function, Stage::active));
}

Outcome list_functions(const Work& work) {
    EXARCH_CHECK(work.authorise("lambda:ListFunctions", "*"));
    json::array functions;
    for (const auto& [name, function] : work.store.all_functions) {
        if (name.account == work.call.caller.account && name.region == work.call.region) {
            functions.push_back(format_function(function, Stage::active));
        }
    }
    return json_response(200, json::object{{"Functions", std::move(functions)}});
}

Outcome update_function_code(const Work& work) {
    EXARCH_CHECK(
        work.body.allow_only({"ZipFile", "Architectures", "Publish", "DryRun", "RevisionId"}));
    EXARCH_TRY(Function* const function, work.find_function());
    EXARCH_CHECK(check_revision(work, *function));
    json::object only;
    EXARCH_TRY(const auto coded, work.body.text("ZipFile"));
    if (coded) {
        only.emplace("ZipFile", *coded);
    }
    EXARCH_TRY(auto package, read_code(Body(std::move(only))));
    EXARCH_TRY(const auto is_dry, work.body.boolean("DryRun"));
    if (is_dry.value_or(false)) {
        return json_response(200, format_function(*function, Stage::active));
    }
    function->package = std::move(package);
    return json_response(200, settle(work, *function, Stage::updated));
}

Outcome update_function_configuration(const Work& work) {
    EXARCH_CHECK(work.body.allow_only({"Runtime", "Role", "Handler", "Description", "Timeout",
                                       "MemorySize", "Environment", "LoggingConfig",
                                       "TracingConfig", "EphemeralStorage", "RevisionId"}));
    EXARCH_TRY(Function* const function, work.find_function());
    EXARCH_CHECK(check_revision(work, *function));
    FunctionSettings settings = function->settings;
    EXARCH_CHECK(apply_settings(settings, work.body));
    if (settings.role != function->settings.role) {
        EXARCH_CHECK(check_role(work, settings));
    }
    function->settings = std::move(settings);
    return json_response(200, settle(work, *function, Stage::updated));
}

Outcome delete_function(const Work& work) {
    EXARCH_TRY(const Function* const function, work.find_function());
    const FunctionName name = function->name;
    work.store.fleet.remove(format_arn(name));
    work.store.all_functions.erase(name);
    work.record.effect = true;
    http::Response response;
    response.status = 204;
    return response;
}

Outcome put_function_concurrency(const Work& work) {
    EXARCH_TRY(Function* const function, work.find_function());
    EXARCH_TRY(const auto wanted,
               work.body.integer({"ReservedConcurrentExecutions", "reservedConcurrentExecutions", 0,
                                  std::numeric_limits<std::int32_t>::max()}));
    if (!wanted) {
        return breaks_constraint("null", "reservedConcurrentExecutions", "not be null");
    }
    const std::string arn = format_arn(function->name);
    const auto count = static_cast<std::size_t>(*wanted);
    if (work.store.fleet.reserved_beside(arn) + count + functions::unreserved_min >
        functions::account_concurrency) {
        return invalid_parameter(
            fmt::format("Specified ReservedConcurrentExecutions for function decreases account's "
                        "UnreservedConcurrentExecution below its minimum value of [{}].",
                        functions::unreserved_min));
    }
    function->reserved = count;
    work.store.fleet.reserve(arn, count);
    work.record.effect = true;
    return json_response(200, json::object{{"ReservedConcurrentExecutions", count}});
}

Outcome get_function_concurrency(const Work& work) {
    EXARCH_TRY(const Function* const function, work.find_function());
    json::object answer;
    if (function->reserved) {
        answer.emplace("ReservedConcurrentExecutions", *function->reserved);
    }
    return json_response(200, answer);
}

Outcome delete_function_concurrency(const Work& work) {
    EXARCH_TRY(Function* const function, work.find_function());
    function->reserved.reset();
    work.store.fleet.reserve(format_arn(function->name), std::nullopt);
    work.record.effect = true;
    http::Response response;
    response.status = 204;
    return response;
}

Outcome get_account_settings(const Work& work) {
    EXARCH_CHECK(work.authorise("lambda:GetAccountSettings", "*"));
    std::size_t count = 0;
    std::size_t bytes = 0;
    std::size_t unreserved = functions::account_concurrency;
    for (const auto& [name, function] : work.store.all_functions) {
        if (name.account == work.call.caller.account && name.region == work.call.region) {
            ++count;
            bytes += function.package->zip_bytes;
            unreserved -= function.reserved.value_or(0);
        }
    }
    return json_response(
        200,
        json::object{
            {"AccountLimit", json::object{{"TotalCodeSize", 80'530'636'800},
                                          {"CodeSizeUnzipped", 262'144'000},
                                          {"CodeSizeZipped", zip_bytes_max},
                                          {"ConcurrentExecutions", functions::account_concurrency},
                                          {"UnreservedConcurrentExecutions", unreserved}}},
            {"AccountUsage", json::object{{"TotalCodeSize", bytes}, {"FunctionCount", count}}}});
}

} // namespace exarch::sandbox::lambda
