#pragma once

#include "base/result.hpp"
#include "config/config.hpp"
#include "config/document.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::config {

/// The way to a value: `{"targets", "accounts", "111122223333", "role"}`.
using KeyPath = std::vector<std::string>;

/// `targets.accounts.111122223333.role`, for messages.
[[nodiscard]] std::string format(std::span<const std::string> path);

/// One value that someone set, and where.
struct Setting {
    KeyPath path;
    std::string text;
    Place place;
};

/// One key that exarch.yaml may have.
struct Key {
    enum class Shape : std::uint8_t {
        text,
        /// A number or truth value: quotes around it are a mistake.
        plain,
        map,
        list,
    };

    /// Segments joined by `/`; `<account>`, `<api>` and `<index>` stand for names.
    std::string_view pattern;
    Shape shape = Shape::text;
    /// Puts a setting into the configuration; its error says what is wrong, not where. Null for a
    /// map that means nothing but what is in it.
    base::Status (*apply)(Config& config, const Setting& setting) = nullptr;
    /// Whether a key without a value is a mistake, and not the default: for guards, which stand
    /// open by default.
    bool needs_value = false;
};

/// All keys there are: the one list that the file and the environment are read by.
[[nodiscard]] std::span<const Key> all_keys();

[[nodiscard]] std::vector<std::string_view> split_pattern(std::string_view pattern);

/// The key at a path, or null.
[[nodiscard]] const Key* find_key(std::span<const std::string> path);

/// What may stand directly under a path; stand-ins (`<account>`) among it, APIs by their names.
[[nodiscard]] std::vector<std::string> names_under(std::span<const std::string> path);

/// The APIs that have a quota.
[[nodiscard]] const std::vector<std::string>& known_apis();

} // namespace exarch::config
