#include "base/assert.hpp"
#include "sandbox/functions/package.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

// Code that a client sends is refused as invalid, or becomes files that stay within the package and
// within the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace exarch;
    using sandbox::functions::PackageLimits;
    constexpr PackageLimits limits{.unzipped_bytes_max = 1'000'000, .files_max = 100};
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto package = sandbox::functions::read_package(text, limits);
    if (!package.has_value()) {
        EXARCH_ASSERT(package.error().kind() == base::ErrorKind::invalid);
        return 0;
    }
    EXARCH_ASSERT(package->files.size() <= limits.files_max);
    std::size_t bytes = 0;
    for (const auto& file : package->files) {
        bytes += file.contents.size();
        EXARCH_ASSERT(!file.path.empty() && file.path.front() != '/');
        EXARCH_ASSERT(!("/" + file.path + "/").contains("/../"));
    }
    EXARCH_ASSERT(bytes <= limits.unzipped_bytes_max);
    return 0;
}
