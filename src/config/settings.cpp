#include "config/settings.hpp"

#include "config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace exarch::config {
namespace {

using Shape = Key::Shape;

constexpr std::string_view prefix = "EXARCH_";
constexpr std::array<std::string_view, 4> reserved = {"EXARCH_CONFIG", "EXARCH_CRASH_AT",
                                                      "EXARCH_INSTANCES", "EXARCH_TICKS"};

base::Error wrong(const Place& place, std::string_view what) {
    return base::Error(base::ErrorKind::invalid, fmt::format("{}: {}", format(place), what));
}

std::string_view describe(Shape shape) {
    switch (shape) {
    case Shape::map:
        return "a map of keys";
    case Shape::list:
        return "a list";
    case Shape::text:
    case Shape::plain:
        break;
    }
    return "one value";
}

std::string_view describe(Node::Kind kind) {
    switch (kind) {
    case Node::Kind::map:
        return "a map of keys";
    case Node::Kind::list:
        return "a list";
    case Node::Kind::nothing:
    case Node::Kind::text:
        break;
    }
    return "one value";
}

// Where a key that is unknown here would be known: `targets` for session_name.
std::string home_of(std::string_view name) {
    for (const Key& key : all_keys()) {
        const std::size_t slash = key.pattern.rfind('/');
        const bool elsewhere = slash != std::string_view::npos && !key.pattern.contains('<');
        if (elsewhere && key.pattern.substr(slash + 1) == name) {
            return std::string(key.pattern.substr(0, slash));
        }
    }
    return {};
}

std::string mend_unknown(std::span<const std::string> parent, std::string_view name) {
    const std::vector<std::string> names = names_under(parent);
    if (std::ranges::find(names, "<account>") != names.end()) {
        return "write an account id: 12 digits, in quotes";
    }
    if (const std::string home = home_of(name); !home.empty()) {
        return fmt::format("it belongs under {}", home);
    }
    if (const std::string similar = nearest(name, names); !similar.empty()) {
        return fmt::format("did you mean {}?", similar);
    }
    return fmt::format("there are {}", fmt::join(names, ", "));
}

class Flattener {
public:
    base::Status walk(const Node& node, const KeyPath& path) {
        const Key* key = find_key(path);
        if (node.kind == Node::Kind::nothing && key->shape != Shape::map) {
            return {};
        }
        switch (key->shape) {
        case Shape::text:
        case Shape::plain:
            return take_text(node, path, *key);
        case Shape::list:
            return walk_list(node, path, *key);
        case Shape::map:
            break;
        }
        if (key->apply != nullptr) {
            settings.push_back(Setting{path, {}, node.place});
        }
        return walk_map(node, path);
    }

    base::Status walk_map(const Node& node, const KeyPath& path) {
        if (node.kind != Node::Kind::map && node.kind != Node::Kind::nothing) {
            return refuse_shape(node, path, Shape::map);
        }
        for (const Entry& entry : node.entries) {
            KeyPath inner = path;
            inner.push_back(entry.key);
            const Key* const key = find_key(inner);
            if (key == nullptr) {
                const std::string where = path.empty() ? "" : format(path) + ": ";
                return std::unexpected(
                    wrong(entry.place, fmt::format("{}unknown key {}; {}", where, quote(entry.key),
                                                   mend_unknown(path, entry.key))));
            }
            if (key->needs_value && entry.value.kind == Node::Kind::nothing) {
                return std::unexpected(
                    wrong(entry.place, fmt::format("{}: there is no value; write one, or leave the "
                                                   "key out for its default",
                                                   format(inner))));
            }
            EXARCH_CHECK(walk(entry.value, inner));
        }
        return {};
    }

    std::vector<Setting> settings;

private:
    static base::Status refuse_shape(const Node& node, const KeyPath& path, Shape shape) {
        return std::unexpected(
            wrong(node.place, fmt::format("{}: this is {}; it must be {}", format(path),
                                          describe(node.kind), describe(shape))));
    }

    base::Status take_text(const Node& node, const KeyPath& path, const Key& key) {
        if (node.kind != Node::Kind::text) {
            return refuse_shape(node, path, key.shape);
        }
        if (key.shape == Shape::plain && node.quoted) {
            return std::unexpected(
                wrong(node.place, fmt::format("{}: {} is text; write it without quotes",
                                              format(path), quote(node.text))));
        }
        settings.push_back(Setting{path, node.text, node.place});
        return {};
    }

    base::Status walk_list(const Node& node, const KeyPath& path, const Key& key) {
        if (node.kind != Node::Kind::list) {
            return refuse_shape(node, path, key.shape);
        }
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            KeyPath inner = path;
            inner.push_back(std::to_string(i));
            EXARCH_CHECK(walk(node.items[i], inner));
        }
        return {};
    }
};

// As a name stands in a variable: letters and digits in upper case, all else an underscore.
std::string shout(std::string_view name) {
    std::string text;
    for (const char c : name) {
        const bool lower = c >= 'a' && c <= 'z';
        const bool kept = lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        text += lower ? static_cast<char>(c - 'a' + 'A') : kept ? c : '_';
    }
    return text;
}

std::vector<std::string_view> split_variable(std::string_view name) {
    std::vector<std::string_view> segments;
    while (true) {
        const std::size_t separator = name.find("__");
        segments.push_back(name.substr(0, separator));
        if (separator == std::string_view::npos) {
            return segments;
        }
        name.remove_prefix(separator + 2);
    }
}

// The name that a segment of a variable stands for at this place in a pattern; empty for none.
std::string name_of(std::string_view pattern, std::string_view segment) {
    if (pattern == "<account>") {
        return base::is_account_id(segment) ? std::string(segment) : std::string();
    }
    if (pattern == "<api>") {
        const auto found = std::ranges::find_if(
            known_apis(), [&](const std::string& api) { return shout(api) == segment; });
        return found == known_apis().end() ? std::string() : *found;
    }
    return shout(pattern) == segment ? std::string(pattern) : std::string();
}

KeyPath path_of(const Key& key, std::span<const std::string_view> segments) {
    const std::vector<std::string_view> pattern = split_pattern(key.pattern);
    KeyPath path;
    for (std::size_t i = 0; pattern.size() == segments.size() && i < pattern.size(); ++i) {
        std::string name = name_of(pattern[i], segments[i]);
        if (name.empty()) {
            return {};
        }
        path.push_back(std::move(name));
    }
    return path;
}

std::vector<std::string> choices_of(std::string_view segment, std::string_view account) {
    if (segment == "<api>") {
        return known_apis();
    }
    return {std::string(segment == "<account>" ? account : segment)};
}

std::vector<std::string> variables_of(const Key& key, std::string_view account) {
    std::vector<std::string> names{"EXARCH"};
    std::string_view separator = "_";
    for (const std::string_view segment : split_pattern(key.pattern)) {
        std::vector<std::string> longer;
        for (const std::string& choice : choices_of(segment, account)) {
            std::ranges::transform(names, std::back_inserter(longer), [&](const auto& name) {
                return fmt::format("{}{}{}", name, separator, shout(choice));
            });
        }
        names = std::move(longer);
        separator = "__";
    }
    return names;
}

// Every variable there could be; `account` stands for itself in those of an account.
std::vector<std::string> all_variables(std::string_view account) {
    std::vector<std::string> all(reserved.begin(), reserved.end());
    for (const Key& key : all_keys()) {
        const bool is_value = key.shape == Shape::text || key.shape == Shape::plain;
        if (is_value && !key.pattern.contains("<index>")) {
            std::ranges::move(variables_of(key, account), std::back_inserter(all));
        }
    }
    return all;
}

base::Error unknown_variable(const std::string& name, std::span<const std::string_view> segments) {
    const bool has_account = segments.size() > 2 && base::is_account_id(segments[2]);
    const std::string similar =
        nearest(name, all_variables(has_account ? segments[2] : "111122223333"));
    const std::string mend = similar.empty()
                                 ? "unset it; the keys of exarch.yaml tell what can be set"
                                 : fmt::format("did you mean {}?", similar);
    return wrong(Place{quote(name), 0, 0}, fmt::format("no such variable; {}", mend));
}

base::Result<Setting> setting_of(const std::string& name, const std::string& value) {
    const auto segments = split_variable(std::string_view(name).substr(prefix.size()));
    for (const Key& key : all_keys()) {
        KeyPath path = path_of(key, segments);
        if (path.empty()) {
            continue;
        }
        if (key.shape == Shape::map || key.shape == Shape::list) {
            return std::unexpected(wrong(
                Place{name, 0, 0}, fmt::format("{} is {}, which no variable can hold; write it "
                                               "into the file",
                                               format(path), describe(key.shape))));
        }
        return Setting{std::move(path), value, Place{name, 0, 0}};
    }
    return std::unexpected(unknown_variable(name, segments));
}

} // namespace

base::Result<std::vector<Setting>> settings_of(const Node& document) {
    Flattener flattener;
    EXARCH_CHECK(flattener.walk_map(document, {}));
    return std::move(flattener.settings);
}

base::Result<std::vector<Setting>> settings_of(const base::Environment& environment) {
    std::vector<Setting> settings;
    for (const auto& [name, value] : environment.all()) {
        const bool is_reserved = std::ranges::find(reserved, name) != reserved.end();
        if (!name.starts_with(prefix) || is_reserved) {
            continue;
        }
        EXARCH_TRY(Setting setting, setting_of(name, value));
        if (!value.empty()) {
            settings.push_back(std::move(setting));
        }
    }
    return settings;
}

std::string variable_of(const KeyPath& path) {
    std::string name = "EXARCH";
    std::string_view separator = "_";
    for (const std::string& segment : path) {
        name.append(separator).append(shout(segment));
        separator = "__";
    }
    return name;
}

} // namespace exarch::config
