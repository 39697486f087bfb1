#pragma once

#include "sandbox/functions/environment.hpp"
#include "sandbox/lambda/body.hpp"
#include "sandbox/lambda/refusal.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox::lambda {

/// Where a function is, whose it is, and what it is called.
struct FunctionName {
    base::Region region;
    base::AccountId account;
    std::string name;

    friend auto operator<=>(const FunctionName&, const FunctionName&) = default;
};

/// `arn:aws:lambda:eu-west-1:111122223333:function:purge`
[[nodiscard]] std::string format_arn(const FunctionName& function);

/// Whom a caller means by a name, an ARN or part of one, with `:$LATEST` or without. Refused where
/// it is none, is of another region, or names a version or an alias: there are none here.
[[nodiscard]] Fallible<FunctionName>
parse_function(std::string_view text, const base::Region& region, const base::AccountId& account);

/// What a user sets of a function.
struct FunctionSettings {
    std::string description = {};
    std::string handler = {};
    std::string role = {};
    std::string runtime = "provided.al2023";
    std::string architecture = "x86_64";
    std::string log_format = "Text";
    /// ApplicationLogLevel; empty where it is not set.
    std::string log_level = {};
    std::chrono::seconds timeout{3};
    int memory_mib = 128;
    std::map<std::string, std::string> variables = {};
};

/// Changes `settings` by what a request has, of CreateFunction and UpdateFunctionConfiguration;
/// refused as AWS refuses.
[[nodiscard]] Permitted apply_settings(FunctionSettings& settings, const Body& body);

struct Function {
    FunctionName name;
    FunctionSettings settings;
    std::shared_ptr<const functions::Package> package;
    std::string revision_id;
    base::Timestamp modified;
    std::optional<std::size_t> reserved = {};
    /// Its RecursiveLoop is `Allow`.
    bool allows_recursion = false;

    [[nodiscard]] functions::FunctionSpec spec() const;
};

/// How a caller sees a function: just made, just changed, or at rest.
enum class Stage { created, updated, active };

/// FunctionConfiguration
[[nodiscard]] boost::json::object format_function(const Function& function, Stage stage);

/// What its processes find in their environment, but for credentials and addresses.
[[nodiscard]] std::map<std::string, std::string> variables_of(const Function& function,
                                                              const std::string& log_stream);

} // namespace exarch::sandbox::lambda
