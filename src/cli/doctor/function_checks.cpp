#include "cli/doctor/function_checks.hpp"

#include "aws/partition.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace exarch::cli {
namespace {

constexpr std::string_view action = "lambda:GetFunctionRecursionConfig";

std::string subject_of(const FunctionProbe& probe) {
    return "function " + probe.name;
}

std::string arn_of(const FunctionProbe& probe, const base::AccountId& account) {
    return fmt::format("arn:{}:lambda:{}:{}:function:{}", aws::partition_of(probe.region).name,
                       probe.region.value(), account.value(), probe.name);
}

Finding tell_failure(const FunctionProbe& probe, const MendContext& context) {
    const aws::Failure& failure = probe.loop.error();
    const std::string why = aws::to_error(failure, "GetFunctionRecursionConfig").message();
    switch (failure.remedy) {
    case aws::Remedy::not_found:
        return {Grade::wrong, subject_of(probe),
                fmt::format("does not exist in {}: {}", probe.region.value(), why)};
    case aws::Remedy::denied:
        return {Grade::wrong, subject_of(probe),
                fmt::format("these credentials may not {} on {}: {}", action,
                            arn_of(probe, context.principal.account), why),
                command(context.grant_controller("--function " + shell_word(probe.name)))};
    default:
        return {Grade::wrong, subject_of(probe), "cannot be examined: " + why};
    }
}

/// What AWS tells of its detection is that it counts by a trace header, which ticks do not carry:
/// docs/adr/0013-ticks.md. Nothing says that it will stay so.
Finding tell_termination(const FunctionProbe& probe, const MendContext& context) {
    if (!probe.feeds_itself) {
        return {Grade::good, subject_of(probe),
                "is there; its RecursiveLoop is Terminate, which is right without a table as the "
                "ledger: it feeds no queue"};
    }
    const std::string mend =
        aws_command({.service = "lambda",
                     .region = probe.region,
                     .endpoint_url = probe.endpoint_url,
                     .account = context.principal.account},
                    fmt::format("put-function-recursion-config --function-name {} "
                                "--recursive-loop Allow",
                                shell_word(probe.name)));
    return {Grade::warning, subject_of(probe),
            "its RecursiveLoop is Terminate: Lambda ends a function that feeds its own queue, as "
            "this one does by its ticks, after about 16 rounds where it detects that, and an "
            "account's operations wait then for the next sweep, a minute or two each time",
            command(mend)};
}

} // namespace

Findings check_function(const FunctionProbe& probe, const MendContext& context) {
    if (!probe.loop.has_value()) {
        return {tell_failure(probe, context)};
    }
    if (*probe.loop == aws::RecursiveLoop::terminate) {
        return {tell_termination(probe, context)};
    }
    return {{Grade::good, subject_of(probe),
             "is there; may feed its own queue: its RecursiveLoop is Allow"}};
}

Findings check_unnamed_function(const std::string& table, const MendContext& context) {
    return {{Grade::note, "function",
             fmt::format("none is named; one that works on the table {} feeds its own queue, which "
                         "Lambda has to allow: name it to have that examined",
                         table),
             command(context.exarch + " doctor --function exarch")}};
}

} // namespace exarch::cli
