#include "core/task/task.hpp"

#include "actions/cloudfront_invalidate.hpp"
#include "actions/registry.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"
#include "core/probe.hpp"
#include "core/task/lone_surrogate.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace exarch::core {
namespace {

namespace json = boost::json;
using ledger::AcceptTask;
using ledger::LaneKey;
using ledger::NewOperation;
using ledger::Rejection;

/// Of what a message has where a name belongs, and of what is said about it.
constexpr std::size_t name_bytes_max = 128;
constexpr std::size_t place_bytes_max = 256;
constexpr std::size_t reason_bytes_max = 1024;

/// Reads one message; the task grows as it goes.
class TaskReader {
public:
    TaskReader(std::string_view body, const TaskRules& rules) : body_(body), rules_(rules) {}

    AcceptTask read() {
        // Most messages fit, so most cost no allocation for their tree.
        std::array<unsigned char, 16384> buffer;
        json::monotonic_resource memory(buffer.data(), buffer.size());
        auto parsed = base::parse_json(body_, {}, &memory);
        if (!parsed.has_value()) {
            if (const auto legible = without_lone_surrogates(body_)) {
                pass(Probe::lone_surrogate);
                parsed = base::parse_json(*legible, {}, &memory);
            }
        }
        if (!parsed.has_value()) {
            reject_message(parsed.error().message());
        } else if (!parsed->is_object()) {
            reject_message("a task is a JSON object with entries or operations");
        } else {
            read_form(parsed->get_object());
        }
        if (further_ > 0) {
            task_.rejections.push_back(
                {"",
                 fmt::format("{} further parts of the message were rejected; listed are the "
                             "first {}",
                             further_, rules_.rejections_max),
                 ""});
        }
        // What asks for nothing takes no name either: sent again, mended, under the same id, it is
        // not another task of that name.
        if (task_.operations.empty()) {
            task_.name.clear();
        }
        return std::move(task_);
    }

    /// Something was rejected that another configuration lets pass.
    [[nodiscard]] bool has_unlisted_account() const { return has_unlisted_account_; }

private:
    void read_form(const json::object& message) {
        const json::value* entries = message.if_contains("entries");
        const json::value* operations = message.if_contains("operations");
        if (entries != nullptr && operations != nullptr) {
            reject_message("both entries and operations: a task has one of the two forms");
        } else if (entries != nullptr) {
            read_list(*entries, "entries", &TaskReader::read_entry);
        } else if (operations != nullptr) {
            if (read_header(message)) {
                read_list(*operations, "operations", &TaskReader::read_operation);
            }
        } else {
            reject_message("neither entries nor operations: nothing is asked for");
        }
    }

    void read_list(const json::value& value, std::string_view name,
                   void (TaskReader::*read_one)(const json::object&, const std::string&)) {
        if (!value.is_array() || value.get_array().empty()) {
            reject_message(fmt::format("{} has to be a list of at least one object", name));
            return;
        }
        const json::array& list = value.get_array();
        if (list.size() > rules_.operations_max) {
            reject_message(too_many(name));
            return;
        }
        task_.operations.reserve(list.size());
        for (std::size_t index = 0; index < list.size(); ++index) {
            const std::string place = fmt::format("{}[{}]", name, index);
            if (list[index].is_object()) {
                (this->*read_one)(list[index].get_object(), place);
            } else {
                reject(place, "has to be an object", json::serialize(list[index]));
            }
        }
    }

    void read_entry(const json::object& entry, const std::string& place) {
        add(actions::cloudfront_invalidate(), actions::parse_entry(entry, place), place);
    }

    void read_operation(const json::object& operation, const std::string& place) {
        const json::value* name = operation.if_contains("action");
        const actions::Action* action =
            name != nullptr && name->is_string() ? actions::find(name->get_string()) : nullptr;
        if (action == nullptr) {
            reject(place + ".action", known_actions(name), json::serialize(operation));
            return;
        }
        const json::value* account = operation.if_contains("account");
        if (account == nullptr || !account->is_string() ||
            !base::is_account_id(account->get_string())) {
            reject(place + ".account", "account has to be a string of exactly twelve digits",
                   json::serialize(operation));
            return;
        }
        if (has_too_long_list(operation)) {
            reject(place, too_many(place), json::serialize(operation));
            return;
        }
        actions::Wish wish = action->parse(operation, place);
        wish.account = base::AccountId(std::string_view(account->get_string()));
        add(*action, std::move(wish), place);
    }

    /// Looked at before the list is read, so that a hostile message costs no more than its bytes.
    [[nodiscard]] bool has_too_long_list(const json::object& operation) const {
        const std::size_t left =
            rules_.operations_max - std::min(rules_.operations_max, task_.operations.size());
        return std::ranges::any_of(operation, [&](const auto& field) {
            return field.value().is_array() && field.value().get_array().size() > left;
        });
    }

    [[nodiscard]] std::string too_many(std::string_view what) const {
        return fmt::format("{}: more than the {} operations that one message may carry: send it in "
                           "several",
                           what, rules_.operations_max);
    }

    static std::string known_actions(const json::value* name) {
        std::string text =
            name == nullptr
                ? "action is missing"
                : "no such action: " + masked_excerpt(json::serialize(*name), name_bytes_max);
        text += "; there is";
        for (const actions::Action* action : actions::all()) {
            text += ' ';
            text += action->name();
        }
        return text;
    }

    void add(const actions::Action& action, actions::Wish wish, const std::string& place) {
        for (const Rejection& rejection : wish.rejections) {
            reject(rejection.place, rejection.reason, rejection.excerpt);
        }
        if (wish.items.empty()) {
            return;
        }
        if (rules_.accounts && !rules_.accounts->contains(wish.account)) {
            reject_unlisted(action, wish, place);
            return;
        }
        const std::uint32_t lane = lane_index(action, wish.account, std::move(wish.resource));
        for (std::string& item : wish.items) {
            task_.operations.push_back({lane, std::move(item), priority_, not_before_, deadline_});
        }
    }

    /// One by one, as they would be accepted: whoever mends it has to know what was wished for.
    void reject_unlisted(const actions::Action& action, const actions::Wish& wish,
                         const std::string& place) {
        has_unlisted_account_ = true;
        const std::string reason = describe_unlisted(wish.account);
        const LaneKey lane{wish.account, std::string(action.name()), wish.resource};
        for (const std::string& item : wish.items) {
            reject(place, reason, item, lane);
        }
    }

    std::uint32_t lane_index(const actions::Action& action, const base::AccountId& account,
                             std::string resource) {
        const auto same = [&](const LaneKey& lane) {
            return lane.resource == resource && lane.account == account &&
                   lane.action == action.name();
        };
        // A message names few lanes, and mostly the one it named last.
        const auto compared =
            static_cast<std::ptrdiff_t>(std::min(task_.lanes.size(), lanes_compared_max));
        const auto end = task_.lanes.rbegin() + compared;
        const auto found = std::find_if(task_.lanes.rbegin(), end, same);
        if (found != end) {
            return static_cast<std::uint32_t>(task_.lanes.rend() - found - 1);
        }
        LaneKey lane{account, std::string(action.name()), std::move(resource)};
        if (const auto earlier = earlier_lanes_.find(lane); earlier != earlier_lanes_.end()) {
            return earlier->second;
        }
        if (task_.lanes.size() >= lanes_compared_max) {
            const std::size_t leaving = task_.lanes.size() - lanes_compared_max;
            earlier_lanes_.emplace(task_.lanes[leaving], static_cast<std::uint32_t>(leaving));
        }
        task_.lanes.push_back(std::move(lane));
        return static_cast<std::uint32_t>(task_.lanes.size() - 1);
    }

    /// The fields of the second form beside operations. False where the message is rejected.
    bool read_header(const json::object& message) {
        for (const auto& field : message) {
            const std::string problem = read_field(field.key(), field.value());
            if (!problem.empty()) {
                reject_message(problem);
                return false;
            }
        }
        if (not_before_ && deadline_ && *deadline_ <= *not_before_) {
            reject_message("deadline is not after not_before: nothing could ever be done");
            return false;
        }
        return true;
    }

    /// What is wrong with the field; empty where nothing is.
    std::string read_field(std::string_view key, const json::value& value) {
        if (key == "operations" || key.starts_with("x-")) {
            return {};
        }
        if (key == "version") {
            return value == json::value(1) ? "" : "version has to be 1";
        }
        if (key == "id") {
            return read_text(key, value, task_.name);
        }
        if (key == "requester") {
            return read_text(key, value, task_.requester);
        }
        if (key == "labels") {
            return read_labels(value);
        }
        if (key == "not_before") {
            return read_time(key, value, not_before_);
        }
        if (key == "deadline") {
            return read_time(key, value, deadline_);
        }
        if (key == "priority") {
            return read_priority(value);
        }
        if (key == "sequence") {
            return value.is_int64() && value.get_int64() >= 0
                       ? ""
                       : "sequence has to be a whole number from 0";
        }
        return fmt::format("no such field: {} (a task has version, id, requester, labels, "
                           "sequence, not_before, deadline, priority and operations)",
                           masked_excerpt(key, name_bytes_max));
    }

    static std::string read_text(std::string_view key, const json::value& value,
                                 std::string& text) {
        constexpr std::size_t length_max = 256;
        if (!value.is_string() || value.get_string().empty() ||
            value.get_string().size() > length_max) {
            return fmt::format("{} has to be a string of 1 to {} bytes", key, length_max);
        }
        text = std::string_view(value.get_string());
        return {};
    }

    std::string read_labels(const json::value& value) {
        if (!value.is_object()) {
            return "labels has to be an object";
        }
        constexpr std::size_t length_max = 4096;
        task_.labels = json::serialize(value);
        return task_.labels.size() <= length_max ? "" : "labels: 4,096 bytes at most";
    }

    static std::string read_time(std::string_view key, const json::value& value,
                                 std::optional<base::Timestamp>& time) {
        if (!value.is_string()) {
            return fmt::format("{} has to be a time like 2026-11-24T00:10:00Z", key);
        }
        auto parsed = base::parse_timestamp(value.get_string());
        if (!parsed.has_value()) {
            return fmt::format("{}: {}", key, parsed.error().message());
        }
        time = *parsed;
        return {};
    }

    std::string read_priority(const json::value& value) {
        if (!value.is_int64() || value.get_int64() < -100 || value.get_int64() > 100) {
            return "priority has to be a whole number from -100 to 100";
        }
        priority_ = static_cast<std::int32_t>(value.get_int64());
        return {};
    }

    void reject(std::string_view place, std::string_view reason, std::string_view excerpt,
                const LaneKey& lane = {}) {
        if (task_.rejections.size() >= rules_.rejections_max) {
            ++further_;
            return;
        }
        // Place and reason may repeat what the message has for a key or a value.
        task_.rejections.push_back({masked_excerpt(place, place_bytes_max),
                                    masked_excerpt(reason, reason_bytes_max),
                                    masked_excerpt(excerpt), lane});
    }

    void reject_message(std::string_view reason) {
        task_.operations.clear();
        task_.lanes.clear();
        reject("", reason, body_);
    }

    std::string_view body_;
    const TaskRules& rules_;
    AcceptTask task_;
    /// The lanes but for the last few, which are compared one by one.
    static constexpr std::size_t lanes_compared_max = 8;
    std::map<LaneKey, std::uint32_t> earlier_lanes_;
    std::size_t further_ = 0;
    bool has_unlisted_account_ = false;
    std::int32_t priority_ = 0;
    std::optional<base::Timestamp> not_before_;
    std::optional<base::Timestamp> deadline_;
};

void append(std::string& text, std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
}

} // namespace

std::string describe_unlisted(const base::AccountId& account) {
    return fmt::format("account {} is not listed under targets.accounts, and targets.only_listed "
                       "is true",
                       account.value());
}

std::string content_digest(const AcceptTask& task) {
    std::string content;
    for (const NewOperation& operation : task.operations) {
        const LaneKey& lane = task.lanes[operation.lane];
        append(content, lane.account.value());
        append(content, lane.action);
        append(content, lane.resource);
        append(content, operation.item);
        append(content, std::to_string(operation.priority));
        append(content, operation.not_before ? base::format(*operation.not_before) : "");
        append(content, operation.deadline ? base::format(*operation.deadline) : "");
    }
    for (const Rejection& rejection : task.rejections) {
        append(content, rejection.place);
        append(content, rejection.excerpt);
    }
    return base::format_hex(base::sha256(content));
}

AcceptTask parse_task(std::string_view body, const TaskRules& rules) {
    TaskReader reader(body, rules);
    AcceptTask task = reader.read();
    if (task.name.empty() && task.rejections.empty()) {
        return task;
    }
    if (reader.has_unlisted_account()) {
        // Which accounts are listed may change between two sendings of the same content.
        TaskRules for_all_accounts = rules;
        for_all_accounts.accounts.reset();
        task.digest = content_digest(TaskReader(body, for_all_accounts).read());
    } else {
        task.digest = content_digest(task);
    }
    return task;
}

} // namespace exarch::core
