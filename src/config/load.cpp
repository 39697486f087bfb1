#include "config/load.hpp"

#include "base/assert.hpp"
#include "config/document.hpp"
#include "config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace exarch::config {
namespace {

constexpr std::string_view default_file = "exarch.yaml";

base::Error wrong(const Setting& setting, std::string_view what) {
    return base::Error(base::ErrorKind::invalid, fmt::format("{}: {}: {}", format(setting.place),
                                                             format(setting.path), what));
}

base::Status apply_all(Config& config, std::span<const Setting> settings) {
    for (const Setting& setting : settings) {
        const Key* key = find_key(setting.path);
        EXARCH_ASSERT(key != nullptr);
        EXARCH_ASSERT(key->apply != nullptr);
        if (const base::Status status = key->apply(config, setting); !status.has_value()) {
            return std::unexpected(wrong(setting, status.error().message()));
        }
    }
    return {};
}

std::vector<Setting> settings_of_flags(const std::vector<Flag>& flags) {
    std::vector<Setting> settings;
    for (const Flag& flag : flags) {
        settings.push_back(Setting{flag.path, flag.value, Place{flag.name, 0, 0}});
    }
    return settings;
}

base::Status refuse_both_queues(std::span<const Setting> settings) {
    const auto one = std::ranges::find(settings, KeyPath{"queue"}, &Setting::path);
    const auto list = std::ranges::find_if(
        settings, [](const Setting& setting) { return setting.path.front() == "queues"; });
    if (one != settings.end() && list != settings.end()) {
        return std::unexpected(wrong(one->place.line > list->place.line ? *one : *list,
                                     "both queue and queues are set; keep one of them"));
    }
    return {};
}

/// The last of them counts.
const Setting& ledger_setting(std::span<const Setting> settings) {
    const auto found = std::find_if(settings.rbegin(), settings.rend(), [](const Setting& setting) {
        return setting.path == KeyPath{"ledger"};
    });
    EXARCH_ASSERT(found != settings.rend());
    return *found;
}

base::Status check_whole(const Config& config, std::span<const Setting> settings,
                         const LoadRequest& request) {
    if (config.targets.only_listed && config.targets.accounts.empty()) {
        const auto found =
            std::ranges::find(settings, KeyPath{"targets", "only_listed"}, &Setting::path);
        EXARCH_ASSERT(found != settings.end());
        return std::unexpected(
            wrong(*found, "no account could be touched; list some under targets.accounts"));
    }
    if (request.ledger_required && config.is_stateless) {
        return std::unexpected(wrong(ledger_setting(settings),
                                     "`none` is for a Lambda function (exarch lambda), which keeps "
                                     "nothing; give a ledger here, like sqlite:exarch.db"));
    }
    if (request.queue_required && config.queues.empty()) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            fmt::format("{}: no queue is set; write `queue: URL` into {}, or set EXARCH_QUEUE",
                        config.file.empty() ? "configuration" : config.file,
                        config.file.empty() ? default_file : config.file)));
    }
    return {};
}

base::Result<Config> put_together(std::vector<Setting> settings, std::string_view name,
                                  const LoadRequest& request,
                                  const base::Environment& environment) {
    EXARCH_CHECK(refuse_both_queues(settings));
    EXARCH_TRY(std::vector<Setting> variables, settings_of(environment));
    std::vector<Setting> flags = settings_of_flags(request.flags);
    Config config;
    config.file = name;
    std::ranges::move(variables, std::back_inserter(settings));
    std::ranges::move(flags, std::back_inserter(settings));
    EXARCH_CHECK(apply_all(config, settings));
    EXARCH_CHECK(check_whole(config, settings, request));
    return config;
}

} // namespace

// One byte more than a document may have tells that it has too many.
base::Result<std::string> read_file(const std::string& name) {
    const auto failed = [&](int reason) {
        const base::ErrorKind kind =
            reason == ENOENT ? base::ErrorKind::not_found : base::ErrorKind::system;
        return std::unexpected(
            base::Error(kind, fmt::format("{}: cannot be read: {}", name, std::strerror(reason))));
    };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(name.c_str(), "rbe"),
                                                               &std::fclose);
    if (file == nullptr) {
        return failed(errno);
    }
    std::string text(document_bytes_max + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get()) != 0) {
        return failed(errno);
    }
    return text;
}

base::Result<Config> load(const LoadRequest& request, const base::Environment& environment) {
    std::string file = request.file;
    if (file.empty()) {
        file = environment.get("EXARCH_CONFIG").value_or("");
    }
    const bool named = !file.empty();
    base::Result<std::string> text = read_file(named ? file : std::string(default_file));
    if (text.has_value()) {
        return parse_config(*text, named ? file : default_file, request, environment);
    }
    if (named || text.error().kind() != base::ErrorKind::not_found) {
        return std::unexpected(std::move(text).error());
    }
    return put_together({}, {}, request, environment);
}

base::Result<Config> parse_config(std::string_view text, std::string_view name,
                                  const LoadRequest& request,
                                  const base::Environment& environment) {
    EXARCH_TRY(const Node document, parse_document(text, name));
    EXARCH_TRY(std::vector<Setting> settings, settings_of(document));
    return put_together(std::move(settings), name, request, environment);
}

} // namespace exarch::config
