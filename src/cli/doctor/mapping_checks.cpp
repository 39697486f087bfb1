#include "cli/doctor/mapping_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace exarch::cli {
namespace {

constexpr std::string_view reports_failures = "--function-response-types ReportBatchItemFailures";

std::string_view name_in(std::string_view arn) {
    return arn.substr(arn.rfind(':') + 1);
}

class MappingExamination {
public:
    MappingExamination(const FunctionProbe& probe, const MendContext& context)
        : probe_(probe), context_(context) {}

    Findings run() {
        if (!probe_.mappings.has_value()) {
            tell_failure(probe_.mappings.error());
            return std::move(findings_);
        }
        for (const std::string& arn : probe_.queue_arns) {
            if (std::ranges::find(*probe_.mappings, arn, &aws::EventSourceMapping::source_arn) ==
                probe_.mappings->end()) {
                add(Grade::warning, arn,
                    fmt::format("there is none that brings its messages to the function {}, unless "
                                "to one of its versions or aliases",
                                probe_.name),
                    create(arn));
            }
        }
        for (const aws::EventSourceMapping& mapping : *probe_.mappings) {
            if (mapping.source_arn.contains(":sqs:")) {
                check(mapping);
            }
        }
        return std::move(findings_);
    }

private:
    void add(Grade grade, std::string_view arn, std::string what, std::string mend = {}) {
        findings_.push_back({grade, fmt::format("mapping of queue {}", name_in(arn)),
                             std::move(what), command(std::move(mend))});
    }

    void tell_failure(const aws::Failure& failure) {
        const std::string why = aws::to_error(failure, "ListEventSourceMappings").message();
        const bool is_denied = failure.remedy == aws::Remedy::denied;
        findings_.push_back(
            {Grade::wrong, "mappings of " + probe_.name,
             is_denied ? "these credentials may not lambda:ListEventSourceMappings: " + why
                       : "cannot be examined: " + why,
             command(is_denied ? context_.grant_controller("--function " + shell_word(probe_.name))
                               : "")});
    }

    [[nodiscard]] std::string aws_lambda(std::string_view what) const {
        return aws_command({.service = "lambda",
                            .region = probe_.region,
                            .endpoint_url = probe_.endpoint_url,
                            .account = context_.principal.account},
                           what);
    }

    /// Source of the numbers: docs/lambda.md. FIFO queues have smaller batches and no window.
    [[nodiscard]] std::string create(std::string_view arn) const {
        const std::string_view batch = arn.ends_with(".fifo")
                                           ? "--batch-size 10"
                                           : "--batch-size 10000 "
                                             "--maximum-batching-window-in-seconds 1";
        return aws_lambda(fmt::format("create-event-source-mapping --function-name {} "
                                      "--event-source-arn {} {} "
                                      "--scaling-config MaximumConcurrency=2 {}",
                                      shell_word(probe_.name), shell_word(arn), batch,
                                      reports_failures));
    }

    [[nodiscard]] std::string update(const aws::EventSourceMapping& mapping,
                                     std::string_view options) const {
        return aws_lambda(fmt::format("update-event-source-mapping --uuid {} {}",
                                      shell_word(mapping.uuid), options));
    }

    void check(const aws::EventSourceMapping& mapping) {
        const std::size_t before = findings_.size();
        const std::string& arn = mapping.source_arn;
        if (!mapping.reports_item_failures) {
            add(Grade::wrong, arn,
                fmt::format("lacks ReportBatchItemFailures: Lambda deletes every message that the "
                            "function {} was given, and what it could not do is lost",
                            probe_.name),
                update(mapping, reports_failures));
        }
        if (mapping.has_filter) {
            add(Grade::warning, arn,
                "has a filter: Lambda deletes messages that do not pass it, and nobody hears of "
                "them",
                update(mapping, "--filter-criteria '{}'"));
        }
        if (mapping.state == "Disabled" || mapping.state == "Disabling") {
            add(Grade::warning, arn,
                fmt::format("is disabled: its messages wait, and nothing brings them to the "
                            "function {}",
                            probe_.name),
                update(mapping, "--enabled"));
        }
        if (!mapping.concurrency_max && !probe_.has_table) {
            add(Grade::warning, arn,
                "has no maximum concurrency: more instances than EXARCH_INSTANCES tells of go over "
                "the quotas together",
                update(mapping, "--scaling-config MaximumConcurrency=2"));
        }
        if (findings_.size() == before) {
            add(Grade::good, arn,
                fmt::format("brings its messages to the function {}, and takes back what that "
                            "could not do",
                            probe_.name));
        }
    }

    const FunctionProbe& probe_;
    const MendContext& context_;
    Findings findings_;
};

} // namespace

Findings check_mappings(const FunctionProbe& probe, const MendContext& context) {
    return MappingExamination(probe, context).run();
}

} // namespace exarch::cli
