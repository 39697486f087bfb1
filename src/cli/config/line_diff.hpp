#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::cli {

/// Lines that stand next to each other and differ. Each has its end of line; the views are into the
/// texts that were compared.
struct LineChange {
    /// The place of the first of them in both texts, from 0; where none is, of what follows.
    std::size_t from = 0;
    std::size_t to = 0;
    std::vector<std::string_view> removed;
    std::vector<std::string_view> added;

    friend bool operator==(const LineChange&, const LineChange&) = default;
};

/// The lines of a text, with their ends; the last may have none.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

/// What makes `to` of `from`, in their order: as few lines as there can be, unless there are more
/// than a thousand of them; then all between the first and the last. Nothing where both are equal.
[[nodiscard]] std::vector<LineChange> diff_lines(std::string_view from, std::string_view to);

/// Changes as `diff -u` shows them, each with up to three lines around it; without the two lines
/// that name the texts. Control characters are escaped.
[[nodiscard]] std::string render_unified(std::string_view from,
                                         const std::vector<LineChange>& changes);

} // namespace exarch::cli
