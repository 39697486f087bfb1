#include "cli/config/line_diff.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

namespace exarch::cli {
namespace {

using Lines = std::span<const std::string_view>;
/// Places of equal lines.
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): on each diagonal, how far
/// one gets with so many lines removed or added.
class Search {
public:
    Search(Lines from, Lines to) : from_(from), to_(to) {}

    /// Pairs of lines that stay, from the last to the first; none where too much differs.
    std::optional<Pairs> run() {
        for (std::int64_t edits = 0; edits <= edits_max; ++edits) {
            before_.push_back(furthest_);
            if (advance(edits)) {
                return trace_back(edits);
            }
        }
        return std::nullopt;
    }

private:
    static constexpr std::int64_t edits_max = 1000;
    /// By diagonal, from the lowest that can be reached.
    using Row = std::vector<std::int64_t>;

    static std::int64_t at(const Row& row, std::int64_t edits, std::int64_t diagonal) {
        return row[static_cast<std::size_t>(diagonal + edits)];
    }

    struct Entry {
        std::int64_t x;
        /// Where from.
        std::int64_t diagonal;
    };

    /// Where a diagonal is entered by the last of so many edits, after what `before` has reached.
    static Entry enter(const Row& before, std::int64_t edits, std::int64_t diagonal) {
        if (edits == 0) {
            return {0, 0};
        }
        const std::int64_t least = edits - 1;
        const bool comes_down = diagonal == -edits ||
                                (diagonal != edits &&
                                 at(before, least, diagonal - 1) < at(before, least, diagonal + 1));
        return comes_down ? Entry{at(before, least, diagonal + 1), diagonal + 1}
                          : Entry{at(before, least, diagonal - 1) + 1, diagonal - 1};
    }

    /// As far as equal lines go.
    [[nodiscard]] std::int64_t slide(std::int64_t x, std::int64_t diagonal) const {
        auto i = static_cast<std::size_t>(x);
        auto j = static_cast<std::size_t>(x - diagonal);
        while (i < from_.size() && j < to_.size() && from_[i] == to_[j]) {
            ++i;
            ++j;
        }
        return static_cast<std::int64_t>(i);
    }

    /// One edit more on each diagonal; true where the end has been reached.
    bool advance(std::int64_t edits) {
        const auto end = static_cast<std::int64_t>(from_.size());
        const std::int64_t last = end - static_cast<std::int64_t>(to_.size());
        Row row(static_cast<std::size_t>(2 * edits + 1), 0);
        for (std::int64_t diagonal = -edits; diagonal <= edits; diagonal += 2) {
            row[static_cast<std::size_t>(diagonal + edits)] =
                slide(enter(furthest_, edits, diagonal).x, diagonal);
        }
        furthest_ = std::move(row);
        const bool is_on_last = std::abs(last) <= edits && (last + edits) % 2 == 0;
        return is_on_last && at(furthest_, edits, last) == end;
    }

    [[nodiscard]] Pairs trace_back(std::int64_t edits) const {
        Pairs pairs;
        auto x = static_cast<std::int64_t>(from_.size());
        auto y = static_cast<std::int64_t>(to_.size());
        for (; edits >= 0; --edits) {
            const auto [entered, diagonal] =
                enter(before_[static_cast<std::size_t>(edits)], edits, x - y);
            for (; x > entered; --x, --y) {
                pairs.emplace_back(static_cast<std::size_t>(x - 1),
                                   static_cast<std::size_t>(y - 1));
            }
            x = edits > 0 && diagonal < x - y ? x - 1 : x;
            y = x - diagonal;
        }
        return pairs;
    }

    Lines from_;
    Lines to_;
    Row furthest_;
    /// Of each round, what the one before it has reached.
    std::vector<Row> before_;
};

/// What lies between the lines that stay; `pairs` in ascending order.
std::vector<LineChange> gaps_of(Lines from, Lines to, Pairs pairs) {
    std::vector<LineChange> changes;
    pairs.emplace_back(from.size(), to.size());
    std::size_t i = 0;
    std::size_t j = 0;
    for (const auto& [next_from, next_to] : pairs) {
        if (next_from > i || next_to > j) {
            const Lines removed = from.subspan(i, next_from - i);
            const Lines added = to.subspan(j, next_to - j);
            changes.push_back(
                {i, j, {removed.begin(), removed.end()}, {added.begin(), added.end()}});
        }
        i = next_from + 1;
        j = next_to + 1;
    }
    return changes;
}

std::size_t common_start(Lines from, Lines to) {
    const auto differs = std::ranges::mismatch(from, to);
    return static_cast<std::size_t>(std::distance(from.begin(), differs.in1));
}

std::size_t common_end(Lines from, Lines to) {
    std::size_t count = 0;
    while (count < std::min(from.size(), to.size()) &&
           from[from.size() - 1 - count] == to[to.size() - 1 - count]) {
        ++count;
    }
    return count;
}

void append_line(std::string& text, char mark, std::string_view line) {
    const bool has_end = line.ends_with('\n');
    line.remove_suffix(has_end ? 1 : 0);
    text += fmt::format("{}{}\n", mark, base::printable(line));
    text += has_end ? "" : "\\ No newline at end of file\n";
}

/// `3,4` or `3`, as diff writes where a hunk is.
std::string format_range(std::size_t begin, std::size_t count) {
    const std::size_t first = count == 0 ? begin : begin + 1;
    return count == 1 ? fmt::format("{}", first) : fmt::format("{},{}", first, count);
}

constexpr std::size_t around = 3;

/// Of changes whose surroundings touch, the last.
std::size_t last_of_hunk(const std::vector<LineChange>& changes, std::size_t first) {
    std::size_t last = first;
    while (last + 1 < changes.size() &&
           changes[last + 1].from - (changes[last].from + changes[last].removed.size()) <=
               2 * around) {
        ++last;
    }
    return last;
}

std::string render_hunk(Lines lines, std::span<const LineChange> changes) {
    const std::size_t before = std::min(around, changes.front().from);
    const std::size_t begin = changes.front().from - before;
    std::size_t at = begin;
    std::size_t removed = 0;
    std::size_t added = 0;
    std::string body;
    const auto append_context = [&](std::size_t end) {
        for (; at < end; ++at) {
            append_line(body, ' ', lines[at]);
        }
    };
    for (const LineChange& change : changes) {
        append_context(change.from);
        std::ranges::for_each(change.removed, [&](auto line) { append_line(body, '-', line); });
        std::ranges::for_each(change.added, [&](auto line) { append_line(body, '+', line); });
        at += change.removed.size();
        removed += change.removed.size();
        added += change.added.size();
    }
    append_context(std::min(at + around, lines.size()));
    const std::size_t shown = at - begin;
    return fmt::format("@@ -{} +{} @@\n{}", format_range(begin, shown),
                       format_range(changes.front().to - before, shown - removed + added), body);
}

} // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return lines;
}

std::vector<LineChange> diff_lines(std::string_view from, std::string_view to) {
    const std::vector<std::string_view> lines_from = split_lines(from);
    const std::vector<std::string_view> lines_to = split_lines(to);
    Lines middle_from(lines_from);
    Lines middle_to(lines_to);
    const std::size_t start = common_start(middle_from, middle_to);
    middle_from = middle_from.subspan(start);
    middle_to = middle_to.subspan(start);
    const std::size_t end = common_end(middle_from, middle_to);
    middle_from = middle_from.first(middle_from.size() - end);
    middle_to = middle_to.first(middle_to.size() - end);
    Pairs pairs = Search(middle_from, middle_to).run().value_or(Pairs());
    std::ranges::reverse(pairs);
    std::vector<LineChange> changes = gaps_of(middle_from, middle_to, std::move(pairs));
    for (LineChange& change : changes) {
        change.from += start;
        change.to += start;
    }
    return changes;
}

std::string render_unified(std::string_view from, const std::vector<LineChange>& changes) {
    const std::vector<std::string_view> lines = split_lines(from);
    std::string text;
    for (std::size_t first = 0; first < changes.size();) {
        const std::size_t last = last_of_hunk(changes, first);
        text += render_hunk(lines, std::span(changes).subspan(first, last - first + 1));
        first = last + 1;
    }
    return text;
}

} // namespace exarch::cli
