#include "base/assert.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

// Any text is either refused as invalid, with a message of bounded length, or read into a value
// that says the same when it is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = exarch::base::parse_json(text);
    if (!parsed.has_value()) {
        EXARCH_ASSERT(parsed.error().kind() == exarch::base::ErrorKind::invalid);
        EXARCH_ASSERT(parsed.error().message().size() < 1024);
        return 0;
    }
    const auto again =
        exarch::base::parse_json(boost::json::serialize(*parsed), {.bytes_max = 16 * 1'048'576});
    EXARCH_ASSERT(again.has_value());
    EXARCH_ASSERT(*again == *parsed);
    return 0;
}
