#include "base/assert.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

// Boost.JSON rounds the last bit of a double either way, so doubles are left out of comparison.
void drop_doubles(boost::json::value& value) {
    if (value.is_double()) {
        value = nullptr;
    } else if (auto* array = value.if_array()) {
        for (auto& element : *array) {
            drop_doubles(element);
        }
    } else if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            drop_doubles(member.value());
        }
    }
}

} // namespace

// Any text is either refused as invalid, with a message of bounded length, or read into a value
// that says the same when it is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto parsed = exarch::base::parse_json(text);
    if (!parsed.has_value()) {
        EXARCH_ASSERT(parsed.error().kind() == exarch::base::ErrorKind::invalid);
        EXARCH_ASSERT(parsed.error().message().size() < 1024);
        return 0;
    }
    drop_doubles(*parsed);
    const auto again =
        exarch::base::parse_json(boost::json::serialize(*parsed), {.bytes_max = 16 * 1'048'576});
    EXARCH_ASSERT(again.has_value());
    EXARCH_ASSERT(*again == *parsed);
    return 0;
}
