#include "queue/dead_letters.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <vector>

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

// `arn:aws:sqs:eu-west-1:999900001111:name`
std::vector<std::string_view> parts_of(std::string_view arn) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t colon = arn.find(':');
        parts.push_back(arn.substr(0, colon));
        if (colon == std::string_view::npos) {
            return parts;
        }
        arn.remove_prefix(colon + 1);
    }
}

} // namespace

base::Result<std::optional<DeadLetterQueue>>
dead_letter_queue_of(const aws::QueueUrl& source, const aws::QueueAttributes& attributes) {
    const std::string policy = attribute(attributes, "RedrivePolicy");
    if (policy.empty()) {
        return std::nullopt;
    }
    constexpr std::size_t arn_parts = 6;
    const std::string target = target_of(policy);
    const std::vector<std::string_view> parts = parts_of(target);
    const auto identity = aws::identity_of(source);
    if (parts.size() != arn_parts || !identity.has_value()) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("the queue {} has a RedrivePolicy that names no dead-letter "
                                    "queue of SQS's: {}",
                                    source.value(), policy)));
    }
    const std::string path = fmt::format("/{}/{}", identity->account.value(), identity->name);
    std::string url = source.value();
    url.resize(url.rfind(path));
    url += fmt::format("/{}/{}", parts[4], parts[5]);
    return DeadLetterQueue{aws::QueueUrl(std::move(url)), source,
                           attribute(attributes, "QueueArn")};
}

} // namespace exarch::queue
