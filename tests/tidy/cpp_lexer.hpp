#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::tidy {

enum class TokenKind : std::uint8_t { word, number, literal, punctuation };

/// A piece of C++ text. Strings and characters appear as literals without their content, comments
/// not at all. Punctuation is single characters, but for `::`, `->`, `<=` and `>=`.
struct Token {
    TokenKind kind = TokenKind::punctuation;
    std::string text;
    int line = 0;
    /// Part of a preprocessor directive: its braces belong to no one.
    bool directive = false;

    friend bool operator==(const Token& token, std::string_view wanted) {
        return token.kind != TokenKind::literal && token.text == wanted;
    }
};

/// Cuts C++ text into tokens: good enough for rules about words and shapes, and never fails.
[[nodiscard]] std::vector<Token> tokenize(std::string_view text);

} // namespace exarch::tidy
