#pragma once

#include "sandbox/call.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/sqs/fallible.hpp"
#include "sandbox/sqs/model/move_tasks.hpp"
#include "sandbox/sqs/model/queues.hpp"
#include "sandbox/sqs/params.hpp"
#include "sandbox/sqs/protocol/parameters.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace exarch::sandbox::sqs {

/// A result in the form of the JSON protocol, or a long poll that goes on.
using Outcome = std::variant<boost::json::object, AskAgain>;

/// What an operation works with: the service's state and the call at hand.
struct Work {
    Queues& queues;
    MoveTasks& move_tasks;
    Dice& dice;
    const SqsParams& params;
    const Authoriser& authoriser;
    const ServiceCall& call;
    Parameters parameters;
    /// Set by operations that may succeed without changing anything.
    bool& has_effect;

    /// Asks whether the caller may do this to the queue, which need not exist.
    [[nodiscard]] Permitted authorise(std::string_view action, const QueueName& name) const;
    /// The queue that the parameter QueueUrl names, once the caller may do this to it.
    [[nodiscard]] Fallible<Queue*> find_queue(std::string_view action) const;
    [[nodiscard]] std::string url_of(const QueueName& name) const;
};

using Operation = Fallible<Outcome> (*)(Work&);

Fallible<Outcome> create_queue(Work& work);
Fallible<Outcome> delete_queue(Work& work);
Fallible<Outcome> get_queue_url(Work& work);
Fallible<Outcome> list_queues(Work& work);
Fallible<Outcome> list_dead_letter_source_queues(Work& work);
Fallible<Outcome> get_queue_attributes(Work& work);
Fallible<Outcome> set_queue_attributes(Work& work);
Fallible<Outcome> purge_queue(Work& work);
Fallible<Outcome> tag_queue(Work& work);
Fallible<Outcome> untag_queue(Work& work);
Fallible<Outcome> list_queue_tags(Work& work);

Fallible<Outcome> add_permission(Work& work);
Fallible<Outcome> remove_permission(Work& work);

Fallible<Outcome> send_message(Work& work);
Fallible<Outcome> send_message_batch(Work& work);
Fallible<Outcome> receive_message(Work& work);
Fallible<Outcome> delete_message(Work& work);
Fallible<Outcome> delete_message_batch(Work& work);
Fallible<Outcome> change_message_visibility(Work& work);
Fallible<Outcome> change_message_visibility_batch(Work& work);

Fallible<Outcome> start_message_move_task(Work& work);
Fallible<Outcome> list_message_move_tasks(Work& work);
Fallible<Outcome> cancel_message_move_task(Work& work);

} // namespace exarch::sandbox::sqs
