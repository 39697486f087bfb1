#pragma once

#include "tidy/cpp_shape.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace exarch::tidy {

/// Tokens, and for each bracket the index of its partner (its own where it has none).
struct BracketedTokens {
    std::vector<Token> tokens;
    std::vector<std::size_t> partners;
};

[[nodiscard]] BracketedTokens match_brackets(std::vector<Token> tokens);

/// A signature among the tokens [begin, end), which hold one declaration up to its body or end.
struct LocatedSignature {
    Signature signature;
    /// The parenthesis that closes the parameters.
    std::size_t close = 0;
};

[[nodiscard]] std::optional<LocatedSignature> find_signature(const BracketedTokens& source,
                                                             std::size_t begin, std::size_t end);

/// `begin` moved past `template <…>` and attributes.
[[nodiscard]] std::size_t skip_template_head(const BracketedTokens& source, std::size_t begin,
                                             std::size_t end);

} // namespace exarch::tidy
