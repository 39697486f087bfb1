#include "base/environment.hpp"

#include "base/assert.hpp"
#include "base/sha256.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace exarch::base {

Environment::Environment(std::map<std::string, std::string, std::less<>> variables)
    : variables_(std::move(variables)) {}

Environment Environment::of_process() {
    std::map<std::string, std::string, std::less<>> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return Environment(std::move(variables));
}

std::optional<std::string> Environment::get(std::string_view name) const {
    const auto found = variables_.find(name);
    if (found == variables_.end() || found->second.empty()) {
        return std::nullopt;
    }
    return found->second;
}

void set_in_process(const std::string& name, const std::string& value) {
    const int status = ::setenv(name.c_str(), value.c_str(), 1);
    EXARCH_ASSERT(status == 0 || errno == ENOMEM);
}

std::string SystemEntropy::hex(std::size_t bytes) {
    std::string raw(bytes, '\0');
    std::size_t filled = 0;
    while (filled < raw.size()) {
        const ssize_t got = ::getrandom(raw.data() + filled, raw.size() - filled, 0);
        EXARCH_ASSERT(got >= 0 || errno == EINTR);
        filled += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return format_hex(raw);
}

} // namespace exarch::base
