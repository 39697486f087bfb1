#include "cli/simulate/simulation_chart.hpp"

#include "cli/terminal/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace exarch::cli {
namespace {

constexpr double left = 90;
constexpr double width = 650;
constexpr double height = 180;

/// One curve with its axes; `values` are spread over `end`.
struct Panel {
    std::string_view title;
    std::string_view colour;
    double top;
    std::vector<double> values;
    base::Duration end;
};

/// The next of 1, 2, 5, 10, 20, 50, … at or above.
double round_up(double value) {
    if (value <= 0) {
        return 1;
    }
    const double decade = std::pow(10, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 5.0}) {
        if (value <= step * decade) {
            return step * decade;
        }
    }
    return 10 * decade;
}

std::string label(double value) {
    return value == std::floor(value) ? with_commas(static_cast<std::int64_t>(value))
                                      : fmt::format("{:g}", value);
}

/// To the second, and in a short run exactly: `1.5 s`.
std::string time_label(std::chrono::duration<double, std::micro> moment) {
    const double seconds = std::chrono::duration<double>(moment).count();
    if (seconds < 60) {
        return seconds == 0 ? "0" : fmt::format("{:.3g} s", seconds);
    }
    return base::format_for_people(std::chrono::round<std::chrono::seconds>(moment));
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y,
                       anchor, text);
}

std::string render_axes(const Panel& panel, double greatest) {
    constexpr int marks = 4;
    const double bottom = panel.top + height;
    std::string svg = fmt::format("<text x=\"{}\" y=\"{}\" class=\"title\">{}</text>\n", left,
                                  panel.top - 12, panel.title);
    for (int i = 0; i <= marks; ++i) {
        const double part = static_cast<double>(i) / marks;
        const double y = bottom - part * height;
        svg += fmt::format("<line x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\" "
                           "class=\"grid\"/>\n",
                           left, y, left + width, y);
        svg += text_at(left - 8, y + 4, "end", label(part * greatest));
        svg += text_at(left + part * width, bottom + 18, "middle", time_label(panel.end * part));
    }
    return svg;
}

std::string render_panel(const Panel& panel) {
    const double greatest =
        round_up(panel.values.empty() ? 0 : *std::ranges::max_element(panel.values));
    const double bottom = panel.top + height;
    std::string svg = render_axes(panel, greatest);
    svg += fmt::format("<path fill=\"none\" stroke=\"{}\" stroke-width=\"2\" d=\"M{} {:.1f}",
                       panel.colour, left, bottom);
    const double step = width / static_cast<double>(std::max<std::size_t>(panel.values.size(), 1));
    double x = left;
    // A part of the time is one height.
    for (const double value : panel.values) {
        svg += fmt::format(" V{:.1f} H{:.1f}", bottom - value / greatest * height, x += step);
    }
    return svg + "\"/>\n";
}

} // namespace

std::string render_chart(const SimulationReport& report) {
    const simulate::Timeline& timeline = report.as_configured.timeline;
    const double seconds = std::chrono::duration<double>(timeline.part()).count();
    std::vector<double> waiting;
    std::vector<double> calls;
    std::int64_t operations = 0;
    for (const simulate::Timeline::Part& part : timeline.parts()) {
        waiting.push_back(static_cast<double>(operations + part.most_more));
        operations += part.more_waiting;
        calls.push_back(static_cast<double>(part.calls) / seconds);
    }
    const base::Duration end =
        timeline.part() * static_cast<base::Duration::rep>(timeline.parts().size());
    const std::string waiting_title = fmt::format("Operations waiting, at most in each {}",
                                                  base::format_for_people(timeline.part()));
    std::string svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 540\" width=\"800\" "
        "height=\"540\">\n<style>text{font:12px sans-serif;fill:#333}"
        ".title{font-weight:bold;font-size:14px}.grid{stroke:#ddd}</style>\n"
        "<rect width=\"800\" height=\"540\" fill=\"#fff\"/>\n";
    svg += render_panel({waiting_title, "#1f5fa8", 50, std::move(waiting), end});
    svg += render_panel({"Calls a second", "#b0521a", 300, std::move(calls), end});
    return svg + text_at(left + width / 2, 522, "middle", "time since the beginning") + "</svg>\n";
}

} // namespace exarch::cli
