#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::config {

/// Where a value was written, as an error message names it.
struct Place {
    /// A file's name, a variable's (`EXARCH_QUEUE`) or a flag's (`--listen`).
    std::string source;
    /// From 1; 0 for what is no file.
    int line = 0;
    int column = 0;

    friend bool operator==(const Place&, const Place&) = default;
};

/// `exarch.yaml:3:7`, or the source alone.
[[nodiscard]] std::string format(const Place& place);

struct Entry;

/// One value of a YAML file, as it was written: nothing has been read as a number or a date, so an
/// account id keeps its leading zero.
struct Node {
    enum class Kind : std::uint8_t { nothing, text, list, map };

    Kind kind = Kind::nothing;
    Place place;
    std::string text;
    /// Written in quotes or as a block: meant as text, whatever it looks like.
    bool quoted = false;
    std::vector<Node> items;
    std::vector<Entry> entries;
};

struct Entry {
    std::string key;
    Place place;
    Node value;
};

constexpr std::size_t document_bytes_max = 1024 * 1024;

/// Reads one YAML document; an empty one is an empty map. `name` is what errors call it.
/// Fails as invalid, naming line and column: bad YAML, bytes that are no UTF-8, control characters,
/// more than one document, a top level that is no map, a key that appears twice, anchors, aliases
/// and tags (a small file could stand for a huge one), more than 1 MiB.
[[nodiscard]] base::Result<Node> parse_document(std::string_view text, std::string_view name);

} // namespace exarch::config
