#include "sandbox/sqs/model/digest.hpp"
#include "sandbox/sqs/operations/operation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::int64_t page_max = 1000;

json::object to_json(const std::map<std::string, std::string>& texts) {
    json::object object;
    for (const auto& [name, text] : texts) {
        object.emplace(name, text);
    }
    return object;
}

// The target must exist, be of the same kind, and take this queue's dead letters.
Permitted check_redrive(const Work& work, const QueueName& name,
                        const QueueAttributes& attributes) {
    if (!attributes.redrive.has_value()) {
        return {};
    }
    const auto refuse_policy = [&](std::string_view reason) {
        return invalid_value(attributes.redrive_text, "RedrivePolicy", reason);
    };
    const QueueName& target = attributes.redrive->target;
    const Queue* const queue = work.queues.find(target, work.call.now);
    if (target.region != name.region || target.account != name.account) {
        return refuse_policy("Dead letter queue must be in the same account and region as the "
                             "source.");
    }
    if (queue == nullptr) {
        return refuse_policy("Dead letter target does not exist.");
    }
    if (queue->attributes().is_fifo != attributes.is_fifo) {
        return refuse_policy("Dead letter queue must be same type of queue as the source.");
    }
    if (!queue->attributes().redrive_allow.allows(format_arn(name))) {
        return refuse_policy("The RedriveAllowPolicy of the dead letter queue doesn't allow this "
                             "source queue.");
    }
    return {};
}

Permitted check_policy(const Work& work, const AttributeTexts& texts) {
    const auto policy = texts.find("Policy");
    if (policy == texts.end() || policy->second.empty() || !work.params.check_policy) {
        return {};
    }
    return work.params.check_policy(policy->second);
}

// Only what the caller asks for has to be as it is.
Permitted check_same(const Queue& queue, const QueueAttributes& wanted,
                     const AttributeTexts& asked) {
    const AttributeTexts existing = format_attributes(queue.attributes());
    const AttributeTexts other = format_attributes(wanted);
    for (const auto& [name, text] : asked) {
        const auto mine = existing.find(name);
        const auto theirs = other.find(name);
        const bool has_both = mine != existing.end() && theirs != other.end();
        const bool has_neither = mine == existing.end() && theirs == other.end();
        if (!has_neither && (!has_both || mine->second != theirs->second)) {
            return refuse("QueueAlreadyExists",
                          fmt::format("A queue already exists with the same name and a different "
                                      "value for attribute {}",
                                      name));
        }
    }
    return {};
}

constexpr std::size_t tag_key_max = 128;

std::unexpected<ServiceError> bad_tag_key() {
    return invalid_parameter(
        fmt::format("Tag keys must be between 1 and {} characters in length.", tag_key_max));
}

Permitted check_tags(const std::map<std::string, std::string>& tags, std::string_view queue) {
    constexpr std::size_t tags_max = 50;
    constexpr std::size_t value_max = 256;
    if (tags.size() > tags_max) {
        return invalid_parameter(fmt::format("Too many tags added for queue {}.", queue));
    }
    for (const auto& [key, value] : tags) {
        if (key.empty() || key.size() > tag_key_max) {
            return bad_tag_key();
        }
        if (value.size() > value_max) {
            return invalid_parameter(fmt::format(
                "Tag values must be between 0 and {} characters in length.", value_max));
        }
        if (key.starts_with("aws:")) {
            return invalid_parameter("Tag keys can't start with 'aws:'.");
        }
    }
    return {};
}

struct Page {
    std::string after;
    std::size_t count = page_max;
    bool has_count = false;
};

Fallible<Page> read_page(const Parameters& parameters) {
    Page page;
    EXARCH_TRY(const auto count,
               read_integer(parameters, {"MaxResults", 1, page_max,
                                         "MaxResults must be an integer between 1 and 1000."}));
    EXARCH_TRY(const auto token, parameters.text("NextToken"));
    if (count.has_value()) {
        page.count = static_cast<std::size_t>(*count);
        page.has_count = true;
    }
    if (token.has_value()) {
        const std::optional<std::string> after = decode_base64(*token);
        if (!after.has_value() || after->empty()) {
            return invalid_value(*token, "NextToken", "The token is not one that was given out.");
        }
        page.after = *after;
    }
    return page;
}

// `found` holds one more than the page where there is more.
json::object format_page(const Work& work, const Page& page, std::vector<const Queue*> found,
                         std::string_view member) {
    json::object result;
    const bool has_more = found.size() > page.count;
    found.resize(std::min(found.size(), page.count));
    json::array urls;
    for (const Queue* const queue : found) {
        urls.emplace_back(json::string(work.url_of(queue->name())));
    }
    if (has_more && page.has_count) {
        result.emplace("NextToken", encode_base64(found.back()->name().name));
    }
    if (!urls.empty()) {
        result.emplace(member, std::move(urls));
    }
    return result;
}

std::string format_seconds(base::Timestamp timestamp) {
    return fmt::to_string(
        std::chrono::floor<std::chrono::seconds>(timestamp.time_since_epoch()).count());
}

AttributeTexts all_attributes(const Queue& queue) {
    AttributeTexts texts = format_attributes(queue.attributes());
    const Queue::Counts counts = queue.counts();
    texts.emplace("QueueArn", queue.arn());
    texts.emplace("ApproximateNumberOfMessages", fmt::to_string(counts.visible));
    texts.emplace("ApproximateNumberOfMessagesNotVisible", fmt::to_string(counts.in_flight));
    texts.emplace("ApproximateNumberOfMessagesDelayed", fmt::to_string(counts.delayed));
    texts.emplace("CreatedTimestamp", format_seconds(queue.origin().created.wall));
    texts.emplace("LastModifiedTimestamp", format_seconds(queue.modified_at()));
    return texts;
}

} // namespace

Fallible<Outcome> create_queue(Work& work) {
    EXARCH_TRY(const std::string text, work.parameters.required_text("QueueName"));
    const QueueName name{work.call.region, work.call.caller.account, text};
    EXARCH_CHECK(work.authorise("CreateQueue", name));
    EXARCH_TRY(const AttributeTexts texts, work.parameters.text_map("Attributes"));
    // The one member that today's protocol writes with a small letter.
    EXARCH_TRY(auto tags, work.parameters.text_map("tags"));
    EXARCH_TRY(auto form_tags, work.parameters.text_map("Tags"));
    tags.merge(form_tags);
    QueueAttributes attributes;
    EXARCH_CHECK(apply_attributes(attributes, texts, AttributeUse::create));
    EXARCH_CHECK(check_queue_name(text, attributes.is_fifo));
    EXARCH_CHECK(check_policy(work, texts));
    EXARCH_CHECK(check_tags(tags, text));
    if (const Queue* const existing = work.queues.find(name, work.call.now)) {
        EXARCH_CHECK(check_same(*existing, attributes, texts));
        return json::object{{"QueueUrl", work.url_of(name)}};
    }
    if (work.queues.was_deleted_recently(name, work.call.now.steady)) {
        return refuse("AWS.SimpleQueueService.QueueDeletedRecently",
                      "You must wait 60 seconds after deleting a queue before you can create "
                      "another with the same name.");
    }
    EXARCH_CHECK(check_redrive(work, name, attributes));
    work.queues.create(name, std::move(attributes), work.call.now).tags() = std::move(tags);
    return json::object{{"QueueUrl", work.url_of(name)}};
}

Fallible<Outcome> delete_queue(Work& work) {
    EXARCH_TRY(const Queue* const queue, work.find_queue("DeleteQueue"));
    const QueueName name = queue->name();
    work.queues.erase(name, work.call.now.steady);
    return json::object();
}

Fallible<Outcome> get_queue_url(Work& work) {
    EXARCH_TRY(const std::string text, work.parameters.required_text("QueueName"));
    EXARCH_TRY(const auto owner, work.parameters.text("QueueOwnerAWSAccountId"));
    const QueueName name{work.call.region,
                         owner.has_value() ? base::AccountId(*owner) : work.call.caller.account,
                         text};
    const Permitted permitted = work.authorise("GetQueueUrl", name);
    const bool exists = work.queues.find(name, work.call.now) != nullptr;
    if (name.account != work.call.caller.account && !(permitted.has_value() && exists)) {
        // Whoever isn't let in by another account isn't told which of the two it is.
        return refuse("AWS.SimpleQueueService.NonExistentQueue",
                      "The specified queue does not exist or you do not have access to it.");
    }
    EXARCH_CHECK(permitted);
    if (!exists) {
        return missing_queue();
    }
    return json::object{{"QueueUrl", work.url_of(name)}};
}

Fallible<Outcome> list_queues(Work& work) {
    const base::AccountId account = work.call.caller.account;
    // Not of any one queue: the resource is what all their ARNs begin with.
    EXARCH_CHECK(work.authorise("ListQueues", {work.call.region, account, ""}));
    EXARCH_TRY(const auto prefix, work.parameters.text("QueueNamePrefix"));
    EXARCH_TRY(const Page page, read_page(work.parameters));
    auto found = work.queues.list({.region = work.call.region,
                                   .account = account,
                                   .prefix = prefix.value_or(""),
                                   .after = page.after,
                                   .count = page.count + 1});
    return format_page(work, page, std::move(found), "QueueUrls");
}

Fallible<Outcome> list_dead_letter_source_queues(Work& work) {
    EXARCH_TRY(const Queue* const queue, work.find_queue("ListDeadLetterSourceQueues"));
    EXARCH_TRY(const Page page, read_page(work.parameters));
    std::vector<const Queue*> found = work.queues.sources_of(queue->name());
    std::erase_if(found, [&](const Queue* each) { return each->name().name <= page.after; });
    json::object result = format_page(work, page, std::move(found), "queueUrls");
    // A required member, unlike that of ListQueues.
    result.emplace("queueUrls", json::array());
    return result;
}

Fallible<Outcome> get_queue_attributes(Work& work) {
    EXARCH_TRY(const Queue* const queue, work.find_queue("GetQueueAttributes"));
    EXARCH_TRY(const auto names, work.parameters.texts("AttributeNames"));
    const AttributeTexts all = all_attributes(*queue);
    AttributeTexts asked;
    for (const std::string& name : names) {
        if (!is_attribute_name(name)) {
            return refuse("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
        }
        if (const auto found = all.find(name); found != all.end()) {
            asked.insert(*found);
        }
    }
    if (std::ranges::find(names, "All") != names.end()) {
        asked = all;
    }
    json::object result;
    if (!asked.empty()) {
        result.emplace("Attributes", to_json(asked));
    }
    return result;
}

Fallible<Outcome> set_queue_attributes(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("SetQueueAttributes"));
    EXARCH_TRY(const AttributeTexts texts, work.parameters.text_map("Attributes"));
    if (texts.empty()) {
        return missing_parameter("Attribute.Name");
    }
    QueueAttributes attributes = queue->attributes();
    EXARCH_CHECK(apply_attributes(attributes, texts, AttributeUse::set));
    EXARCH_CHECK(check_policy(work, texts));
    if (texts.contains("RedrivePolicy")) {
        EXARCH_CHECK(check_redrive(work, queue->name(), attributes));
    }
    queue->set_attributes(std::move(attributes), work.call.now.wall);
    return json::object();
}

Fallible<Outcome> purge_queue(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("PurgeQueue"));
    if (!queue->purge(work.call.now.steady)) {
        return refuse("AWS.SimpleQueueService.PurgeQueueInProgress",
                      fmt::format("Only one PurgeQueue operation on {} is allowed every 60 "
                                  "seconds.",
                                  queue->name().name));
    }
    return json::object();
}

Fallible<Outcome> tag_queue(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("TagQueue"));
    EXARCH_TRY(auto tags, work.parameters.text_map("Tags"));
    if (tags.empty()) {
        return missing_parameter("Tags");
    }
    auto merged = tags;
    merged.insert(queue->tags().begin(), queue->tags().end());
    EXARCH_CHECK(check_tags(tags, queue->name().name));
    EXARCH_CHECK(check_tags(merged, queue->name().name));
    queue->tags() = std::move(merged);
    return json::object();
}

Fallible<Outcome> untag_queue(Work& work) {
    EXARCH_TRY(Queue* const queue, work.find_queue("UntagQueue"));
    EXARCH_TRY(const auto keys, work.parameters.texts("TagKeys"));
    if (keys.empty()) {
        return bad_tag_key();
    }
    for (const std::string& key : keys) {
        queue->tags().erase(key);
    }
    return json::object();
}

Fallible<Outcome> list_queue_tags(Work& work) {
    EXARCH_TRY(const Queue* const queue, work.find_queue("ListQueueTags"));
    json::object result;
    if (!queue->tags().empty()) {
        result.emplace("Tags", to_json(queue->tags()));
    }
    return result;
}

} // namespace exarch::sandbox::sqs
