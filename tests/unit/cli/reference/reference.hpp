#pragma once

#include <string>

// The reference pages of docs/reference, in Markdown: made of what the program itself goes by, so
// that they cannot say anything else. Tests compare the files with what is made here.
namespace exarch::cli {

/// Every key of exarch.yaml: what it may be, its default, and what it means.
[[nodiscard]] std::string configuration_reference();

/// Both forms of a task's message, and what is said of those that are wrong.
[[nodiscard]] std::string message_reference();

/// Every verb's help.
[[nodiscard]] std::string command_reference();

} // namespace exarch::cli
