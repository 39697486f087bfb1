#include "base/assert.hpp"
#include "base/json.hpp"
#include "lambda/events/scheduled_event.hpp"
#include "lambda/events/sqs_event.hpp"
#include "lambda/table/ticks.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

using namespace exarch;

namespace {

// A tick names an account, and is what would be left for it.
void check_tick(std::string_view text) {
    const auto account = lambda::parse_tick(text);
    if (account.has_value()) {
        EXARCH_ASSERT(base::is_account_id(account->value()));
        EXARCH_ASSERT(lambda::parse_tick(lambda::format_tick(*account)) == account);
    }
}

} // namespace

// Whatever Lambda hands over is refused with a reason, or read into messages each of which can be
// given back; and the answer names each of those once, and can be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_tick(text);
    const auto records = lambda::parse_sqs_event(text);
    static_cast<void>(lambda::is_scheduled_event(text));
    if (!records.has_value()) {
        EXARCH_ASSERT(records.error().kind() == base::ErrorKind::invalid);
        EXARCH_ASSERT(records.error().message().starts_with("this is no event of SQS: "));
        return 0;
    }
    std::set<std::string> ids;
    for (const lambda::SqsRecord& record : *records) {
        EXARCH_ASSERT(!record.origin.message_id.empty());
        EXARCH_ASSERT(!record.flaw.empty() || !record.origin.queue.empty());
        ids.insert(record.origin.message_id);
    }
    const auto all = lambda::messages_to_return(*records, [](const auto&) { return true; });
    EXARCH_ASSERT(std::set<std::string>(all.begin(), all.end()) == ids);
    EXARCH_ASSERT(all.size() == ids.size());
    const auto answer = base::parse_json(lambda::format_batch_answer(all));
    EXARCH_ASSERT(answer.has_value());
    EXARCH_ASSERT(answer->at("batchItemFailures").as_array().size() == ids.size());
    return 0;
}
