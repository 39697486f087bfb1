#include "aws/credentials/document.hpp"
#include "aws/credentials/process/command_line.hpp"
#include "aws/credentials/sso/config.hpp"
#include "aws/credentials/sso/token.hpp"
#include "aws/profile.hpp"
#include "base/assert.hpp"
#include "kind_of_input.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace exarch;

namespace {

/// The config file, and after a line `--` the credentials file.
void check_files(std::string_view text) {
    constexpr std::string_view between = "\n--\n";
    const std::size_t at = std::min(text.find(between), text.size());
    const std::string_view rest = text.substr(std::min(at + between.size(), text.size()));
    const auto shared =
        aws::SharedConfig::parse({.file = "config", .text = std::string(text.substr(0, at))},
                                 {.file = "credentials", .text = std::string(rest)}, "default");
    if (!shared.has_value()) {
        // A complaint names one of the two files and never what stands in them beside a name.
        const std::string& message = shared.error().message();
        EXARCH_ASSERT(message.contains("config") || message.contains("credentials"));
        return;
    }
    if (shared->profile() != nullptr) {
        static_cast<void>(shared->profile()->get("aws_access_key_id"));
        static_cast<void>(aws::sso_config(*shared, "default"));
    }
    const auto region = aws::configured_region(base::Environment({}), *shared);
    EXARCH_ASSERT(!region.has_value() || !region->has_value() || !(*region)->value().empty());
}

void check_keys(const base::Result<sigv4::Credentials>& keys) {
    EXARCH_ASSERT(!keys.has_value() || (!keys->access_key_id.value().empty() &&
                                        !keys->secret_access_key.reveal().empty()));
}

} // namespace

// What stands in the files below ~/.aws, and what a process or an agent says: the first line tells
// what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [kind, rest] = KindOfInput(data, size);
    if (kind == "files") {
        check_files(rest);
    } else if (kind == "command") {
        const auto words = aws::split_command(rest);
        EXARCH_ASSERT(words.has_value() || !words.error().message().empty());
    } else if (kind == "process") {
        check_keys(aws::parse_process_document(rest, "process"));
    } else if (kind == "container") {
        check_keys(aws::parse_credentials_document(rest, "container"));
    } else if (kind == "token") {
        const auto token = aws::parse_sso_token(rest);
        EXARCH_ASSERT(!token.has_value() || !token->access_token.reveal().empty());
    }
    return 0;
}
