#include "config/keys.hpp"

#include "base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace exarch::config {
namespace {

using Shape = Key::Shape;
using std::chrono::days;
using std::chrono::seconds;

constexpr Range<base::Duration> any_lifetime{seconds(1), days(3650)};

base::Status refuse(std::string message) {
    return std::unexpected(base::Error(base::ErrorKind::invalid, std::move(message)));
}

template <class T, class Target>
base::Status store(base::Result<T> value, Target& target) {
    if (!value.has_value()) {
        return std::unexpected(std::move(value).error());
    }
    target = std::move(*value);
    return {};
}

// For what is accepted as grammar already, so that a file need not be rewritten.
base::Status comes_later(std::string_view what, std::string_view instead) {
    return refuse(fmt::format("{} comes in a later version; {}", what, instead));
}

base::Status set_version(Config&, const Setting& setting) {
    if (setting.text != "1") {
        return refuse(fmt::format("{} is a format that this exarch does not read; it reads 1",
                                  quote(setting.text)));
    }
    return {};
}

base::Result<std::string> read_queue(const Setting& setting) {
    if (setting.text == "ledger:") {
        EXARCH_CHECK(comes_later("the queue `ledger:`", "give the URL of an SQS queue"));
    }
    return parse_queue_url(setting.text);
}

base::Status set_queue(Config& config, const Setting& setting) {
    EXARCH_TRY(const std::string url, read_queue(setting));
    config.queues.assign(1, url);
    return {};
}

base::Status add_queue(Config& config, const Setting& setting) {
    constexpr std::size_t queues_max = 64;
    EXARCH_TRY(std::string url, read_queue(setting));
    if (std::ranges::find(config.queues, url) != config.queues.end()) {
        return refuse(fmt::format("{} is listed already; leave one of them out", quote(url)));
    }
    if (config.queues.size() == queues_max) {
        return refuse(
            fmt::format("more than {} queues; give the rest to another worker", queues_max));
    }
    config.queues.push_back(std::move(url));
    return {};
}

/// As the API reference of DynamoDB's CreateTable has it (TableName).
bool is_table_name(std::string_view name) {
    constexpr std::size_t shortest = 3;
    constexpr std::size_t longest = 255;
    return name.size() >= shortest && name.size() <= longest && consists_of(name, "_.-");
}

base::Status set_ledger(Config& config, const Setting& setting) {
    constexpr std::string_view instead =
        "use sqlite:FILE, like sqlite:exarch.db, or dynamodb:TABLE";
    constexpr std::string_view prefix = "sqlite:";
    constexpr std::string_view table_prefix = "dynamodb:";
    config.ledger_is_set = true;
    config.ledger_table.clear();
    config.is_stateless = setting.text == "none";
    if (config.is_stateless) {
        return {};
    }
    if (setting.text.starts_with(table_prefix)) {
        std::string name = setting.text.substr(table_prefix.size());
        if (!is_table_name(name)) {
            return refuse(fmt::format("{} names no DynamoDB table: 3 to 255 of letters, digits "
                                      "and `_.-`, like dynamodb:exarch",
                                      quote(setting.text)));
        }
        config.ledger_table = std::move(name);
        return {};
    }
    if (!setting.text.starts_with(prefix)) {
        return refuse(fmt::format("{} is no ledger; {}", quote(setting.text), instead));
    }
    std::string path = setting.text.substr(prefix.size());
    if (path.empty() || path.starts_with(":memory:") || path.ends_with('/')) {
        return refuse(fmt::format("{} names no file that lasts; {}", quote(setting.text), instead));
    }
    config.ledger_path = std::move(path);
    return {};
}

base::Result<std::string> read_name(const Setting& setting, std::size_t length_max,
                                    std::string_view extra) {
    const std::string& text = setting.text;
    if (text.size() < 2 || text.size() > length_max || !consists_of(text, extra)) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid, fmt::format("{} does not fit AWS's rule: 2 to {} letters, "
                                                  "digits and _{}",
                                                  quote(text), length_max, extra)));
    }
    return text;
}

base::Result<std::string> read_external_id(const Setting& setting) {
    return read_name(setting, 1224, "=,.@:/+-");
}

base::Status set_role(Config& config, const Setting& setting) {
    EXARCH_TRY(RoleTemplate role, RoleTemplate::parse(setting.text));
    if (!role.has_account()) {
        return refuse(fmt::format("all accounts' work would go to account {}; write {{account}} "
                                  "in its place, or list that account under targets.accounts",
                                  role.account_written().value()));
    }
    config.targets.role = std::move(role);
    return {};
}

base::Status set_session_name(Config& config, const Setting& setting) {
    return store(read_name(setting, 64, "=,.@+-"), config.targets.session_name);
}

base::Status set_scope_session(Config& config, const Setting& setting) {
    constexpr std::array<std::string_view, 3> choices = {"account", "lane", "none"};
    EXARCH_TRY(const std::size_t choice, parse_choice(setting.text, choices));
    config.targets.scope_session = static_cast<SessionScope>(choice);
    return {};
}

base::Status set_in_progress_scope(Config& config, const Setting& setting) {
    constexpr std::array<std::string_view, 2> choices = {"distribution", "account"};
    EXARCH_TRY(const std::size_t choice, parse_choice(setting.text, choices));
    config.in_progress.scope = static_cast<InProgressScope>(choice);
    return {};
}

TargetAccount& account_of(Config& config, const Setting& setting) {
    EXARCH_ASSERT(setting.path.size() >= 3);
    return config.targets.accounts[base::AccountId(setting.path[2])];
}

base::Status declare_account(Config& config, const Setting& setting) {
    account_of(config, setting);
    return {};
}

base::Status set_account_role(Config& config, const Setting& setting) {
    EXARCH_TRY(RoleTemplate role, RoleTemplate::parse(setting.text));
    const std::string& account = setting.path[2];
    if (!role.has_account() && role.account_written().value() != account) {
        return refuse(fmt::format("the role is in account {}, not in {}; write {{account}} in its "
                                  "place",
                                  role.account_written().value(), account));
    }
    account_of(config, setting).role = std::move(role);
    return {};
}

base::Status set_account_region(Config& config, const Setting& setting) {
    EXARCH_TRY(std::string region, parse_region(setting.text));
    account_of(config, setting).region = base::Region(std::move(region));
    return {};
}

base::Status set_listen(Config& config, const Setting& setting) {
    config.worker.listen_is_set = true;
    if (setting.text == "none") {
        config.worker.listen.reset();
        return {};
    }
    return store(parse_listen_address(setting.text), config.worker.listen);
}

base::Result<double> read_burst(const Setting& setting) {
    EXARCH_TRY(const std::int64_t burst,
               parse_whole(setting.text, {1, static_cast<std::int64_t>(rate_max)}));
    return static_cast<double>(burst);
}

const Key keys[] = {
    {"version", Shape::plain, set_version},
    {"queue", Shape::text, set_queue},
    {"queues", Shape::list, nullptr},
    {"queues/<index>", Shape::map, nullptr},
    {"queues/<index>/url", Shape::text, add_queue},
    {"ledger", Shape::text, set_ledger},
    {"targets", Shape::map, nullptr},
    {"targets/role", Shape::text, set_role},
    {"targets/session_name", Shape::text, set_session_name},
    {"targets/external_id", Shape::text,
     [](Config& config, const Setting& setting) {
         return store(read_external_id(setting), config.targets.external_id);
     }},
    {"targets/scope_session", Shape::text, set_scope_session},
    {"targets/accounts", Shape::map, nullptr},
    {"targets/accounts/<account>", Shape::map, declare_account},
    {"targets/accounts/<account>/role", Shape::text, set_account_role},
    {"targets/accounts/<account>/external_id", Shape::text,
     [](Config& config, const Setting& setting) {
         return store(read_external_id(setting), account_of(config, setting).external_id);
     }},
    {"targets/accounts/<account>/region", Shape::text, set_account_region},
    {"targets/accounts/<account>/via", Shape::text,
     [](Config&, const Setting&) {
         return comes_later("`via` (the data plane)", "leave it out, and the account's role is "
                                                      "assumed");
     }},
    {"targets/accounts/<account>/quotas", Shape::map, nullptr},
    {"targets/accounts/<account>/quotas/<api>", Shape::map, nullptr},
    {"targets/accounts/<account>/quotas/<api>/rate", Shape::plain,
     [](Config& config, const Setting& setting) {
         return store(parse_rate(setting.text),
                      account_of(config, setting).quotas[setting.path[4]].rate);
     }},
    {"targets/accounts/<account>/quotas/<api>/burst", Shape::plain,
     [](Config& config, const Setting& setting) {
         return store(read_burst(setting),
                      account_of(config, setting).quotas[setting.path[4]].burst);
     }},
    {"targets/only_listed", Shape::plain,
     [](Config& config, const Setting& setting) {
         return store(parse_boolean(setting.text), config.targets.only_listed);
     },
     true},
    {"quotas", Shape::map, nullptr},
    {"quotas/<api>", Shape::map, nullptr},
    {"quotas/<api>/rate", Shape::plain,
     [](Config& config, const Setting& setting) {
         return store(parse_rate(setting.text), config.quotas[setting.path[1]].rate);
     }},
    {"quotas/<api>/burst", Shape::plain,
     [](Config& config, const Setting& setting) {
         return store(read_burst(setting), config.quotas[setting.path[1]].burst);
     }},
    {"in_progress", Shape::map, nullptr},
    {"in_progress/paths", Shape::plain,
     [](Config& config, const Setting& setting) {
         return store(parse_whole(setting.text, {1, 1'000'000}), config.in_progress.paths);
     }},
    {"in_progress/wildcards", Shape::plain,
     [](Config& config, const Setting& setting) {
         return store(parse_whole(setting.text, {1, 10'000}), config.in_progress.wildcards);
     }},
    {"in_progress/scope", Shape::text, set_in_progress_scope},
    {"retry", Shape::map, nullptr},
    {"retry/max_age", Shape::text,
     [](Config& config, const Setting& setting) {
         return store(parse_span(setting.text, {seconds(1), days(365)}),
                      config.lifetimes.operation_max_age);
     }},
    {"retain", Shape::map, nullptr},
    {"retain/settled", Shape::text,
     [](Config& config, const Setting& setting) {
         return store(parse_span(setting.text, any_lifetime), config.lifetimes.settled);
     }},
    {"retain/duplicates", Shape::text,
     [](Config& config, const Setting& setting) {
         return store(parse_span(setting.text, {days(15), days(3650)}),
                      config.lifetimes.duplicates);
     }},
    {"worker", Shape::map, nullptr},
    {"worker/listen", Shape::text, set_listen},
    {"worker/pending_max", Shape::plain,
     [](Config& config, const Setting& setting) {
         return store(parse_whole(setting.text, {1, 100'000'000}), config.worker.pending_max);
     }},
    {"worker/lease", Shape::text,
     [](Config& config, const Setting& setting) {
         return store(parse_span(setting.text, {seconds(10), std::chrono::minutes(15)}),
                      config.worker.lease);
     }},
};

bool segment_matches(std::string_view pattern, std::string_view name) {
    if (pattern == "<account>") {
        return base::is_account_id(name);
    }
    if (pattern == "<api>") {
        return std::ranges::find(known_apis(), name) != known_apis().end();
    }
    return pattern == "<index>" || pattern == name;
}

bool path_matches(std::string_view pattern, std::span<const std::string> path) {
    for (const std::string& name : path) {
        const std::size_t slash = pattern.find('/');
        if (!segment_matches(pattern.substr(0, slash), name)) {
            return false;
        }
        const bool last = slash == std::string_view::npos;
        pattern = last ? std::string_view() : pattern.substr(slash + 1);
        if (last && &name != &path.back()) {
            return false;
        }
    }
    return pattern.empty();
}

} // namespace

std::string format(std::span<const std::string> path) {
    return fmt::format("{}", fmt::join(path, "."));
}

std::span<const Key> all_keys() {
    return keys;
}

std::vector<std::string_view> split_pattern(std::string_view pattern) {
    std::vector<std::string_view> segments;
    while (true) {
        const std::size_t slash = pattern.find('/');
        segments.push_back(pattern.substr(0, slash));
        if (slash == std::string_view::npos) {
            return segments;
        }
        pattern.remove_prefix(slash + 1);
    }
}

const Key* find_key(std::span<const std::string> path) {
    const auto found =
        std::ranges::find_if(keys, [&](const Key& key) { return path_matches(key.pattern, path); });
    return found == std::end(keys) ? nullptr : &*found;
}

std::vector<std::string> names_under(std::span<const std::string> path) {
    std::vector<std::string> names;
    for (const Key& key : keys) {
        const std::size_t slash = key.pattern.rfind('/');
        const bool top = slash == std::string_view::npos;
        if (top ? !path.empty() : !path_matches(key.pattern.substr(0, slash), path)) {
            continue;
        }
        const std::string_view name = top ? key.pattern : key.pattern.substr(slash + 1);
        if (name == "<api>") {
            names.insert(names.end(), known_apis().begin(), known_apis().end());
        } else {
            names.emplace_back(name);
        }
    }
    return names;
}

const std::vector<std::string>& known_apis() {
    static const std::vector<std::string> apis = [] {
        std::vector<std::string> names;
        for (const auto& [api, quota] : Config().quotas) {
            names.push_back(api);
        }
        return names;
    }();
    return apis;
}

} // namespace exarch::config
