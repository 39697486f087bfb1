#include "sandbox/functions/trace/lineage.hpp"

#include "base/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

namespace exarch::sandbox::functions {
namespace {

constexpr std::string_view field = "Lineage=";
constexpr std::size_t hash_length = 8;
/// Functions that one chain is known to have gone through.
constexpr std::size_t entries_max = 16;
/// Where a loop may go on, its count ends here.
constexpr std::size_t count_max = 255;

struct Entry {
    std::string_view hash;
    std::size_t invocations = 0;
};

std::string hash_of(std::string_view function_arn) {
    return base::format_hex(base::sha256(function_arn)).substr(0, hash_length);
}

/// Up to `mark`, or all of it; both go from the text.
std::string_view take_until(std::string_view& text, std::string_view mark) {
    const std::size_t end = std::min(text.find(mark), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + mark.size(), text.size()));
    return taken;
}

std::optional<Entry> parse_entry(std::string_view text) {
    const std::string_view hash = take_until(text, ":");
    std::size_t again = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), again);
    const bool is_hash = hash.size() == hash_length &&
                         hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!is_hash || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return Entry{hash, std::min(again, count_max) + 1};
}

std::vector<Entry> parse_entries(std::string_view lineage) {
    // botocore writes `|` as `%7C`.
    const std::string_view mark = lineage.contains("%7C") ? "%7C" : "|";
    std::vector<Entry> entries;
    while (!lineage.empty() && entries.size() < entries_max) {
        if (const auto entry = parse_entry(take_until(lineage, mark))) {
            entries.push_back(*entry);
        }
    }
    return entries;
}

} // namespace

std::string_view lineage_of(std::string_view trace) {
    while (!trace.empty()) {
        const std::string_view part = take_until(trace, ";");
        if (part.starts_with(field)) {
            return part.substr(field.size());
        }
    }
    return {};
}

std::size_t invocations_in(std::string_view lineage, std::string_view function_arn) {
    const std::string hash = hash_of(function_arn);
    const std::vector<Entry> entries = parse_entries(lineage);
    const auto found = std::ranges::find(entries, hash, &Entry::hash);
    return found == entries.end() ? 0 : found->invocations;
}

std::string with_invocation(std::string_view trace, std::string_view lineage,
                            std::string_view function_arn) {
    const std::string hash = hash_of(function_arn);
    std::vector<Entry> entries = parse_entries(lineage);
    auto own = std::ranges::find(entries, hash, &Entry::hash);
    if (own == entries.end()) {
        // The one that was there first is forgotten.
        entries.erase(entries.begin(), entries.begin() + (entries.size() == entries_max ? 1 : 0));
        own = entries.insert(entries.end(), Entry{hash, 0});
    }
    own->invocations = std::min(own->invocations + 1, count_max + 1);

    std::string header;
    while (!trace.empty()) {
        const std::string_view part = take_until(trace, ";");
        if (!part.starts_with(field)) {
            header.append(part).append(";");
        }
    }
    header.append(field);
    for (const Entry& entry : entries) {
        header += fmt::format("{}{}:{}", header.ends_with('=') ? "" : "|", entry.hash,
                              entry.invocations - 1);
    }
    return header;
}

} // namespace exarch::sandbox::functions
