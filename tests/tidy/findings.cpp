#include "tidy/findings.hpp"

#include <array>
#include <iterator>
#include <sstream>
#include <utility>

namespace exarch::tidy {

std::ostream& operator<<(std::ostream& out, const Finding& finding) {
    out << finding.path;
    if (finding.line > 0) {
        out << ':' << finding.line;
    }
    return out << ": " << finding.message;
}

void append(Findings& findings, Findings more) {
    findings.insert(findings.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
}

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(std::move(line));
    }
    return lines;
}

bool has_extension(const std::string& path, std::string_view extension) {
    return path.ends_with(extension);
}

bool is_cpp(const std::string& path) {
    return has_extension(path, ".cpp") || has_extension(path, ".hpp");
}

bool is_python(const std::string& path) {
    return has_extension(path, ".py");
}

bool is_data(const std::string& path) {
    return path.starts_with("tests/data/") || path.starts_with("tests/fuzz/corpus/");
}

bool is_code(const std::string& path) {
    if (is_data(path)) {
        return false;
    }
    static constexpr std::array<std::string_view, 5> extensions{".cmake", ".sh", ".yaml", ".yml",
                                                                "CMakeLists.txt"};
    for (const std::string_view extension : extensions) {
        if (has_extension(path, extension)) {
            return true;
        }
    }
    return is_cpp(path) || is_python(path) || path.starts_with("script/") ||
           path.starts_with(".ci/");
}

} // namespace exarch::tidy
