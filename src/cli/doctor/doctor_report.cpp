#include "cli/doctor/doctor_report.hpp"

#include "base/text.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::cli {
namespace {

namespace json = boost::json;

constexpr std::array grades = {Grade::good, Grade::note, Grade::warning, Grade::wrong};

std::size_t count(const Findings& findings, Grade grade) {
    return static_cast<std::size_t>(std::ranges::count(findings, grade, &Finding::grade));
}

/// Each line by itself, so that it can be pasted.
std::string render_mend(const Mend& mend) {
    std::string text;
    std::string_view rest = mend.text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        text += fmt::format("          {}{}\n", base::printable(rest.substr(0, end)),
                            mend.kind == Mend::Kind::configuration ? "    # in exarch.yaml" : "");
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return text;
}

} // namespace

std::string render_findings(const Findings& findings, const Layout& layout) {
    std::string text;
    for (const Finding& finding : findings) {
        const Style style = finding.grade >= Grade::warning ? Style::bad : Style::plain;
        text += styled(fmt::format("{:8}", format(finding.grade)), style, layout);
        text += fmt::format("{}: {}\n", base::printable(finding.subject),
                            base::printable(finding.what));
        text += render_mend(finding.mend);
    }
    const auto warnings = count(findings, Grade::warning);
    text += fmt::format("\n{} good, {} to note, {} warning{}, {} wrong\n",
                        count(findings, Grade::good), count(findings, Grade::note), warnings,
                        ending(warnings), count(findings, Grade::wrong));
    return text;
}

json::object to_json(const Findings& findings) {
    json::array list;
    for (const Finding& finding : findings) {
        json::object object{{"grade", format(finding.grade)},
                            {"subject", finding.subject},
                            {"what", finding.what},
                            {"mend", nullptr},
                            {"mend_is", nullptr}};
        if (!finding.mend.empty()) {
            object["mend"] = finding.mend.text;
            object["mend_is"] = format(finding.mend.kind);
        }
        list.push_back(std::move(object));
    }
    json::object counts;
    for (const Grade grade : grades) {
        counts[format(grade)] = count(findings, grade);
    }
    return {{"counts", std::move(counts)}, {"findings", std::move(list)}};
}

bool is_healthy(const Findings& findings) {
    return count(findings, Grade::wrong) == 0;
}

} // namespace exarch::cli
