#include "sandbox/sqs/model/receipt.hpp"
#include "sandbox/sqs/operations/batch.hpp"
#include "sandbox/sqs/operations/operation.hpp"

#include <fmt/format.h>

#include <chrono>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::string_view handle_parameter = "ReceiptHandle";

Fallible<Receipt> read_receipt(const Parameters& parameters, const Queue& queue) {
    EXARCH_TRY(const std::string handle, parameters.required_text(handle_parameter));
    const std::optional<Receipt> receipt = parse_receipt(handle);
    if (!receipt.has_value()) {
        return refuse(
            "ReceiptHandleIsInvalid",
            fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", handle));
    }
    if (receipt->queue != queue.origin().number) {
        return refuse(
            "ReceiptHandleIsInvalid",
            fmt::format("The receipt handle \"{}\" is not valid for this queue.", handle));
    }
    return *receipt;
}

// Whether the receipt was good for it. A message that is gone already, or was received again since,
// makes no failure: SQS says nothing of it either.
Fallible<bool> delete_one(const Parameters& parameters, Queue& queue) {
    EXARCH_TRY(const Receipt receipt, read_receipt(parameters, queue));
    return queue.remove(receipt) != Queue::Removal::expired;
}

// SQS refuses it by other words than where it is deleted alone.
Permitted delete_entry(const Parameters& parameters, Queue& queue) {
    EXARCH_TRY(const bool is_good, delete_one(parameters, queue));
    return is_good ? Permitted()
                   : refuse("ReceiptHandleIsInvalid", "The receipt handle has expired");
}

Permitted change_one(const Parameters& parameters, Queue& queue, base::Instant now) {
    EXARCH_TRY(const Receipt receipt, read_receipt(parameters, queue));
    EXARCH_TRY(const auto seconds,
               read_integer(parameters, {"VisibilityTimeout", 0, 43'200,
                                         "Must be between 0 and 43200, if provided."}));
    if (!seconds.has_value()) {
        return missing_parameter("VisibilityTimeout");
    }
    switch (queue.change_visibility(receipt, std::chrono::seconds(*seconds), now)) {
    case Queue::VisibilityChange::changed:
        return {};
    case Queue::VisibilityChange::gone:
        return invalid_value(format_receipt(receipt), handle_parameter,
                             "Message does not exist or is not available for visibility timeout "
                             "change.");
    case Queue::VisibilityChange::beyond_limit:
        break;
    }
    return invalid_value(fmt::to_string(*seconds), "VisibilityTimeout",
                         "Total VisibilityTimeout for the message is beyond the limit [43200 "
                         "seconds].");
}

template <class Change>
Fallible<Outcome> change_each(const Work& work, std::string_view kind, Change change) {
    EXARCH_TRY(const std::vector<BatchEntry> entries, read_entries(work.parameters, kind));
    BatchResult result;
    for (const BatchEntry& entry : entries) {
        const Permitted changed = change(entry.parameters);
        if (changed.has_value()) {
            result.add_success(entry.id, {});
        } else {
            result.add_failure(entry.id, changed.error());
        }
    }
    return std::move(result).take();
}

} // namespace

Fallible<Outcome> delete_message(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("DeleteMessage"));
    EXARCH_TRY(const bool is_good, delete_one(work.parameters, *queue));
    if (!is_good) {
        EXARCH_TRY(const std::string handle, work.parameters.required_text(handle_parameter));
        return invalid_value(handle, handle_parameter, "The receipt handle has expired.");
    }
    return json::object();
}

Fallible<Outcome> delete_message_batch(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("DeleteMessage"));
    return change_each(work, "DeleteMessageBatchRequestEntry",
                       [&](const Parameters& entry) { return delete_entry(entry, *queue); });
}

Fallible<Outcome> change_message_visibility(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("ChangeMessageVisibility"));
    EXARCH_CHECK(change_one(work.parameters, *queue, work.call.now.steady));
    return json::object();
}

Fallible<Outcome> change_message_visibility_batch(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("ChangeMessageVisibility"));
    return change_each(
        work, "ChangeMessageVisibilityBatchRequestEntry",
        [&](const Parameters& entry) { return change_one(entry, *queue, work.call.now.steady); });
}

} // namespace exarch::sandbox::sqs
