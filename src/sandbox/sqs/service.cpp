#include "sandbox/sqs/service.hpp"

#include "sandbox/sqs/operations/operation.hpp"
#include "sandbox/sqs/protocol/protocol.hpp"

#include <algorithm>
#include <array>

namespace exarch::sandbox {
namespace {

struct KnownOperation {
    std::string_view name;
    sqs::Operation perform;
    /// Whether it changes anything whenever it succeeds, or an entry of it does. ReceiveMessage
    /// tells by itself.
    bool has_effect;
};

// All that SQS has.
constexpr std::array<KnownOperation, 23> operations{{
    {"AddPermission", &sqs::add_permission, true},
    {"CancelMessageMoveTask", &sqs::cancel_message_move_task, true},
    {"ChangeMessageVisibility", &sqs::change_message_visibility, true},
    {"ChangeMessageVisibilityBatch", &sqs::change_message_visibility_batch, true},
    {"CreateQueue", &sqs::create_queue, true},
    {"DeleteMessage", &sqs::delete_message, true},
    {"DeleteMessageBatch", &sqs::delete_message_batch, true},
    {"DeleteQueue", &sqs::delete_queue, true},
    {"GetQueueAttributes", &sqs::get_queue_attributes, false},
    {"GetQueueUrl", &sqs::get_queue_url, false},
    {"ListDeadLetterSourceQueues", &sqs::list_dead_letter_source_queues, false},
    {"ListMessageMoveTasks", &sqs::list_message_move_tasks, false},
    {"ListQueueTags", &sqs::list_queue_tags, false},
    {"ListQueues", &sqs::list_queues, false},
    {"PurgeQueue", &sqs::purge_queue, true},
    {"ReceiveMessage", &sqs::receive_message, false},
    {"RemovePermission", &sqs::remove_permission, true},
    {"SendMessage", &sqs::send_message, true},
    {"SendMessageBatch", &sqs::send_message_batch, true},
    {"SetQueueAttributes", &sqs::set_queue_attributes, true},
    {"StartMessageMoveTask", &sqs::start_message_move_task, true},
    {"TagQueue", &sqs::tag_queue, true},
    {"UntagQueue", &sqs::untag_queue, true},
}};

/// A batch succeeds even where each of its entries fails.
bool changed_anything(const boost::json::object& result) {
    return result.contains("Successful") || !result.contains("Failed");
}

/// What is asked for goes into the log even where it is refused.
void describe(const sqs::Input& input, CallRecord& record) {
    for (const std::string_view name : {"QueueUrl", "QueueName"}) {
        const auto* const value = input.parameters.if_contains(name);
        if (value != nullptr && value->is_string()) {
            record.details["queue"] = *value;
        }
    }
}

} // namespace

struct SqsService::State {
    State(Authoriser given_authoriser, SqsParams given_params)
        : authoriser(std::move(given_authoriser)), params(std::move(given_params)),
          dice(params.seed), queues(params.faults, dice), move_tasks(queues, dice) {}

    sqs::Fallible<sqs::Outcome> perform(const ServiceCall& call, const sqs::Input& input,
                                        CallRecord& record) {
        const auto* const known =
            std::ranges::find(operations, input.operation, &KnownOperation::name);
        if (known == operations.end()) {
            return sqs::invalid_action(input.operation);
        }
        move_tasks.advance(call.now);
        sqs::Work work{queues,
                       move_tasks,
                       dice,
                       params,
                       authoriser,
                       call,
                       sqs::Parameters(input.parameters),
                       record.effect};
        auto outcome = known->perform(work);
        const auto* const result =
            outcome.has_value() ? std::get_if<boost::json::object>(&*outcome) : nullptr;
        record.effect =
            record.effect || (result != nullptr && known->has_effect && changed_anything(*result));
        return outcome;
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

std::string SqsService::action_of(const http::Request& request) {
    return sqs::operation_of(request);
}

Answer SqsService::answer(const ServiceCall& call, CallRecord& record) {
    const sqs::Protocol protocol = sqs::protocol_of(call.request);
    const auto input = sqs::parse_request(call.request);
    if (!input.has_value()) {
        return sqs::format_error(protocol, input.error(), call.request_id);
    }
    describe(*input, record);
    const auto outcome = state_->perform(call, *input, record);
    if (!outcome.has_value()) {
        return sqs::format_error(protocol, outcome.error(), call.request_id);
    }
    if (const auto* const again = std::get_if<AskAgain>(&*outcome)) {
        return *again;
    }
    return sqs::format_reply(protocol, input->operation, std::get<boost::json::object>(*outcome),
                             call.request_id);
}

sqs::Permitted SqsService::add(const base::AccountId& account, const QueuePlan& plan,
                               base::Moment now) {
    const http::Request request;
    Caller nobody;
    nobody.account = account;
    const ServiceCall call{.request = request,
                           .caller = std::move(nobody),
                           .region = plan.region,
                           .request_id = {},
                           .now = now,
                           .arrived_at = now.steady};
    boost::json::object attributes;
    for (const auto& [name, text] : plan.attributes) {
        attributes.emplace(name, text);
    }
    const boost::json::object parameters{{"QueueName", plan.name},
                                         {"Attributes", std::move(attributes)}};
    bool has_effect = false;
    const Authoriser anyone = [](const ServiceCall&, const Access&) { return sqs::Permitted(); };
    sqs::Work work{
        state_->queues, state_->move_tasks,          state_->dice, state_->params, anyone,
        call,           sqs::Parameters(parameters), has_effect};
    EXARCH_CHECK(sqs::create_queue(work));
    return {};
}

sqs::Queues& SqsService::all_queues() {
    return state_->queues;
}

std::vector<QueueState> SqsService::queues(base::Moment now) {
    state_->move_tasks.advance(now);
    std::vector<QueueState> states;
    for (const sqs::Queue* const queue : state_->queues.all(now)) {
        states.push_back({queue->name().account, queue->arn(), queue->counts()});
    }
    return states;
}

} // namespace exarch::sandbox
