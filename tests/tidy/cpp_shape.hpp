#pragma once

#include "tidy/cpp_lexer.hpp"
#include "tidy/findings.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace exarch::tidy {

/// What a pair of braces is.
enum class BlockKind : std::uint8_t {
    /// A namespace, a class or an enumeration: declarations stand in it.
    declarations,
    function,
    lambda,
    /// if, else, for, while, do, switch, try.
    control,
    /// catch.
    handler,
    /// A block for its own sake, and the arm of a switch.
    plain,
    /// A list of values.
    initializer,
};

struct Block {
    BlockKind kind = BlockKind::plain;
    /// Indices of its braces among the tokens.
    std::size_t open = 0;
    std::size_t close = 0;
    /// The block around it.
    std::optional<std::size_t> parent;
    /// Where the declaration begins that the block belongs to: for functions, the return type.
    std::size_t head = 0;
    /// Of a function.
    std::string name;
};

/// A function that is declared or defined.
struct Signature {
    std::string name;
    int line = 0;
    int parameters = 0;
};

/// The braces of a C++ file and what they are, told by what stands before them. A heuristic for
/// clean, formatted code; it needs no compiler and no include path.
struct Shape {
    std::vector<Token> tokens;
    std::vector<Block> blocks;
    std::vector<Signature> signatures;
};

[[nodiscard]] Shape read_shape(std::string_view text);

struct Function {
    std::string name;
    int first_line = 0;
    int last_line = 0;
    /// How deep control blocks stand in each other; those around a lambda count in it too.
    int nesting = 0;
};

[[nodiscard]] std::vector<Function> find_functions(const Shape& shape);

/// The rules for co_await: none in a handler, no value built in its operand, not in a list of
/// values (docs/adr/0001).
[[nodiscard]] Findings check_awaits(const std::string& path, const Shape& shape);

} // namespace exarch::tidy
