#pragma once

#include "base/time.hpp"
#include "cli/terminal/terminal.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace exarch::cli {

/// `[#######-------]`, `width` characters between the brackets; `done` of `all`.
[[nodiscard]] std::string render_bar(std::int64_t done, std::int64_t all, std::size_t width);

/// Tells a person how something goes on: one line of stderr that is drawn again on a terminal, a
/// plain line each ten seconds elsewhere. Says nothing in the first second.
class Progress {
public:
    /// `terminal` and `clock` must outlive it. It begins now.
    Progress(Terminal& terminal, const base::Clock& clock);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `line` without a newline. May be called as often as one likes.
    void show(std::string_view line);
    /// Takes the line away, so that something else can be written.
    void clear();

private:
    Terminal& terminal_;
    const base::Clock& clock_;
    base::Instant next_;
    std::string shown_;
};

} // namespace exarch::cli
