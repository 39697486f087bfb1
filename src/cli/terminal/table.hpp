#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::cli {

enum class Style : std::uint8_t { plain, heading, bad };

/// How a text is put into lines.
struct Layout {
    bool has_colour = false;
    /// Longer lines are cut; 0: never.
    std::size_t columns = 0;
};

/// `1,234,567`
[[nodiscard]] std::string with_commas(std::int64_t number);
/// What makes a noun fit its number: nothing for one, `s` for any other.
[[nodiscard]] std::string_view ending(std::uint64_t number);

[[nodiscard]] std::string styled(std::string_view text, Style style, const Layout& layout);

/// Rows of text in columns as wide as they need, numbers to the right. Columns in which every cell
/// is empty are left out.
class Table {
public:
    enum class Align : std::uint8_t { left, right };

    void add_column(std::string heading, Align align = Align::left);

    struct Cell {
        std::string text;
        Style style = Style::plain;
    };
    /// As many cells as there are columns; made printable here.
    void add_row(std::vector<Cell> cells);

    [[nodiscard]] bool is_empty() const { return rows_.empty(); }
    /// With a line of headings; every line ends in a newline.
    [[nodiscard]] std::string render(const Layout& layout) const;

private:
    struct Column {
        std::string heading;
        Align align;
        std::size_t width = 0;
    };
    [[nodiscard]] std::string render_line(const std::vector<Cell>& cells,
                                          const Layout& layout) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

/// A number in a cell, with commas; 0 is plain whatever `style` says.
[[nodiscard]] Table::Cell number_cell(std::int64_t number, Style style = Style::plain);

/// What stands below a table that shows only some of its rows; nothing where it shows all.
[[nodiscard]] std::string render_more(std::size_t all, std::size_t shown, std::string_view what);

} // namespace exarch::cli
