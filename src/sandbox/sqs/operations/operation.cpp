#include "sandbox/sqs/operations/operation.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::sandbox::sqs {
namespace {

// "Cross-account permissions don't apply to this action", the documentation says of each.
constexpr std::array<std::string_view, 10> actions_of_the_owner{
    "AddPermission",      "CancelMessageMoveTask",
    "DeleteQueue",        "ListMessageMoveTasks",
    "ListQueueTags",      "RemovePermission",
    "SetQueueAttributes", "StartMessageMoveTask",
    "TagQueue",           "UntagQueue"};

bool is_owners_alone(std::string_view action) {
    return std::ranges::find(actions_of_the_owner, action) != actions_of_the_owner.end();
}

} // namespace

Permitted Work::authorise(std::string_view action, const QueueName& name) const {
    const Queue* const queue = queues.find(name, call.now);
    const bool has_policy =
        queue != nullptr && (name.account == call.caller.account || !is_owners_alone(action));
    // SQS tells whom it refuses the action in small letters, unlike other services.
    return authoriser(call,
                      Access{.action = std::string("sqs:").append(base::lowered(action)),
                             .resource = format_arn(name),
                             .owner = name.account,
                             .resource_policy = has_policy ? queue->attributes().policy : ""});
}

Fallible<Queue*> Work::find_queue(std::string_view action) const {
    EXARCH_TRY(const std::string url, parameters.required_text("QueueUrl"));
    const std::optional<QueueName> name = parse_queue_url(url, call.region, call.caller.account);
    if (!name.has_value()) {
        return missing_queue();
    }
    // First, so that a stranger doesn't learn which queues there are.
    EXARCH_CHECK(authorise(action, *name));
    Queue* const queue = queues.find(*name, call.now);
    if (queue == nullptr) {
        return missing_queue();
    }
    return queue;
}

std::string Work::url_of(const QueueName& name) const {
    const std::string base =
        params.base_url.empty()
            ? fmt::format("http://{}", call.request.headers.get("Host").value_or("localhost"))
            : params.base_url;
    return fmt::format("{}/{}/{}", base, name.account.value(), name.name);
}

} // namespace exarch::sandbox::sqs
