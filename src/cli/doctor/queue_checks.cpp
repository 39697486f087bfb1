#include "cli/doctor/queue_checks.hpp"

#include "base/json.hpp"
#include "base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

namespace exarch::cli {
namespace {

using std::chrono::seconds;

std::string queue_name(const aws::QueueUrl& url) {
    const auto identity = aws::identity_of(url);
    return identity ? identity->name : url.value();
}

std::string set_attribute(const aws::QueueUrl& url, std::string_view attributes) {
    return fmt::format("aws sqs set-queue-attributes --queue-url {} --attributes {}", url.value(),
                       attributes);
}

class QueueExamination {
public:
    explicit QueueExamination(const QueueProbe& probe)
        : probe_(probe), subject_("queue " + queue_name(probe.url)) {}

    Findings run() {
        if (!probe_.attributes.has_value()) {
            check_absence(probe_.attributes.error());
            return std::move(findings_);
        }
        check_retention();
        check_dead_letters();
        check_encryption();
        check_delay();
        check_right("sqs:DeleteMessage", probe_.deletion);
        check_right("sqs:ChangeMessageVisibility", probe_.change);
        const bool is_good = std::ranges::all_of(
            findings_, [](const Finding& finding) { return finding.grade == Grade::note; });
        if (is_good) {
            findings_.insert(findings_.begin(), {Grade::good, subject_, describe()});
        }
        return std::move(findings_);
    }

private:
    void add(Grade grade, std::string what, std::string mend = {}) {
        findings_.push_back({grade, subject_, std::move(what), std::move(mend)});
    }

    [[nodiscard]] std::string attribute(std::string_view name) const {
        const auto found = probe_.attributes->find(name);
        return found == probe_.attributes->end() ? "" : found->second;
    }

    [[nodiscard]] std::optional<seconds> attribute_seconds(std::string_view name) const {
        const std::string text = attribute(name);
        std::int64_t count = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
        const bool is_number = error == std::errc() && end == text.data() + text.size();
        return is_number ? std::optional(seconds(count)) : std::nullopt;
    }

    void check_absence(const aws::Failure& failure) {
        const std::string why = aws::to_error(failure, "GetQueueAttributes").message();
        if (failure.remedy == aws::Remedy::not_found) {
            add(Grade::wrong, "does not exist: " + why,
                fmt::format("aws sqs create-queue --queue-name {} --attributes "
                            "MessageRetentionPeriod=1209600",
                            queue_name(probe_.url)));
        } else if (failure.remedy == aws::Remedy::denied) {
            add(Grade::wrong, "may not be read by these credentials: " + why,
                "exarch policy controller    # attach this to whoever runs the worker");
        } else {
            add(Grade::wrong, "cannot be examined: " + why);
        }
    }

    /// A minute is what the plain recipe advises for development; SQS's default is four days.
    void check_retention() {
        const auto retention = attribute_seconds("MessageRetentionPeriod");
        if (!retention || *retention >= std::chrono::days(4)) {
            return;
        }
        const Grade grade = *retention < std::chrono::days(1) ? Grade::wrong : Grade::warning;
        add(grade,
            fmt::format("keeps messages for {} only: tasks that no worker has taken by then are "
                        "lost",
                        base::format_for_people(*retention)),
            set_attribute(probe_.url, "MessageRetentionPeriod=1209600"));
    }

    void check_dead_letters() {
        const std::string policy = attribute("RedrivePolicy");
        if (policy.empty()) {
            add(Grade::note,
                "has no dead-letter queue, and needs none: what cannot be read is kept "
                "in the ledger, and told by exarch status");
            return;
        }
        const auto value = base::parse_json(policy);
        constexpr std::int64_t receives_min = 5;
        std::int64_t receives = 0;
        if (value.has_value() && value->is_object()) {
            const boost::json::value* count = value->get_object().if_contains("maxReceiveCount");
            if (count != nullptr && count->is_string()) {
                const boost::json::string& text = count->get_string();
                std::from_chars(text.data(), text.data() + text.size(), receives);
            } else if (count != nullptr && count->is_int64()) {
                receives = count->get_int64();
            }
        }
        if (receives >= receives_min) {
            return;
        }
        boost::json::object mended =
            value.has_value() && value->is_object() ? value->get_object() : boost::json::object();
        mended["maxReceiveCount"] = "10";
        const boost::json::object patch{{"RedrivePolicy", boost::json::serialize(mended)}};
        add(Grade::warning,
            fmt::format("moves a message to its dead letters after {} receives: a worker that is "
                        "stopped while it takes messages in counts as one",
                        receives),
            set_attribute(probe_.url, "'" + boost::json::serialize(patch) + "'"));
    }

    void check_encryption() {
        const std::string key = attribute("KmsMasterKeyId");
        if (key.empty()) {
            return;
        }
        const boost::json::object statement{
            {"Effect", "Allow"}, {"Action", "kms:Decrypt"}, {"Resource", key}};
        add(Grade::note,
            fmt::format("is encrypted with the KMS key {}: the worker needs kms:Decrypt with it, "
                        "producers kms:GenerateDataKey as well",
                        key),
            boost::json::serialize(statement));
    }

    void check_delay() {
        const auto delay = attribute_seconds("DelaySeconds");
        if (delay && *delay > seconds(0)) {
            add(Grade::warning,
                fmt::format("hides every message for {} before it can be taken",
                            base::format_for_people(*delay)),
                set_attribute(probe_.url, "DelaySeconds=0"));
        }
    }

    void check_right(std::string_view permission,
                     const aws::Outcome<std::vector<aws::BatchFailure>>& outcome) {
        const aws::Failure* failure = nullptr;
        if (!outcome.has_value()) {
            failure = &outcome.error();
        } else if (!outcome->empty()) {
            failure = &outcome->front().failure;
        }
        if (failure != nullptr && failure->remedy == aws::Remedy::denied) {
            add(Grade::wrong,
                fmt::format("these credentials may not {}: {}", permission,
                            aws::to_error(*failure, failure->code).message()),
                "exarch policy controller    # attach this to whoever runs the worker");
        }
    }

    [[nodiscard]] std::string describe() const {
        std::string text = "can be taken from";
        if (const auto retention = attribute_seconds("MessageRetentionPeriod")) {
            text += fmt::format("; keeps messages for {}", base::format_for_people(*retention));
        }
        const std::string waiting = attribute("ApproximateNumberOfMessages");
        return waiting.empty() ? text : text + fmt::format("; {} wait", waiting);
    }

    const QueueProbe& probe_;
    std::string subject_;
    Findings findings_;
};

} // namespace

Findings check_queue(const QueueProbe& probe) {
    return QueueExamination(probe).run();
}

} // namespace exarch::cli
