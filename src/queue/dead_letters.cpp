#include "queue/dead_letters.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <utility>

namespace exarch::queue {
namespace {

std::string attribute(const aws::QueueAttributes& attributes, std::string_view name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string() : found->second;
}

std::string target_of(const std::string& policy) {
    const auto parsed = base::parse_json(policy);
    if (!parsed.has_value() || !parsed->is_object()) {
        return {};
    }
    const boost::json::value* target = parsed->get_object().if_contains("deadLetterTargetArn");
    return target != nullptr && target->is_string() ? std::string(target->get_string())
                                                    : std::string();
}

// The queue of that ARN at the address of `source`; none where one of the two is no queue of SQS's.
std::optional<aws::QueueUrl> url_beside(const aws::QueueUrl& source, std::string_view arn) {
    const auto parts = base::split_arn(arn);
    const auto identity = aws::identity_of(source);
    if (!parts || !identity) {
        return std::nullopt;
    }
    const auto& [prefix, partition, service, region, account, name] = *parts;
    if (prefix != "arn" || service != "sqs" || name.contains(':')) {
        return std::nullopt;
    }
    std::string text = source.value();
    text.resize(text.rfind(fmt::format("/{}/{}", identity->account.value(), identity->name)));
    aws::QueueUrl url(fmt::format("{}/{}/{}", text, account, name));
    return aws::identity_of(url) ? std::optional(std::move(url)) : std::nullopt;
}

} // namespace

base::Result<std::optional<DeadLetterQueue>>
dead_letter_queue_of(const aws::QueueUrl& source, const aws::QueueAttributes& attributes) {
    const std::string policy = attribute(attributes, "RedrivePolicy");
    if (policy.empty()) {
        return std::nullopt;
    }
    auto url = url_beside(source, target_of(policy));
    if (!url.has_value()) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("the queue {} has a RedrivePolicy that names no dead-letter "
                                    "queue of SQS's: {}",
                                    source.value(), policy)));
    }
    return DeadLetterQueue{std::move(*url), source, attribute(attributes, "QueueArn")};
}

} // namespace exarch::queue
