#include "base/assert.hpp"
#include "kind_of_input.hpp"
#include "sandbox/journal.hpp"
#include "sandbox/sandbox.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

using namespace exarch;

namespace {

// What the referee is asked for: done, or refused as a whole.
void check_control(http::Request request) {
    sandbox::Sandbox cloud({}, {});
    const auto exchange = cloud.open(std::move(request), {});
    const auto answer = cloud.step(*exchange, {});
    const int status = std::get<http::Response>(answer).status;
    EXARCH_ASSERT(status == 200 || (status >= 400 && status < 500));
}

/// A file in memory, emptied for each input.
class MemoryFile {
public:
    MemoryFile() : descriptor_(memfd_create("journal", MFD_CLOEXEC)) {
        EXARCH_ASSERT(descriptor_ >= 0);
    }
    ~MemoryFile() { close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    [[nodiscard]] std::string path() const {
        return "/proc/self/fd/" + std::to_string(descriptor_);
    }
    void hold(std::string_view text) {
        EXARCH_ASSERT(ftruncate(descriptor_, 0) == 0);
        EXARCH_ASSERT(pwrite(descriptor_, text.data(), text.size(), 0) ==
                      static_cast<ssize_t>(text.size()));
    }

private:
    int descriptor_;
};

// A file that was read is read again as the same; what stands in it happens, or is refused.
void check_journal(std::string_view text) {
    static MemoryFile file;
    file.hold(text);
    auto journal = sandbox::Journal::open(file.path(), {}, {});
    if (!journal.has_value()) {
        EXARCH_ASSERT(journal.error().kind() == base::ErrorKind::invalid);
        return;
    }
    auto deeds = journal->take_deeds();
    auto again = sandbox::Journal::open(file.path(), {}, {});
    EXARCH_ASSERT(again.has_value() && again->take_deeds().size() == deeds.size());
    sandbox::Sandbox cloud({}, {});
    const auto repeated = cloud.repeat(std::move(deeds), {});
    EXARCH_ASSERT(repeated.has_value() || !repeated.error().message().empty());
}

} // namespace

// What turns the sandbox from outside, and the file that it goes on from: the first line tells what
// the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [kind, rest] = KindOfInput(data, size);
    if (kind == "accounts" || kind == "faults" || kind == "expire") {
        check_control({.method = "POST",
                       .origin = {},
                       .target = "/_sandbox/" + std::string(kind),
                       .body = std::string(rest)});
    } else if (kind == "target") {
        check_control({.origin = {}, .target = "/_sandbox/" + std::string(rest)});
    } else if (kind == "journal") {
        check_journal(rest);
    }
    return 0;
}
