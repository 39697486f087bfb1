#include "base/assert.hpp"
#include "ledger/numbered_key.hpp"
#include "ledger/sqlite/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace exarch;

namespace {

/// A few bytes can stand for ten million ids, which is as it should be and takes its time.
bool is_quick(std::string_view text) {
    constexpr std::size_t digits_max = 5;
    std::size_t digits = 0;
    for (const char c : text) {
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        if (digits > digits_max) {
            return false;
        }
    }
    return true;
}

} // namespace

// A column of a damaged ledger is refused, or it is what was written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (is_quick(text)) {
        const auto operations = ledger::decode_operations(text);
        EXARCH_ASSERT(!operations.has_value() || ledger::encode_operations(*operations) == text);
    }
    const ledger::CompactText compact(text);
    if (compact.is_short()) {
        EXARCH_ASSERT(ledger::expand_compact(compact.bytes()) == text);
    } else {
        EXARCH_ASSERT(compact.bytes() == text);
    }
    std::string lines;
    std::int64_t index = 0;
    for (const std::string& item : ledger::decode_items(text)) {
        EXARCH_ASSERT(ledger::item_at(text, index) == item);
        ledger::append_item(lines, item);
        ++index;
    }
    EXARCH_ASSERT(!text.ends_with('\n') || lines == text);
    const auto key = ledger::parse_task_key(text);
    EXARCH_ASSERT(!key.has_value() || ledger::format(*key) == text);
    return 0;
}
