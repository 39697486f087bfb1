#include "base/assert.hpp"
#include "cli/command_line.hpp"
#include "ledger/numbered_key.hpp"
#include "lines.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace exarch;

namespace {

// Whom --task and --operation name: what was read is written, and read again, as the same.
void check_keys(std::string_view text) {
    if (const auto key = ledger::parse_operation_key(text)) {
        EXARCH_ASSERT(ledger::parse_operation_key(ledger::format(*key)) == key);
    }
    if (const auto key = ledger::parse_task_key(text)) {
        EXARCH_ASSERT(ledger::parse_task_key(ledger::format(*key)) == key);
    }
}

} // namespace

// One argument a line: understood, or refused in one line that says what is wrong.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> arguments;
    while (!text.empty()) {
        arguments.emplace_back(take_line(text));
        check_keys(arguments.back());
    }
    const auto parsed = cli::parse_command_line(arguments);
    if (!parsed.has_value()) {
        const cli::EarlyEnd& end = parsed.error();
        EXARCH_ASSERT(!end.text.empty());
        EXARCH_ASSERT(end.exit_code == cli::ExitCode::done ||
                      end.text.find('\n') == std::string::npos ||
                      end.text.find('\n') == end.text.size() - 1);
    }
    return 0;
}
