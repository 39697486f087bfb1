#include "sandbox/lambda/function.hpp"

#include "base/identifier.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace exarch::sandbox::lambda {
namespace {

namespace json = boost::json;

constexpr std::string_view name_pattern =
    R"(satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov))"
    R"(|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST)"
    R"((\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)";
constexpr std::string_view role_pattern =
    R"(satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?)"
    R"([a-zA-Z_0-9+=,.@\-_/]+)";

// Lambda's own, which a user can't set.
constexpr std::array<std::string_view, 14> reserved_variables{"_HANDLER",
                                                              "_X_AMZN_TRACE_ID",
                                                              "AWS_ACCESS_KEY",
                                                              "AWS_ACCESS_KEY_ID",
                                                              "AWS_DEFAULT_REGION",
                                                              "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                              "AWS_LAMBDA_FUNCTION_NAME",
                                                              "AWS_LAMBDA_FUNCTION_VERSION",
                                                              "AWS_LAMBDA_LOG_GROUP_NAME",
                                                              "AWS_LAMBDA_LOG_STREAM_NAME",
                                                              "AWS_LAMBDA_RUNTIME_API",
                                                              "AWS_REGION",
                                                              "AWS_SECRET_ACCESS_KEY",
                                                              "AWS_SESSION_TOKEN"};

std::string log_group(const Function& function) {
    return fmt::format("/aws/lambda/{}", function.name.name);
}

json::object format_logging(const Function& function) {
    json::object logging{{"LogFormat", function.settings.log_format},
                         {"LogGroup", log_group(function)}};
    if (!function.settings.log_level.empty()) {
        logging.emplace("ApplicationLogLevel", function.settings.log_level);
    }
    return logging;
}

/// `2026-11-24T00:10:00.000+0000`
std::string format_modified(base::Timestamp time) {
    std::string text = base::format(time);
    text.pop_back();
    return fmt::format("{}{}+0000", text, text.contains('.') ? "" : ".000");
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t end = text.find(':'); end != std::string_view::npos; end = text.find(':')) {
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.push_back(text);
    return parts;
}

Permitted apply_texts(FunctionSettings& settings, const Body& body) {
    for (const auto& [name, member, text, most] :
         {std::tuple("Description", "description", &settings.description, std::size_t{256}),
          {"Handler", "handler", &settings.handler, std::size_t{128}}}) {
        EXARCH_TRY(const auto value, body.text(name));
        if (value && value->size() > most) {
            return breaks_constraint(*value, member,
                                     fmt::format("have length less than or equal to {}", most));
        }
        *text = value.value_or(*text);
    }
    EXARCH_TRY(const auto role, body.text("Role"));
    settings.role = role.value_or(settings.role);
    const std::string_view rest = settings.role;
    if (!rest.starts_with("arn:aws") || !rest.contains(":iam::") || !rest.contains(":role/")) {
        return breaks_constraint(settings.role, "role", role_pattern);
    }
    EXARCH_TRY(const auto runtime, body.text("Runtime"));
    if (runtime && *runtime != "provided.al2023") {
        return lacking(fmt::format("The runtime {}", *runtime), "provided.al2023");
    }
    return {};
}

Permitted apply_architecture(FunctionSettings& settings, const Body& body) {
    EXARCH_TRY(const auto architectures, body.texts("Architectures"));
    if (!architectures) {
        return {};
    }
    const auto told = fmt::format("[{}]", fmt::join(*architectures, ", "));
    if (architectures->size() != 1) {
        return breaks_constraint(told, "architectures", "have length less than or equal to 1");
    }
    settings.architecture = architectures->front();
    if (settings.architecture != "x86_64" && settings.architecture != "arm64") {
        return breaks_constraint(told, "architectures",
                                 "satisfy constraint: [Member must satisfy enum value set: "
                                 "[x86_64, arm64], Member must not be null]");
    }
    return {};
}

Permitted check_variables(const std::map<std::string, std::string>& variables) {
    constexpr std::size_t bytes_max = 4096;
    std::vector<std::string> reserved;
    json::object measured;
    for (const auto& [name, value] : variables) {
        const bool begins_well = !name.empty() && !is_digits(name.substr(0, 1));
        const bool is_reserved =
            std::ranges::find(reserved_variables, name) != reserved_variables.end();
        if (!is_reserved && (!begins_well || name.starts_with('_') || !is_word_of(name, ""))) {
            return breaks_constraint(name, "environment.variables",
                                     "satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+");
        }
        if (is_reserved) {
            reserved.push_back(name);
        }
        measured.emplace(name, value);
    }
    constexpr std::string_view unable =
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided";
    if (!reserved.empty()) {
        return invalid_parameter(
            fmt::format("{} contains reserved keys that are currently not supported for "
                        "modification. Reserved keys used in this request: {}",
                        unable, fmt::join(reserved, ", ")));
    }
    const std::string text = json::serialize(measured);
    return text.size() <= bytes_max
               ? Permitted()
               : invalid_parameter(
                     fmt::format("{} exceeded the 4KB limit. String measured: {}", unable, text));
}

Permitted apply_variables(FunctionSettings& settings, const Body& body) {
    EXARCH_TRY(const auto environment, body.object("Environment"));
    if (!environment) {
        return {};
    }
    EXARCH_TRY(const auto variables, environment->object("Variables"));
    std::map<std::string, std::string> wanted;
    if (variables) {
        EXARCH_TRY(wanted, variables->entries());
    }
    EXARCH_CHECK(check_variables(wanted));
    settings.variables = std::move(wanted);
    return {};
}

} // namespace

std::string format_arn(const FunctionName& function) {
    const std::string_view region = function.region.value();
    const std::string_view partition = region.starts_with("cn-")       ? "aws-cn"
                                       : region.starts_with("us-gov-") ? "aws-us-gov"
                                                                       : "aws";
    return fmt::format("arn:{}:lambda:{}:{}:function:{}", partition, region,
                       function.account.value(), function.name);
}

Fallible<FunctionName> parse_function(std::string_view text, const base::Region& region,
                                      const base::AccountId& account) {
    constexpr std::size_t name_max = 64;
    const auto wrong = [&] { return breaks_constraint(text, "functionName", name_pattern); };
    FunctionName function{region, account, {}};
    std::vector<std::string_view> parts = split(text);
    auto part = parts.begin();
    if (parts.size() > 3 && parts[0] == "arn") {
        if (!parts[1].starts_with("aws") || parts[2] != "lambda") {
            return wrong();
        }
        function.region = base::Region(parts[3]);
        part += 4;
    }
    if (part != parts.end() && base::is_account_id(*part) && part + 1 != parts.end()) {
        function.account = base::AccountId(*part++);
    }
    if (part != parts.end() && *part == "function" && part + 1 != parts.end()) {
        ++part;
    }
    const auto left = parts.end() - part;
    if (left < 1 || left > 2 || part->empty() || !is_word_of(*part, "-")) {
        return wrong();
    }
    function.name = *part;
    if (function.region != region) {
        return not_found(fmt::format("Functions from '{}' are not reachable in this region ('{}')",
                                     function.region.value(), region.value()));
    }
    if (function.name.size() > name_max || (left == 2 && part[1] != "$LATEST")) {
        return function_not_found(fmt::format("{}{}{}", format_arn(function), left == 2 ? ":" : "",
                                              left == 2 ? part[1] : std::string_view()));
    }
    return function;
}

Permitted apply_settings(FunctionSettings& settings, const Body& body) {
    EXARCH_CHECK(apply_texts(settings, body));
    EXARCH_CHECK(apply_architecture(settings, body));
    EXARCH_TRY(const auto timeout, body.integer({"Timeout", "timeout", 1, 900}));
    EXARCH_TRY(const auto memory, body.integer({"MemorySize", "memorySize", 128, 10'240}));
    settings.timeout = std::chrono::seconds(timeout.value_or(settings.timeout.count()));
    settings.memory_mib = static_cast<int>(memory.value_or(settings.memory_mib));
    EXARCH_TRY(const auto logging, body.object("LoggingConfig"));
    if (logging) {
        EXARCH_TRY(const auto format, logging->text("LogFormat"));
        EXARCH_TRY(const auto level, logging->text("ApplicationLogLevel"));
        settings.log_format = format.value_or(settings.log_format);
        settings.log_level = level.value_or(settings.log_level);
    }
    return apply_variables(settings, body);
}

functions::FunctionSpec Function::spec() const {
    return {.arn = format_arn(name),
            .name = name.name,
            .account = name.account.value(),
            .package = package,
            .timeout = settings.timeout,
            .memory_mib = settings.memory_mib};
}

json::object format_function(const Function& function, Stage stage) {
    const FunctionSettings& settings = function.settings;
    json::object described{
        {"FunctionName", function.name.name},
        {"FunctionArn", format_arn(function.name)},
        {"Runtime", settings.runtime},
        {"Role", settings.role},
        {"Handler", settings.handler},
        {"CodeSize", function.package->zip_bytes},
        {"Description", settings.description},
        {"Timeout", settings.timeout.count()},
        {"MemorySize", settings.memory_mib},
        {"LastModified", format_modified(function.modified)},
        {"CodeSha256", function.package->sha256},
        {"Version", "$LATEST"},
        {"TracingConfig", json::object{{"Mode", "PassThrough"}}},
        {"RevisionId", function.revision_id},
        {"PackageType", "Zip"},
        {"Architectures", json::array{settings.architecture}},
        {"EphemeralStorage", json::object{{"Size", 512}}},
        {"SnapStart", json::object{{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}}},
        {"LoggingConfig", format_logging(function)}};
    if (!settings.variables.empty()) {
        json::object variables;
        for (const auto& [name, value] : settings.variables) {
            variables.emplace(name, value);
        }
        described.emplace("Environment", json::object{{"Variables", std::move(variables)}});
    }
    described.emplace("State", stage == Stage::created ? "Pending" : "Active");
    if (stage == Stage::created) {
        described.emplace("StateReason", "The function is being created.");
        described.emplace("StateReasonCode", "Creating");
    } else {
        described.emplace("LastUpdateStatus",
                          stage == Stage::updated ? "InProgress" : "Successful");
    }
    return described;
}

// Those of Lambda, and nothing of the sandbox's own environment. AWS_EXECUTION_ENV is not among
// them: functions on an operating system alone do not have it.
std::map<std::string, std::string> variables_of(const Function& function,
                                                const std::string& log_stream) {
    std::map<std::string, std::string> variables = function.settings.variables;
    const auto set = [&](const char* name, std::string value) {
        variables.insert_or_assign(name, std::move(value));
    };
    set("_HANDLER", function.settings.handler);
    set("AWS_REGION", function.name.region.value());
    set("AWS_DEFAULT_REGION", function.name.region.value());
    set("AWS_LAMBDA_FUNCTION_NAME", function.name.name);
    set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", fmt::to_string(function.settings.memory_mib));
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    set("AWS_LAMBDA_LOG_GROUP_NAME", log_group(function));
    set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream);
    set("AWS_LAMBDA_LOG_FORMAT", function.settings.log_format);
    if (!function.settings.log_level.empty()) {
        set("AWS_LAMBDA_LOG_LEVEL", function.settings.log_level);
    }
    for (const auto& [name, value] : {std::pair("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
                                      {"LANG", "en_US.UTF-8"},
                                      {"TZ", ":UTC"},
                                      {"LAMBDA_RUNTIME_DIR", "/var/runtime"}}) {
        variables.try_emplace(name, value);
    }
    return variables;
}

} // namespace exarch::sandbox::lambda
