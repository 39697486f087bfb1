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

} // namespace

std::shared_ptr<CallRecord> CallLog::open(base::Timestamp now) {
    auto record = std::make_shared<CallRecord>();
    record->number = total_++;
    record->time = now;
    records_.push_back(record);
    if (records_.size() > records_max) {
        records_.pop_front();
    }
    return record;
}

boost::json::array CallLog::since(std::int64_t first) const {
    boost::json::array json;
    for (const auto& record : records_) {
        if (record->number >= first) {
            json.push_back(to_json(*record));
        }
    }
    return json;
}

} // namespace exarch::sandbox
