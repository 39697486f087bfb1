#pragma once

#include "tidy/findings.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace exarch::tidy {

/// The numbers of the house style. There is no list of exceptions.
struct Limits {
    int line_columns_max = 100;
    int function_lines_max = 70;
    int parameters_max = 5;
    int nesting_max = 3;
    int source_lines_max = 400;
    int header_lines_max = 250;
    int test_lines_max = 600;
    int root_cmake_lines_max = 80;
    int folder_files_max = 25;
    std::size_t binary_bytes_max = 64 * 1024;
};

[[nodiscard]] Findings check_line_lengths(const TextFile& file, const Limits& limits);
[[nodiscard]] Findings check_file_length(const TextFile& file, const Limits& limits);
/// Length, parameters and nesting of C++ functions; length of Python functions.
[[nodiscard]] Findings check_functions(const TextFile& file, const Limits& limits);
/// `paths` are all files of the tree. Data is counted nowhere: its folders hold what they hold.
[[nodiscard]] Findings check_folder_sizes(const std::vector<std::string>& paths,
                                          const Limits& limits);
[[nodiscard]] Findings check_binary(const TextFile& file, const Limits& limits);

} // namespace exarch::tidy
