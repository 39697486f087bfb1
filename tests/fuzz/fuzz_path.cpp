#include "actions/cloudfront_invalidate.hpp"
#include "actions/path.hpp"
#include "base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// A path is either refused as invalid, or brought into a form that is plain ASCII, has its only
// wildcard at its end, and stays the same when it is brought into that form again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace exarch;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto path = actions::canonical_path(text);
    if (!path.has_value()) {
        EXARCH_ASSERT(path.error().kind() == base::ErrorKind::invalid);
        EXARCH_ASSERT(path.error().message().size() < 256);
        return 0;
    }
    EXARCH_ASSERT(path->size() <= actions::path_bytes_max);
    EXARCH_ASSERT(path->front() == '/' || path->front() == '#');
    EXARCH_ASSERT(std::ranges::all_of(*path, [](char c) { return c > 0x20 && c < 0x7f; }));
    EXARCH_ASSERT(std::min(path->find('*'), path->size() - 1) == path->size() - 1);
    const auto cover = actions::cloudfront_invalidate().cover(*path);
    EXARCH_ASSERT(cover.has_value() == (path->front() == '/' && path->back() == '*'));
    const auto again = actions::canonical_path(*path);
    EXARCH_ASSERT(again.has_value());
    EXARCH_ASSERT(*again == *path);
    return 0;
}
