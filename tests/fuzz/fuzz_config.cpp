#include "base/assert.hpp"
#include "config/load.hpp"
#include "lines.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using exarch::base::Environment;

bool is_one_line(const std::string& message) {
    return std::ranges::none_of(message, [](char c) { return c >= 0 && c < ' '; });
}

// The first line is a variable's name and value where it begins with EXARCH_, the rest the file.
Environment take_variable(std::string_view& text) {
    const bool has_variable = text.starts_with("EXARCH_");
    return Environment(exarch::parse_variables(has_variable ? exarch::take_line(text) : ""));
}

} // namespace

// Any file and variable either make a configuration that keeps its promises, or are refused as
// invalid in one line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    const Environment environment = take_variable(text);
    const auto config = exarch::config::parse_config(text, "f", {}, environment);
    if (!config.has_value()) {
        EXARCH_ASSERT(config.error().kind() == exarch::base::ErrorKind::invalid);
        EXARCH_ASSERT(is_one_line(config.error().message()));
        EXARCH_ASSERT(config.error().message().size() < 4096);
        return 0;
    }
    EXARCH_ASSERT(!config->queues.empty());
    EXARCH_ASSERT(!config->ledger_path.empty());
    EXARCH_ASSERT(config->worker.pending_max >= 1);
    for (const auto& [account, target] : config->targets.accounts) {
        EXARCH_ASSERT(exarch::base::is_account_id(account.value()));
        EXARCH_ASSERT(config->may_touch(account));
        EXARCH_ASSERT(config->role_for(account, "aws").value().contains(account.value()));
        EXARCH_ASSERT(config->quota_for(account, "sts.AssumeRole").rate > 0);
    }
    return 0;
}
