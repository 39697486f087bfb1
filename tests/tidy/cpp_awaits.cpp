#include "tidy/cpp_shape.hpp"

#include <string_view>

namespace exarch::tidy {
namespace {

/// The blocks around token `i`, innermost first, up to the coroutine it belongs to.
std::vector<BlockKind> blocks_around(const Shape& shape, std::size_t i) {
    std::vector<BlockKind> kinds;
    for (auto block = shape.blocks.rbegin(); block != shape.blocks.rend(); ++block) {
        if (block->open > i || block->close < i) {
            continue;
        }
        if (block->kind == BlockKind::function || block->kind == BlockKind::lambda) {
            break;
        }
        kinds.push_back(block->kind);
    }
    return kinds;
}

/// Whether a list of values stands between `co_await` and the end of its expression.
bool builds_value(const Shape& shape, std::size_t await) {
    int depth = 0;
    for (std::size_t i = await; i < shape.tokens.size(); ++i) {
        const Token& token = shape.tokens[i];
        if (token == "(") {
            ++depth;
        } else if (token == ")") {
            --depth;
        }
        if (depth < 0 || token == ";") {
            return false;
        }
        for (const Block& block : shape.blocks) {
            if (block.open != i) {
                continue;
            }
            if (block.kind == BlockKind::initializer && block.close > block.open + 1) {
                return true;
            }
            i = block.close;
        }
    }
    return false;
}

} // namespace

Findings check_awaits(const std::string& path, const Shape& shape) {
    Findings findings;
    for (std::size_t i = 0; i < shape.tokens.size(); ++i) {
        if (!(shape.tokens[i] == "co_await")) {
            continue;
        }
        const int line = shape.tokens[i].line;
        const std::vector<BlockKind> around = blocks_around(shape, i);
        for (const BlockKind kind : around) {
            if (kind == BlockKind::handler) {
                findings.push_back({path, line, "co_await in a catch block: leave it first"});
            }
        }
        if (!around.empty() && around.front() == BlockKind::initializer) {
            findings.push_back({path, line, "co_await in a list of values: name its result first"});
        }
        if (builds_value(shape, i)) {
            findings.push_back(
                {path, line, "a value is built inside a co_await expression: name it, then await"});
        }
    }
    return findings;
}

} // namespace exarch::tidy
