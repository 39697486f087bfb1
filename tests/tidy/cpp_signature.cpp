#include "tidy/cpp_signature.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace exarch::tidy {
namespace {

bool opens(const Token& token) {
    return token == "(" || token == "[" || token == "{";
}

bool closes(const Token& token) {
    return token == ")" || token == "]" || token == "}";
}

/// Words after which parentheses hold no parameters.
bool takes_operand(const Token& token) {
    static constexpr std::array<std::string_view, 5> words{"decltype", "alignas", "explicit",
                                                           "requires", "noexcept"};
    return std::ranges::any_of(words, [&](std::string_view word) { return token == word; });
}

/// Follows angle brackets; a `<` opens one only after a name.
class AngleDepth {
public:
    void see(const Token& token, const Token& previous) {
        if (token == "<" && previous.kind == TokenKind::word) {
            ++depth_;
        } else if (token == ">" && depth_ > 0) {
            --depth_;
        }
    }
    [[nodiscard]] bool outside() const { return depth_ == 0; }

private:
    int depth_ = 0;
};

int count_parameters(const BracketedTokens& source, std::size_t open) {
    const std::size_t close = source.partners[open];
    const bool none = close == open + 1 || (close == open + 2 && source.tokens[open + 1] == "void");
    if (none) {
        return 0;
    }
    int parameters = 1;
    AngleDepth angles;
    for (std::size_t i = open + 1; i < close; ++i) {
        const Token& token = source.tokens[i];
        angles.see(token, source.tokens[i - 1]);
        parameters += token == "," && angles.outside() ? 1 : 0;
        i = opens(token) ? source.partners[i] : i;
    }
    return parameters;
}

/// The index of the parenthesis that opens the parameters of an operator named at `i`.
std::size_t operator_parameters(const BracketedTokens& source, std::size_t i, std::size_t end) {
    const bool is_call = i + 2 < end && source.tokens[i + 1] == "(" && source.tokens[i + 2] == ")";
    i += is_call ? 3 : 1;
    while (i < end && !(source.tokens[i] == "(")) {
        ++i;
    }
    return i;
}

} // namespace

BracketedTokens match_brackets(std::vector<Token> tokens) {
    BracketedTokens source{std::move(tokens), {}};
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < source.tokens.size(); ++i) {
        source.partners.push_back(i);
        if (opens(source.tokens[i])) {
            open.push_back(i);
        } else if (closes(source.tokens[i]) && !open.empty()) {
            source.partners[i] = open.back();
            source.partners[open.back()] = i;
            open.pop_back();
        }
    }
    return source;
}

std::size_t skip_template_head(const BracketedTokens& source, std::size_t begin, std::size_t end) {
    while (begin + 1 < end) {
        if (source.tokens[begin] == "[" && source.tokens[begin + 1] == "[") {
            begin = source.partners[begin] + 1;
            continue;
        }
        if (!(source.tokens[begin] == "template")) {
            return begin;
        }
        AngleDepth angles;
        do {
            angles.see(source.tokens[begin + 1], source.tokens[begin]);
            ++begin;
        } while (begin + 1 < end && !angles.outside());
        ++begin;
    }
    return begin;
}

std::optional<LocatedSignature> find_signature(const BracketedTokens& source, std::size_t begin,
                                               std::size_t end) {
    AngleDepth angles;
    const std::size_t first = skip_template_head(source, begin, end);
    for (std::size_t i = first; i < end; ++i) {
        const Token& token = source.tokens[i];
        std::size_t open = i;
        if (token == "operator") {
            open = operator_parameters(source, i, end);
        } else if (token == "=" && angles.outside()) {
            return std::nullopt;
        }
        if (i > first) {
            angles.see(token, source.tokens[i - 1]);
        }
        const bool is_list = open < end && open > first && source.tokens[open] == "(" &&
                             angles.outside() && !takes_operand(source.tokens[open - 1]);
        if (is_list) {
            const Token& name = token == "operator" ? token : source.tokens[open - 1];
            return LocatedSignature{{name.text, name.line, count_parameters(source, open)},
                                    source.partners[open]};
        }
        i = opens(token) ? source.partners[i] : i;
    }
    return std::nullopt;
}

} // namespace exarch::tidy
