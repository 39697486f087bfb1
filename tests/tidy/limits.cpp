#include "tidy/limits.hpp"

#include "tidy/cpp_shape.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace exarch::tidy {
namespace {

std::string exceeds(std::string_view what, int count, int limit) {
    return std::string(what) + " " + std::to_string(count) + ", allowed are " +
           std::to_string(limit);
}

/// Characters, not bytes: continuation bytes of UTF-8 do not count.
int columns_of(const std::string& line) {
    return static_cast<int>(std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

int file_lines_max(const std::string& path, const Limits& limits) {
    if (path == "CMakeLists.txt") {
        return limits.root_cmake_lines_max;
    }
    if (has_extension(path, ".hpp")) {
        return limits.header_lines_max;
    }
    return path.starts_with("tests/") ? limits.test_lines_max : limits.source_lines_max;
}

Findings check_cpp_functions(const TextFile& file, const Limits& limits) {
    Findings findings;
    const Shape shape = read_shape(file.text);
    for (const Function& function : find_functions(shape)) {
        const int lines = function.last_line - function.first_line + 1;
        if (lines > limits.function_lines_max) {
            findings.push_back(
                {file.path, function.first_line,
                 exceeds("lines of " + function.name + ":", lines, limits.function_lines_max)});
        }
        if (function.nesting > limits.nesting_max) {
            findings.push_back({file.path, function.first_line,
                                exceeds("nesting in " + function.name + ":", function.nesting,
                                        limits.nesting_max)});
        }
    }
    for (const Signature& signature : shape.signatures) {
        if (signature.parameters > limits.parameters_max) {
            findings.push_back({file.path, signature.line,
                                exceeds("parameters of " + signature.name + ":",
                                        signature.parameters, limits.parameters_max)});
        }
    }
    return findings;
}

std::size_t indentation_of(const std::string& line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

bool starts_python_function(const std::string& line) {
    const std::string_view text = std::string_view(line).substr(indentation_of(line));
    return text.starts_with("def ") || text.starts_with("async def ");
}

/// A function lasts until the next line that is indented no deeper, but for `) -> …:`.
int python_function_lines(const std::vector<std::string>& lines, std::size_t first) {
    const std::size_t indentation = indentation_of(lines[first]);
    std::size_t last = first;
    for (std::size_t i = first + 1; i < lines.size(); ++i) {
        const bool is_blank = indentation_of(lines[i]) == lines[i].size();
        const bool closes_head = lines[i].substr(indentation_of(lines[i])).starts_with(")");
        if (!is_blank && indentation_of(lines[i]) <= indentation && !closes_head) {
            break;
        }
        last = is_blank ? last : i;
    }
    return static_cast<int>(last - first) + 1;
}

Findings check_python_functions(const TextFile& file, const Limits& limits) {
    Findings findings;
    const std::vector<std::string> lines = split_lines(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const int length = starts_python_function(lines[i]) ? python_function_lines(lines, i) : 0;
        if (length > limits.function_lines_max) {
            findings.push_back(
                {file.path, static_cast<int>(i) + 1,
                 exceeds("lines of a function:", length, limits.function_lines_max)});
        }
    }
    return findings;
}

} // namespace

Findings check_line_lengths(const TextFile& file, const Limits& limits) {
    Findings findings;
    if (!is_code(file.path)) {
        return findings;
    }
    int number = 0;
    for (const std::string& line : split_lines(file.text)) {
        ++number;
        if (columns_of(line) > limits.line_columns_max) {
            findings.push_back({file.path, number,
                                exceeds("columns:", columns_of(line), limits.line_columns_max)});
        }
    }
    return findings;
}

Findings check_file_length(const TextFile& file, const Limits& limits) {
    const int lines = static_cast<int>(split_lines(file.text).size());
    const int lines_max = file_lines_max(file.path, limits);
    if (!is_code(file.path) || lines <= lines_max) {
        return {};
    }
    return {{file.path, 0, exceeds("lines of the file:", lines, lines_max)}};
}

Findings check_functions(const TextFile& file, const Limits& limits) {
    if (is_cpp(file.path)) {
        return check_cpp_functions(file, limits);
    }
    return is_python(file.path) ? check_python_functions(file, limits) : Findings{};
}

Findings check_folder_sizes(const std::vector<std::string>& paths, const Limits& limits) {
    std::map<std::string, int> files;
    for (const std::string& path : paths) {
        if (!is_data(path)) {
            ++files[path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/'))];
        }
    }
    Findings findings;
    for (const auto& [folder, count] : files) {
        if (count > limits.folder_files_max) {
            findings.push_back(
                {folder, 0, exceeds("files in the folder:", count, limits.folder_files_max)});
        }
    }
    return findings;
}

Findings check_binary(const TextFile& file, const Limits& limits) {
    const bool is_binary = file.text.find('\0') != std::string::npos;
    if (!is_binary || file.text.size() <= limits.binary_bytes_max) {
        return {};
    }
    return {{file.path, 0,
             "a binary file of " + std::to_string(file.text.size()) +
                 " bytes: make it when it is needed, or keep it small"}};
}

} // namespace exarch::tidy
