#pragma once

#include "core/event.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace exarch::simulation {

[[nodiscard]] std::string describe(const core::Event& event);
[[nodiscard]] std::string describe(const core::Effect& effect);

/// The last of what happened in a run, in words.
class Trace {
public:
    /// Putting things into words costs more than doing them: 0 where nobody is going to read it.
    explicit Trace(std::size_t lines_kept = 60) : lines_kept_(lines_kept) {}

    [[nodiscard]] bool is_kept() const { return lines_kept_ > 0; }
    void add(base::Instant at, std::string_view what);
    /// Adds what `words` has to say, if anybody is going to read it.
    template <class Words>
    void tell(base::Instant at, const Words& words) {
        if (is_kept()) {
            add(at, words());
        }
    }

    /// The last lines, for the message of a failed test.
    [[nodiscard]] std::string tail() const;

private:
    std::size_t lines_kept_;
    std::deque<std::string> tail_;
};

} // namespace exarch::simulation
