#include "sandbox/sqs/service.hpp"

#include "sandbox/error_shape.hpp"
#include "sandbox/sqs/operations/operation.hpp"
#include "sandbox/sqs/protocol/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::sandbox {
namespace {

struct KnownOperation {
    std::string_view name;
    sqs::Operation perform;
};

constexpr std::array<KnownOperation, 21> operations{{
    {"CancelMessageMoveTask", &sqs::cancel_message_move_task},
    {"ChangeMessageVisibility", &sqs::change_message_visibility},
    {"ChangeMessageVisibilityBatch", &sqs::change_message_visibility_batch},
    {"CreateQueue", &sqs::create_queue},
    {"DeleteMessage", &sqs::delete_message},
    {"DeleteMessageBatch", &sqs::delete_message_batch},
    {"DeleteQueue", &sqs::delete_queue},
    {"GetQueueAttributes", &sqs::get_queue_attributes},
    {"GetQueueUrl", &sqs::get_queue_url},
    {"ListDeadLetterSourceQueues", &sqs::list_dead_letter_source_queues},
    {"ListMessageMoveTasks", &sqs::list_message_move_tasks},
    {"ListQueueTags", &sqs::list_queue_tags},
    {"ListQueues", &sqs::list_queues},
    {"PurgeQueue", &sqs::purge_queue},
    {"ReceiveMessage", &sqs::receive_message},
    {"SendMessage", &sqs::send_message},
    {"SendMessageBatch", &sqs::send_message_batch},
    {"SetQueueAttributes", &sqs::set_queue_attributes},
    {"StartMessageMoveTask", &sqs::start_message_move_task},
    {"TagQueue", &sqs::tag_queue},
    {"UntagQueue", &sqs::untag_queue},
}};

// A name that could be one of SQS's. Anything else, half a character perhaps, is not repeated.
bool is_operation_name(std::string_view name) {
    constexpr std::size_t characters_max = 64;
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !name.empty() && name.size() <= characters_max && std::ranges::all_of(name, is_letter);
}

std::unexpected<ServiceError> lacking(std::string_view operation) {
    std::string names;
    for (const KnownOperation& each : operations) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
    }
    return std::unexpected(not_in_this_sandbox(is_operation_name(operation)
                                                   ? fmt::format("{} of SQS", operation)
                                                   : "That operation of SQS",
                                               names));
}

} // namespace

struct SqsService::State {
    State(Authoriser given_authoriser, SqsParams given_params)
        : authoriser(std::move(given_authoriser)), params(std::move(given_params)),
          dice(params.seed), queues(params.faults, dice), move_tasks(queues, dice) {}

    sqs::Fallible<sqs::Outcome> perform(const ServiceCall& call, const sqs::Input& input) {
        const auto* const known =
            std::ranges::find(operations, input.operation, &KnownOperation::name);
        if (known == operations.end()) {
            return lacking(input.operation);
        }
        move_tasks.advance(call.now);
        sqs::Work work{
            queues, move_tasks, dice, params, authoriser, call, sqs::Parameters(input.parameters)};
        return known->perform(work);
    }

    Authoriser authoriser;
    SqsParams params;
    Dice dice;
    sqs::Queues queues;
    sqs::MoveTasks move_tasks;
};

SqsService::SqsService(Authoriser authoriser, SqsParams params)
    : state_(std::make_unique<State>(std::move(authoriser), std::move(params))) {}

SqsService::~SqsService() = default;

Answer SqsService::answer(const ServiceCall& call) {
    const sqs::Protocol protocol = sqs::protocol_of(call.request);
    const auto input = sqs::parse_request(call.request);
    if (!input.has_value()) {
        return sqs::format_error(protocol, input.error(), call.request_id);
    }
    const auto outcome = state_->perform(call, *input);
    if (!outcome.has_value()) {
        return sqs::format_error(protocol, outcome.error(), call.request_id);
    }
    if (const auto* const again = std::get_if<AskAgain>(&*outcome)) {
        return *again;
    }
    return sqs::format_reply(protocol, input->operation, std::get<boost::json::object>(*outcome),
                             call.request_id);
}

} // namespace exarch::sandbox
