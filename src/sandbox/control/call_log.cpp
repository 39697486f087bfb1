#include "sandbox/control/call_log.hpp"

namespace exarch::sandbox {
namespace {

boost::json::value text_or_null(const std::string& text) {
    if (text.empty()) {
        return nullptr;
    }
    return boost::json::string(text);
}

boost::json::object to_json(const CallRecord& record) {
    boost::json::object json{{"number", record.number},
                             {"time", base::format(record.time)},
                             {"service", record.service},
                             {"action", record.action},
                             {"account", text_or_null(record.account.value())},
                             {"caller", text_or_null(record.caller)},
                             {"region", text_or_null(record.region)},
                             {"outcome", text_or_null(record.outcome)},
                             {"effect", record.effect},
                             {"fault", text_or_null(record.fault)}};
    for (const auto& [key, value] : record.details) {
        json.emplace(key, value);
    }
    return json;
}

/// About what it takes in memory.
std::size_t bytes_of(const boost::json::value& value) {
    std::size_t bytes = sizeof(value);
    if (const auto* const text = value.if_string()) {
        bytes += text->size();
    } else if (const auto* const array = value.if_array()) {
        for (const boost::json::value& each : *array) {
            bytes += bytes_of(each);
        }
    }
    return bytes;
}

} // namespace

std::shared_ptr<CallRecord> CallLog::open(base::Timestamp now) {
    auto record = std::make_shared<CallRecord>();
    record->number = total_++;
    record->time = now;
    entries_.push_back({record});
    if (entries_.size() > records_max) {
        drop_oldest();
    }
    return record;
}

void CallLog::close(const CallRecord& record) {
    const std::int64_t first = entries_.empty() ? total_ : entries_.front().record->number;
    const auto index = static_cast<std::size_t>(record.number - first);
    // It may be gone already, or of a log before a reset.
    if (record.number < first || index >= entries_.size() ||
        entries_[index].record.get() != &record) {
        return;
    }
    std::size_t bytes = 0;
    for (const auto& [key, value] : record.details) {
        bytes += bytes_of(value);
    }
    entries_[index].details_bytes = bytes;
    details_bytes_ += bytes;
    while (details_bytes_ > details_bytes_max && entries_.size() > 1) {
        drop_oldest();
    }
}

void CallLog::drop_oldest() {
    details_bytes_ -= entries_.front().details_bytes;
    entries_.pop_front();
}

boost::json::array CallLog::since(std::int64_t first) const {
    boost::json::array json;
    for (const Entry& entry : entries_) {
        if (entry.record->number >= first) {
            json.push_back(to_json(*entry.record));
        }
    }
    return json;
}

} // namespace exarch::sandbox
