#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::tidy {

/// A text file of the tree. The path is relative to its root, with slashes.
struct TextFile {
    std::string path;
    std::string text;
};

/// One broken rule, and where. Line 0 speaks of the file or folder as a whole.
struct Finding {
    std::string path;
    int line = 0;
    std::string message;

    friend bool operator==(const Finding&, const Finding&) = default;
};

using Findings = std::vector<Finding>;

/// `src/core/lane.cpp:12: …`, as compilers write it.
std::ostream& operator<<(std::ostream& out, const Finding& finding);

void append(Findings& findings, Findings more);

/// The lines of a text, without their ends.
[[nodiscard]] std::vector<std::string> split_lines(const std::string& text);

[[nodiscard]] bool has_extension(const std::string& path, std::string_view extension);

/// C++ source or header.
[[nodiscard]] bool is_cpp(const std::string& path);
[[nodiscard]] bool is_python(const std::string& path);
/// Whatever people write and read as code: C++, Python, CMake, shell, YAML.
[[nodiscard]] bool is_code(const std::string& path);
/// Examples that tests read: written by others, and as they came.
[[nodiscard]] bool is_data(const std::string& path);

} // namespace exarch::tidy
