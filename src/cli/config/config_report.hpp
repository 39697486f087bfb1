#pragma once

#include "config/config.hpp"
#include "source/load.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace exarch::cli {

/// What a configuration that is right comes to.
struct CheckReport {
    const config::Config& config;
    /// None of a file.
    std::optional<std::int64_t> version;
};
[[nodiscard]] std::string render_text(const CheckReport& report);
[[nodiscard]] boost::json::object to_json(const CheckReport& report);

/// How a text differs from the one that it would replace.
struct DiffReport {
    /// Empty, and called so, where nothing is there yet.
    source::Text from;
    source::Text to;

    [[nodiscard]] bool is_same() const { return from.text == to.text; }
};
/// Empty where there is no difference.
[[nodiscard]] std::string render_text(const DiffReport& report);
[[nodiscard]] boost::json::object to_json(const DiffReport& report);

/// What became of a push that was not refused.
struct PushReport {
    const source::Place& place;
    /// That the text has there now.
    std::int64_t version = 0;
    /// False: it was there already.
    bool is_pushed = false;
    /// None: it is the first.
    std::optional<std::int64_t> replaced = std::nullopt;
    /// It took a parameter of the tier that AWS charges for.
    bool is_advanced = false;
};
[[nodiscard]] std::string render_text(const PushReport& report);
[[nodiscard]] boost::json::object to_json(const PushReport& report);

} // namespace exarch::cli
