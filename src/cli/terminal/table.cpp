#include "cli/terminal/table.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::cli {
namespace {

constexpr std::string_view gap = "  ";

// Characters, not bytes; wide ones count as one.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, base::begins_character));
}

std::string cut(std::string_view text, std::size_t width) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        characters += base::begins_character(text[i]) ? 1 : 0;
        if (characters > width) {
            return std::string(text.substr(0, i));
        }
    }
    return std::string(text);
}

} // namespace

std::string with_commas(std::int64_t number) {
    std::string digits = std::to_string(number);
    const std::size_t first = digits.starts_with('-') ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::string_view ending(std::uint64_t number) {
    return number == 1 ? "" : "s";
}

std::string styled(std::string_view text, Style style, const Layout& layout) {
    if (!layout.has_colour || style == Style::plain || text.empty()) {
        return std::string(text);
    }
    return fmt::format("\x1b[{}m{}\x1b[0m", style == Style::heading ? "1" : "31", text);
}

void Table::add_column(std::string heading, Align align) {
    columns_.push_back(Column{std::move(heading), align});
}

void Table::add_row(std::vector<Cell> cells) {
    EXARCH_ASSERT(cells.size() == columns_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i].text = base::printable(cells[i].text);
        columns_[i].width = std::max(columns_[i].width, width_of(cells[i].text));
    }
    rows_.push_back(std::move(cells));
}

std::string Table::render_line(const std::vector<Cell>& cells, const Layout& layout) const {
    std::string line;
    std::size_t used = 0;
    std::size_t owed = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const Column& column = columns_[i];
        if (column.width == 0) {
            continue;
        }
        const std::size_t full_width = std::max(column.width, width_of(column.heading));
        const std::size_t blank = full_width - width_of(cells[i].text);
        owed += (used + owed > 0 ? gap.size() : 0) + (column.align == Align::right ? blank : 0);
        const std::size_t room = layout.columns == 0 ? std::string::npos : layout.columns;
        const std::string text = cut(cells[i].text, room > used + owed ? room - used - owed : 0);
        if (!text.empty()) {
            line += std::string(owed, ' ') + styled(text, cells[i].style, layout);
            used += owed + width_of(text);
            owed = 0;
        }
        owed += column.align == Align::left ? blank : 0;
    }
    return line + "\n";
}

std::string Table::render(const Layout& layout) const {
    std::vector<Cell> headings;
    headings.reserve(columns_.size());
    for (const Column& column : columns_) {
        headings.push_back(Cell{column.heading, Style::heading});
    }
    std::string text = render_line(headings, layout);
    for (const std::vector<Cell>& row : rows_) {
        text += render_line(row, layout);
    }
    return text;
}

Table::Cell number_cell(std::int64_t number, Style style) {
    return {with_commas(number), number == 0 ? Style::plain : style};
}

std::string render_more(std::size_t all, std::size_t shown, std::string_view what) {
    return all <= shown ? ""
                        : fmt::format("… and {} {} more; --output json lists all\n",
                                      with_commas(static_cast<std::int64_t>(all - shown)), what);
}

} // namespace exarch::cli
