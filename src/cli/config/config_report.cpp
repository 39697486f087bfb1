#include "cli/config/config_report.hpp"

#include "cli/config/line_diff.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace exarch::cli {
namespace {

namespace json = boost::json;

json::value or_null(std::optional<std::int64_t> number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::object name_of(const source::Text& text) {
    return {{"name", text.name}, {"version", or_null(text.version)}};
}

json::array array_of(const std::vector<std::string_view>& lines) {
    return json::array(lines.begin(), lines.end());
}

source::Place at_version(source::Place place, std::int64_t version) {
    place.version = version;
    return place;
}

} // namespace

// What is read of a configuration first: where work comes from, and where it may go.
std::string render_text(const CheckReport& report) {
    const config::Config& config = report.config;
    const std::size_t listed = config.targets.accounts.size();
    const std::string accounts = listed == 1 ? "1 account" : fmt::format("{} accounts", listed);
    return fmt::format(
        "{} is right.\n  queue    {}\n  targets  {}\n  role     {}\n",
        config.file.empty() ? "What the environment says, without a file," : config.file,
        config.queues.empty() ? "none; each verb that needs one will ask for it"
                              : fmt::format("{}", fmt::join(config.queues, "\n           ")),
        config.targets.only_listed ? accounts + ", and no others"
                                   : fmt::format("any account whose role lets exarch in; {} listed",
                                                 listed == 0 ? "none is" : accounts),
        config.targets.role.text());
}

json::object to_json(const CheckReport& report) {
    const config::Config& config = report.config;
    return {{"file", config.file},
            {"version", or_null(report.version)},
            {"queues", json::array(config.queues.begin(), config.queues.end())},
            {"accounts", config.targets.accounts.size()},
            {"only_listed", config.targets.only_listed},
            {"role", config.targets.role.text()}};
}

std::string render_text(const DiffReport& report) {
    if (report.is_same()) {
        return {};
    }
    return fmt::format(
        "--- {}\n+++ {}\n{}", report.from.name, report.to.name,
        render_unified(report.from.text, diff_lines(report.from.text, report.to.text)));
}

json::object to_json(const DiffReport& report) {
    json::array changes;
    for (const LineChange& change : diff_lines(report.from.text, report.to.text)) {
        changes.push_back(json::object{{"from_line", change.from + 1},
                                       {"to_line", change.to + 1},
                                       {"removed", array_of(change.removed)},
                                       {"added", array_of(change.added)}});
    }
    return {{"from", name_of(report.from)},
            {"to", name_of(report.to)},
            {"same", report.is_same()},
            {"changes", std::move(changes)}};
}

std::string render_text(const PushReport& report) {
    if (!report.is_pushed) {
        return fmt::format("{} is there already.\n",
                           source::format_at(report.place, report.version));
    }
    const std::string last =
        report.replaced ? fmt::format("; what was there is {}",
                                      source::format(at_version(report.place, *report.replaced)))
                        : "";
    const std::string_view price =
        report.is_advanced
            ? "Beyond 4 KB it is an advanced parameter, which AWS charges for by the "
              "month, and which stays one.\n"
            : "";
    return fmt::format("{} is there now{}.\n{}", source::format_at(report.place, report.version),
                       last, price);
}

json::object to_json(const PushReport& report) {
    return {{"place", source::format(report.place)},
            {"version", report.version},
            {"pushed", report.is_pushed},
            {"replaced", or_null(report.replaced)},
            {"advanced", report.is_advanced}};
}

} // namespace exarch::cli
