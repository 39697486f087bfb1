#include "tidy/cpp_shape.hpp"

#include "tidy/cpp_signature.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace exarch::tidy {
namespace {

template <std::size_t N>
bool is_one_of(const Token& token, const std::array<std::string_view, N>& words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return token == word; });
}

constexpr std::array<std::string_view, 4> type_words{"class", "struct", "union", "enum"};
constexpr std::array<std::string_view, 3> access_words{"public", "private", "protected"};
constexpr std::array<std::string_view, 4> control_words{"if", "for", "while", "switch"};
constexpr std::array<std::string_view, 3> bare_control_words{"else", "do", "try"};
constexpr std::array<std::string_view, 4> statement_ends{";", "{", "}", ":"};

/// A macro that stands for a declaration has no parameters of its own.
bool is_macro_name(const std::string& name) {
    return std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
}

class ShapeReader {
public:
    explicit ShapeReader(std::vector<Token> tokens) : source_(match_brackets(std::move(tokens))) {}

    Shape run() {
        levels_.push_back({});
        for (std::size_t i = 0; i < source_.tokens.size(); ++i) {
            step(i);
        }
        return {std::move(source_.tokens), std::move(blocks_), std::move(signatures_)};
    }

private:
    /// Where the reading stands between two braces.
    struct Level {
        std::optional<std::size_t> block;
        std::size_t head = 0;
        int parentheses = 0;
    };

    void step(std::size_t i) {
        const Token& token = at(i);
        Level& level = levels_.back();
        if (token == "{") {
            open(i);
        } else if (token == "}") {
            close(i);
        } else if (token == "(" || token == "[") {
            ++level.parentheses;
        } else if (token == ")" || token == "]") {
            --level.parentheses;
        } else if (token == ";" && level.parentheses == 0) {
            record_signature(level.head, i);
            level.head = i + 1;
        } else if (token == ":" && i > 0 && is_one_of(at(i - 1), access_words)) {
            level.head = i + 1;
        }
    }

    void open(std::size_t i) {
        const Level& level = levels_.back();
        const BlockKind kind = classify(i);
        Block block{kind, i, source_.partners[i], level.block, level.head, {}};
        if (kind == BlockKind::function) {
            record_signature(level.head, i);
            block.name = signatures_.back().name;
        }
        blocks_.push_back(std::move(block));
        levels_.push_back({blocks_.size() - 1, i + 1, 0});
    }

    void close(std::size_t i) {
        if (levels_.size() == 1) {
            return;
        }
        const std::size_t block = *levels_.back().block;
        levels_.pop_back();
        if (blocks_[block].kind != BlockKind::initializer) {
            levels_.back().head = i + 1;
        }
    }

    [[nodiscard]] bool among_declarations() const {
        const std::optional<std::size_t>& block = levels_.back().block;
        return !block || blocks_[*block].kind == BlockKind::declarations;
    }

    void record_signature(std::size_t head, std::size_t end) {
        if (!among_declarations()) {
            return;
        }
        if (auto found = find_signature(source_, head, end)) {
            if (is_macro_name(found->signature.name)) {
                found->signature.parameters = 0;
            }
            signatures_.push_back(std::move(found->signature));
        }
    }

    [[nodiscard]] BlockKind classify(std::size_t i) const {
        if (i == 0) {
            return BlockKind::plain;
        }
        const bool in_declaration = among_declarations() && levels_.back().parentheses == 0;
        return in_declaration ? classify_declaration(i) : classify_statement(i);
    }

    [[nodiscard]] BlockKind classify_declaration(std::size_t i) const {
        const std::size_t head = skip_template_head(source_, levels_.back().head, i);
        const auto signature = find_signature(source_, head, i);
        for (std::size_t j = head; j < i; ++j) {
            if (at(j) == "namespace" || at(j).kind == TokenKind::literal) {
                return BlockKind::declarations;
            }
            if (is_one_of(at(j), type_words) && !signature) {
                return BlockKind::declarations;
            }
            if (at(j) == "(" || at(j) == "=") {
                break;
            }
        }
        if (!signature) {
            return is_lambda_head(i) ? BlockKind::lambda : BlockKind::initializer;
        }
        return is_member_initializer(signature->close, i) ? BlockKind::initializer
                                                          : BlockKind::function;
    }

    /// In `Type(…) : member_{…}, base_(…) {` every brace but the last follows a name.
    [[nodiscard]] bool is_member_initializer(std::size_t parameters_close, std::size_t i) const {
        const bool follows_name = at(i - 1).kind == TokenKind::word || at(i - 1) == ">";
        for (std::size_t j = parameters_close + 1; follows_name && j < i; ++j) {
            if (at(j) == ":") {
                return true;
            }
            j = std::max(j, source_.partners[j]);
        }
        return false;
    }

    [[nodiscard]] BlockKind classify_statement(std::size_t i) const {
        const Token& before = at(i - 1);
        if (is_one_of(before, bare_control_words)) {
            return BlockKind::control;
        }
        if (before == ")") {
            const BlockKind kind = classify_parentheses(source_.partners[i - 1]);
            return kind == BlockKind::plain && is_lambda_head(i) ? BlockKind::lambda : kind;
        }
        if (is_lambda_head(i)) {
            return BlockKind::lambda;
        }
        if (is_one_of(before, statement_ends)) {
            return inside_list(i) ? BlockKind::initializer : BlockKind::plain;
        }
        return is_local_type(i) ? BlockKind::declarations : BlockKind::initializer;
    }

    [[nodiscard]] bool inside_list(std::size_t i) const {
        const std::optional<std::size_t>& block = levels_.back().block;
        return at(i - 1) == "{" && block && blocks_[*block].kind == BlockKind::initializer;
    }

    /// `open` opens the parentheses that stand before the brace.
    [[nodiscard]] BlockKind classify_parentheses(std::size_t open) const {
        if (open == 0) {
            return BlockKind::plain;
        }
        const Token& before = at(open - 1);
        const bool is_constexpr_if = before == "constexpr" && open > 1 && at(open - 2) == "if";
        if (is_one_of(before, control_words) || is_constexpr_if) {
            return BlockKind::control;
        }
        return before == "catch" ? BlockKind::handler : BlockKind::plain;
    }

    /// Walks back over `mutable`, a trailing return type and the parameters to `[…]`.
    [[nodiscard]] bool is_lambda_head(std::size_t i) const {
        static constexpr std::array<std::string_view, 8> specifiers{
            "mutable", "noexcept", "->", "::", "<", ">", "&", "*"};
        while (i > 0 && (is_one_of(at(i - 1), specifiers) || at(i - 1) == "," ||
                         at(i - 1).kind == TokenKind::word)) {
            if (at(i - 1) == "return" || at(i - 1) == "co_return") {
                return false;
            }
            --i;
        }
        if (i > 0 && at(i - 1) == ")") {
            i = source_.partners[i - 1];
        }
        if (i == 0 || !(at(i - 1) == "]")) {
            return false;
        }
        // `values[0] {` and `new int[n] {` subscript a name; a capture list follows none.
        const std::size_t capture = source_.partners[i - 1];
        const bool subscript = capture > 0 && (at(capture - 1).kind == TokenKind::word ||
                                               at(capture - 1) == ")" || at(capture - 1) == "]");
        return !subscript || at(capture - 1) == "return" || at(capture - 1) == "co_return";
    }

    [[nodiscard]] bool is_local_type(std::size_t i) const {
        for (std::size_t j = i; j > 0 && !is_one_of(at(j - 1), statement_ends); --j) {
            if (at(j - 1) == "(" || at(j - 1) == "=") {
                return false;
            }
            if (is_one_of(at(j - 1), type_words)) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] const Token& at(std::size_t i) const { return source_.tokens[i]; }

    BracketedTokens source_;
    std::vector<Level> levels_;
    std::vector<Block> blocks_;
    std::vector<Signature> signatures_;
};

bool is_within(const Block& inner, const Block& outer) {
    return inner.open > outer.open && inner.close < outer.close;
}

/// How many of the blocks that a reader must keep in mind stand around `block`, itself included,
/// up to the function it belongs to.
int depth_of(const Shape& shape, std::size_t block) {
    int depth = 0;
    std::optional<std::size_t> i = block;
    while (i && shape.blocks[*i].kind != BlockKind::function &&
           shape.blocks[*i].kind != BlockKind::declarations) {
        const BlockKind kind = shape.blocks[*i].kind;
        depth += kind == BlockKind::control || kind == BlockKind::handler ? 1 : 0;
        i = shape.blocks[*i].parent;
    }
    return depth;
}

} // namespace

Shape read_shape(std::string_view text) {
    std::vector<Token> tokens = tokenize(text);
    std::erase_if(tokens, [](const Token& token) { return token.directive; });
    return ShapeReader(std::move(tokens)).run();
}

std::vector<Function> find_functions(const Shape& shape) {
    std::vector<Function> functions;
    for (const Block& block : shape.blocks) {
        if (block.kind != BlockKind::function) {
            continue;
        }
        Function function;
        function.first_line = shape.tokens[block.head].line;
        function.last_line = shape.tokens[block.close].line;
        function.name = block.name;
        for (std::size_t i = 0; i < shape.blocks.size(); ++i) {
            if (is_within(shape.blocks[i], block)) {
                function.nesting = std::max(function.nesting, depth_of(shape, i));
            }
        }
        functions.push_back(std::move(function));
    }
    return functions;
}

} // namespace exarch::tidy
