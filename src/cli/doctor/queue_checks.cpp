#include "cli/doctor/queue_checks.hpp"

#include "aws/partition.hpp"
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

constexpr std::string_view retention_advised = "MessageRetentionPeriod=1209600";

/// The ARN that a policy names a key by. SQS tells an id, an alias, or the ARN of either.
std::string key_arn(std::string_view key, std::string_view home) {
    return key.starts_with("arn:") ? std::string(key) : fmt::format("{}:key/{}", home, key);
}

/// A document that allows the key's use. A policy cannot name a key by its alias, only ask that it
/// have that.
boost::json::object allow_decryption(std::string_view key, std::string_view home) {
    boost::json::object statement{{"Effect", "Allow"}, {"Action", "kms:Decrypt"}};
    if (const std::size_t alias = key.find("alias/"); alias != std::string_view::npos) {
        statement["Resource"] = fmt::format("{}:key/*", home);
        statement["Condition"] = {
            {"ForAnyValue:StringEquals", {{"kms:ResourceAliases", key.substr(alias)}}}};
    } else {
        statement["Resource"] = key_arn(key, home);
    }
    return {{"Version", "2012-10-17"}, {"Statement", boost::json::array{std::move(statement)}}};
}

class QueueExamination {
public:
    QueueExamination(const QueueProbe& probe, const MendContext& context)
        : probe_(probe), context_(context), subject_("queue " + queue_name(probe.url)) {}

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

    /// AWS advises six times the timeout. Source: "Using Lambda with Amazon SQS" in Lambda's guide.
    Findings check_visibility(const QueueReader& function) {
        constexpr int timeouts_advised = 6;
        const auto visibility =
            probe_.attributes.has_value() ? attribute_seconds("VisibilityTimeout") : std::nullopt;
        const seconds advised = function.timeout * timeouts_advised;
        if (visibility && *visibility < advised) {
            add(Grade::warning,
                fmt::format("hides messages for {} where the function {} may work for {} on them: "
                            "AWS advises six times as long, or they come again meanwhile",
                            base::format_for_people(*visibility), function.name,
                            base::format_for_people(function.timeout)),
                set_attributes(fmt::format("VisibilityTimeout={}", advised.count())));
        }
        return std::move(findings_);
    }

private:
    void add(Grade grade, std::string what, std::string mend = {}) {
        findings_.push_back({grade, subject_, std::move(what), command(std::move(mend))});
    }

    [[nodiscard]] base::AccountId account() const {
        const auto identity = aws::identity_of(probe_.url);
        return identity ? identity->account : context_.principal.account;
    }

    /// A call of the aws command by whoever may change the queue.
    [[nodiscard]] std::string aws_sqs(std::string_view what) const {
        return aws_command({.service = "sqs",
                            .region = probe_.region,
                            .endpoint_url = probe_.endpoint_url,
                            .account = account()},
                           what);
    }

    [[nodiscard]] std::string set_attributes(std::string_view attributes) const {
        return aws_sqs(fmt::format("set-queue-attributes --queue-url {} --attributes {}",
                                   shell_word(probe_.url.value()), shell_word(attributes)));
    }

    [[nodiscard]] std::string create_queue() const {
        const std::string name = queue_name(probe_.url);
        const std::string_view kind = name.ends_with(".fifo") ? ",FifoQueue=true" : "";
        return aws_sqs(fmt::format("create-queue --queue-name {} --attributes {}{}",
                                   shell_word(name), retention_advised, kind));
    }

    /// The worker's own policies; a queue of another account has to let that account in as well.
    [[nodiscard]] std::string let_in() const {
        std::string mend = context_.grant_controller();
        if (account() != context_.principal.account) {
            mend += "\n" + aws_sqs(fmt::format(
                               "add-permission --queue-url {} --label exarch --aws-account-ids {} "
                               "--actions ReceiveMessage DeleteMessage ChangeMessageVisibility "
                               "GetQueueAttributes",
                               shell_word(probe_.url.value()), context_.principal.account.value()));
        }
        return mend;
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
            add(Grade::wrong, "does not exist: " + why, create_queue());
        } else if (failure.remedy == aws::Remedy::denied) {
            add(Grade::wrong, "may not be read by these credentials: " + why, let_in());
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
            set_attributes(retention_advised));
    }

    /// Nobody takes them unless told to.
    void check_waiting_dead_letters() {
        if (!probe_.dead_letters.has_value() || !probe_.dead_letters->has_value()) {
            return;
        }
        const aws::QueueAttributes& attributes = **probe_.dead_letters;
        const auto waiting = attributes.find("ApproximateNumberOfMessages");
        if (waiting == attributes.end() || waiting->second == "0") {
            return;
        }
        findings_.push_back(
            {Grade::warning, subject_,
             fmt::format("{} message{} in its dead-letter queue, and nobody takes {}",
                         waiting->second, waiting->second == "1" ? " is" : "s are",
                         waiting->second == "1" ? "it" : "them"),
             command("exarch worker --dead-letters --drain")});
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
        check_waiting_dead_letters();
        if (receives >= receives_min) {
            return;
        }
        std::string mended;
        if (value.has_value() && value->is_object()) {
            boost::json::object patient = value->get_object();
            patient["maxReceiveCount"] = "10";
            mended = boost::json::serialize(patient);
        }
        const boost::json::object patch{{"RedrivePolicy", mended}};
        add(Grade::warning,
            fmt::format("moves a message to its dead letters after {} receives: a worker that is "
                        "stopped while it takes messages in counts as one",
                        receives),
            set_attributes(boost::json::serialize(patch)));
    }

    void check_encryption() {
        const std::string key = attribute("KmsMasterKeyId");
        // AWS's own key for SQS is open to everybody in the account who may use the queue.
        if (key.empty() || key.ends_with("alias/aws/sqs")) {
            return;
        }
        const std::string home =
            fmt::format("arn:{}:kms:{}:{}", aws::partition_of(probe_.region).name,
                        probe_.region.value(), account().value());
        const std::string document = boost::json::serialize(allow_decryption(key, home));
        add(Grade::note,
            fmt::format("is encrypted with the KMS key {}: the worker needs kms:Decrypt with it, "
                        "which nothing here can see, and producers kms:GenerateDataKey as well",
                        key),
            context_.principal.put_policy.empty()
                ? ""
                : context_.grant("exarch-kms", shell_word(document)));
    }

    void check_delay() {
        const auto delay = attribute_seconds("DelaySeconds");
        if (delay && *delay > seconds(0)) {
            add(Grade::warning,
                fmt::format("hides every message for {} before it can be taken",
                            base::format_for_people(*delay)),
                set_attributes("DelaySeconds=0"));
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
                let_in());
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
    const MendContext& context_;
    std::string subject_;
    Findings findings_;
};

} // namespace

Findings check_visibility(const QueueProbe& probe, const QueueReader& function,
                          const MendContext& context) {
    return QueueExamination(probe, context).check_visibility(function);
}

Findings check_queue(const QueueProbe& probe, const MendContext& context) {
    return QueueExamination(probe, context).run();
}

} // namespace exarch::cli
