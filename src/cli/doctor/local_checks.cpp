#include "cli/doctor/local_checks.hpp"

#include "core/task/task.hpp"
#include "ledger/sqlite.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

namespace exarch::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view create_api = "cloudfront.CreateInvalidation";
/// Source: "Quotas on invalidations", CloudFront Developer Guide; the rate has been seen, not
/// documented.
constexpr double create_rate_max = 1;
constexpr std::int64_t paths_max = 3000;
constexpr std::int64_t wildcards_max = 15;

/// Locks and shared memory, which SQLite's log needs, do not work across machines.
bool is_network_disk(const fs::path& place) {
    constexpr std::array<std::uint32_t, 4> magics = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
                                                     CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC};
    struct statfs facts{};
    if (statfs(place.c_str(), &facts) != 0) {
        return false;
    }
    return std::ranges::find(magics, static_cast<std::uint32_t>(facts.f_type)) != magics.end();
}

/// To where a ledger is usually kept. What it holds must not be left behind.
Mend move_ledger(const fs::path& file) {
    const std::string move =
        fs::exists(file) ? fmt::format("cp -p {}* /var/lib/exarch/    # while no worker runs\n",
                                       shell_word(file.string()))
                         : "";
    return command(fmt::format("sudo install -d -o \"$(id -u)\" /var/lib/exarch\n{}export "
                               "EXARCH_LEDGER={}    # or `ledger:` in exarch.yaml",
                               move,
                               shell_word("sqlite:/var/lib/exarch/" + file.filename().string())));
}

/// Another name beside it.
Mend name_another(const fs::path& file, const base::Environment& environment) {
    const std::string name = file.filename() == "exarch.db" ? "ledger.db" : "exarch.db";
    return set_keys(environment, {},
                    {{"ledger", "sqlite:" + (file.parent_path() / name).string()}});
}

Findings check_place(const std::string& subject, const fs::path& file) {
    const fs::path parent = file.parent_path();
    const fs::path directory = parent.empty() ? fs::path(".") : parent;
    std::error_code failure;
    if (!fs::is_directory(directory, failure)) {
        return {{Grade::wrong, subject,
                 fmt::format("its directory {} does not exist", directory.string()),
                 command("mkdir -p " + shell_word(directory.string()))}};
    }
    if (access(directory.c_str(), W_OK) != 0) {
        return {{Grade::wrong, subject,
                 fmt::format("its directory {} cannot be written by this user", directory.string()),
                 command("sudo chown \"$(id -u)\" " + shell_word(directory.string()))}};
    }
    Findings findings;
    if (is_network_disk(directory)) {
        findings.push_back({Grade::wrong, subject,
                            "is on a network disk, where its locks do not hold: put it on a local "
                            "one",
                            move_ledger(file)});
    }
    constexpr std::uintmax_t room_min = std::uintmax_t{1} << 30;
    const fs::space_info space = fs::space(directory, failure);
    if (!failure && space.available < room_min) {
        findings.push_back({Grade::warning, subject,
                            fmt::format("has {} MiB of room left on its disk; a million waiting "
                                        "operations take about 250",
                                        space.available >> 20)});
    }
    return findings;
}

} // namespace

std::string_view format(Grade grade) {
    switch (grade) {
    case Grade::good:
        return "good";
    case Grade::note:
        return "note";
    case Grade::warning:
        return "warning";
    case Grade::wrong:
        return "wrong";
    }
    return "wrong";
}

Findings check_clock(base::Duration correction) {
    if (correction == base::Duration()) {
        return {
            {Grade::good, "clock", "less than 4 minutes off AWS's, which signatures bear with"}};
    }
    const bool is_slow = correction > base::Duration();
    return {{Grade::warning, "clock",
             fmt::format("is {} {} AWS's; signatures are corrected for it, deadlines and "
                         "not_before are not",
                         base::format_for_people(is_slow ? correction : -correction),
                         is_slow ? "behind" : "ahead of"),
             command("sudo timedatectl set-ntp true")}};
}

Finding tell_unlisted(const base::AccountId& account, const base::Environment& environment) {
    return {Grade::wrong, "account " + account.value(),
            core::describe_unlisted(account) +
                ": it was not looked at, and what has been accepted for it waits",
            set_keys(environment, {"targets", "accounts"}, {{account.value(), "{}"}})};
}

Findings check_limits(const config::Config& config, const base::Environment& environment) {
    Findings findings;
    const auto check_rate = [&](const base::AccountId& account, config::KeyPath place) {
        const config::Quota quota = config.quota_for(account, create_api);
        if (quota.rate > create_rate_max) {
            place.emplace_back(create_api);
            findings.push_back(
                {Grade::warning, "quotas",
                 fmt::format("{} is {:g} calls a second; AWS has been seen to throttle beyond 1",
                             config::format(place), quota.rate),
                 set_keys(environment, place, {{"rate", "1"}, {"burst", "1"}})});
        }
    };
    check_rate(base::AccountId(), {"quotas"});
    for (const auto& [account, settings] : config.targets.accounts) {
        if (settings.quotas.contains(create_api)) {
            check_rate(account, {"targets", "accounts", account.value(), "quotas"});
        }
    }
    if (config.in_progress.paths > paths_max || config.in_progress.wildcards > wildcards_max) {
        findings.push_back(
            {Grade::warning, "quotas",
             fmt::format("in_progress is {} paths and {} wildcards; AWS allows "
                         "3,000 and 15 unless support has raised it",
                         config.in_progress.paths, config.in_progress.wildcards),
             set_keys(environment, {"in_progress"}, {{"paths", "3000"}, {"wildcards", "15"}})});
    }
    if (findings.empty()) {
        findings.push_back({Grade::good, "quotas", "within what AWS is known to allow"});
    }
    return findings;
}

Findings check_learned(const std::vector<ledger::AccountReport>& accounts) {
    Findings findings;
    for (const ledger::AccountReport& account : accounts) {
        for (const ledger::LearnQuota& quota : account.quotas) {
            findings.push_back(
                {Grade::note, "quotas",
                 fmt::format("AWS throttled {} in {}: paced at {:.2g} calls a second since {}, "
                             "rising again; somebody else calls there too",
                             quota.api, account.account.value(), quota.rate,
                             base::format(quota.learned_at))});
        }
    }
    return findings;
}

Findings check_ledger(const std::string& path, const base::Status& readable,
                      const base::Environment& environment) {
    const std::string subject = "ledger " + path;
    const bool is_missing =
        !readable.has_value() && readable.error().kind() == base::ErrorKind::not_found;
    if (!readable.has_value() && !is_missing) {
        const bool is_foreign =
            readable.error().kind() == base::ErrorKind::invalid && !ledger::is_ledger_file(path);
        return {{Grade::wrong, subject, readable.error().message(),
                 is_foreign ? name_another(path, environment) : Mend()}};
    }
    Findings findings = check_place(subject, path);
    if (findings.empty()) {
        findings.push_back({Grade::good, subject,
                            is_missing ? "will be made by the first worker" : "can be read"});
    }
    return findings;
}

} // namespace exarch::cli
