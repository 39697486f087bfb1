#include "cli/doctor/function_checks.hpp"

#include "aws/partition.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace exarch::cli {
namespace {

/// What paces a function that has its ledger in a table; without, it does not start.
constexpr std::string_view ticks_variable = "EXARCH_TICKS";

class FunctionExamination {
public:
    FunctionExamination(const FunctionProbe& probe, const MendContext& context)
        : probe_(probe), context_(context), subject_("function " + probe.name) {}

    Findings run() {
        if (!probe_.loop.has_value()) {
            tell_failure(probe_.loop.error(), "GetFunctionRecursionConfig");
            return std::move(findings_);
        }
        check_loop();
        if (!probe_.configuration.has_value()) {
            tell_failure(probe_.configuration.error(), "GetFunctionConfiguration");
        }
        return std::move(findings_);
    }

private:
    void add(Grade grade, std::string what, std::string mend = {}) {
        findings_.push_back({grade, subject_, std::move(what), command(std::move(mend))});
    }

    [[nodiscard]] std::string arn() const {
        return fmt::format("arn:{}:lambda:{}:{}:function:{}", aws::partition_of(probe_.region).name,
                           probe_.region.value(), context_.principal.account.value(), probe_.name);
    }

    void tell_failure(const aws::Failure& failure, std::string_view operation) {
        const std::string why = aws::to_error(failure, operation).message();
        if (failure.remedy == aws::Remedy::not_found) {
            add(Grade::wrong, fmt::format("does not exist in {}: {}", probe_.region.value(), why));
        } else if (failure.remedy == aws::Remedy::denied) {
            add(Grade::wrong,
                fmt::format("these credentials may not lambda:{} on {}: {}", operation, arn(), why),
                context_.grant_controller("--function " + shell_word(probe_.name)));
        } else {
            add(Grade::wrong, "cannot be examined: " + why);
        }
    }

    /// What the function's own variables say, or, where nobody tells them, this configuration.
    [[nodiscard]] bool feeds_itself() const {
        const bool is_told =
            probe_.configuration.has_value() && probe_.configuration->variables.has_value();
        return is_told ? probe_.configuration->variables->contains(ticks_variable)
                       : probe_.has_table;
    }

    /// What AWS tells of its detection is that it counts by a trace header, which ticks do not
    /// carry: docs/adr/0013-ticks.md. Nothing says that it will stay so.
    void check_loop() {
        if (*probe_.loop == aws::RecursiveLoop::allow) {
            add(Grade::good, "may feed its own queue: its RecursiveLoop is Allow");
            return;
        }
        if (!feeds_itself()) {
            add(Grade::good, "feeds no queue of its own; its RecursiveLoop is Terminate, which is "
                             "right for such a one");
            return;
        }
        add(Grade::warning,
            "its RecursiveLoop is Terminate: where Lambda detects that a function feeds its own "
            "queue, as this one does by its ticks, it ends that after about 16 rounds, and an "
            "account's operations wait then for the next sweep, a minute or two each time",
            aws_command({.service = "lambda",
                         .region = probe_.region,
                         .endpoint_url = probe_.endpoint_url,
                         .account = context_.principal.account},
                        fmt::format("put-function-recursion-config --function-name {} "
                                    "--recursive-loop Allow",
                                    shell_word(probe_.name))));
    }

    const FunctionProbe& probe_;
    const MendContext& context_;
    std::string subject_;
    Findings findings_;
};

} // namespace

Findings check_function(const FunctionProbe& probe, const MendContext& context) {
    return FunctionExamination(probe, context).run();
}

Findings check_unnamed_function(const std::string& table, const MendContext& context) {
    return {{Grade::note, "function",
             fmt::format("none is named; one that works on the table {} feeds its own queue, which "
                         "Lambda has to allow: name it to have that examined",
                         table),
             command(context.exarch + " doctor --function exarch")}};
}

} // namespace exarch::cli
