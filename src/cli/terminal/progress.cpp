#include "cli/terminal/progress.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace exarch::cli {
namespace {

constexpr std::chrono::seconds silence{1};
constexpr std::chrono::milliseconds redraw_period{200};
constexpr std::chrono::seconds line_period{10};

} // namespace

std::string render_bar(std::int64_t done, std::int64_t all, std::size_t width) {
    const double part = all <= 0 ? 0.0 : static_cast<double>(done) / static_cast<double>(all);
    const auto filled =
        static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(width));
    return '[' + std::string(filled, '#') + std::string(width - filled, '-') + ']';
}

Progress::Progress(Terminal& terminal, const base::Clock& clock)
    : terminal_(terminal), clock_(clock), next_(clock.now().steady + silence) {}

Progress::~Progress() {
    clear();
}

void Progress::show(std::string_view line) {
    const base::Instant now = clock_.now().steady;
    if (now < next_ || line == shown_) {
        return;
    }
    shown_ = line;
    if (terminal_.error_is_terminal()) {
        next_ = now + redraw_period;
        // What wrapped would be drawn again below itself.
        const std::size_t room = terminal_.error_columns() - 1;
        terminal_.error("\r" + std::string(base::beginning(shown_, room)) + "\x1b[K");
    } else {
        next_ = now + line_period;
        terminal_.error(shown_ + "\n");
    }
}

void Progress::clear() {
    if (!shown_.empty() && terminal_.error_is_terminal()) {
        terminal_.error("\r\x1b[K");
    }
    shown_.clear();
}

} // namespace exarch::cli
