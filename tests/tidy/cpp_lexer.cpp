#include "tidy/cpp_lexer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace exarch::tidy {
namespace {

bool is_word_start(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_word_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<Token> run() {
        while (position_ < text_.size()) {
            step();
        }
        return std::move(tokens_);
    }

private:
    void step() {
        const char c = text_[position_];
        if (c == '\n') {
            directive_ = directive_ && previous_is('\\');
            line_has_tokens_ = false;
            skip(1);
        } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            skip(1);
        } else if (starts_with("//")) {
            skip(rest_until("\n"));
        } else if (starts_with("/*")) {
            skip(std::min(rest_until("*/") + 2, text_.size() - position_));
        } else {
            token(c);
            line_has_tokens_ = true;
        }
    }

    void token(char c) {
        if (c == '#' && !line_has_tokens_) {
            directive_ = true;
            take(TokenKind::punctuation, 1);
        } else if (c == '"') {
            quoted('"');
        } else if (c == '\'') {
            quoted('\'');
        } else if (is_word_start(c)) {
            word();
        } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            number();
        } else {
            punctuation();
        }
    }

    void word() {
        std::size_t length = 1;
        while (position_ + length < text_.size() && is_word_part(text_[position_ + length])) {
            ++length;
        }
        const std::string_view name = text_.substr(position_, length);
        const bool quote_follows =
            position_ + length < text_.size() && text_[position_ + length] == '"';
        if (quote_follows && name.ends_with('R')) {
            skip(length);
            raw_string();
        } else {
            take(TokenKind::word, length);
        }
    }

    /// Digits and what may stand among them: the apostrophe that separates them too.
    void number() {
        std::size_t length = 1;
        while (position_ + length < text_.size() &&
               (is_word_part(text_[position_ + length]) || text_[position_ + length] == '.' ||
                text_[position_ + length] == '\'')) {
            ++length;
        }
        take(TokenKind::number, length);
    }

    void quoted(char quote) {
        const int line = line_;
        std::size_t length = 1;
        while (position_ + length < text_.size() && text_[position_ + length] != quote &&
               text_[position_ + length] != '\n') {
            length += text_[position_ + length] == '\\' ? 2 : 1;
        }
        skip(std::min(length + 1, text_.size() - position_));
        tokens_.push_back({TokenKind::literal, std::string(1, quote), line, directive_});
    }

    void raw_string() {
        const int line = line_;
        const std::size_t opening = rest_until("(");
        const std::string_view delimiter = text_.substr(position_ + 1, opening - 1);
        const std::string closing = ")" + std::string(delimiter) + "\"";
        skip(std::min(rest_until(closing) + closing.size(), text_.size() - position_));
        tokens_.push_back({TokenKind::literal, "\"", line, directive_});
    }

    void punctuation() {
        static constexpr std::array<std::string_view, 4> pairs{"::", "->", "<=", ">="};
        const bool is_pair =
            std::ranges::any_of(pairs, [this](std::string_view pair) { return starts_with(pair); });
        take(TokenKind::punctuation, is_pair ? 2 : 1);
    }

    void take(TokenKind kind, std::size_t length) {
        tokens_.push_back({kind, std::string(text_.substr(position_, length)), line_, directive_});
        skip(length);
    }

    void skip(std::size_t length) {
        const std::string_view skipped = text_.substr(position_, length);
        line_ += static_cast<int>(std::ranges::count(skipped, '\n'));
        position_ += skipped.size();
    }

    [[nodiscard]] bool starts_with(std::string_view prefix) const {
        return text_.substr(position_).starts_with(prefix);
    }

    [[nodiscard]] bool previous_is(char c) const {
        return position_ > 0 && text_[position_ - 1] == c;
    }

    [[nodiscard]] std::size_t rest_until(std::string_view end) const {
        return std::min(text_.find(end, position_), text_.size()) - position_;
    }

    std::string_view text_;
    std::size_t position_ = 0;
    int line_ = 1;
    bool directive_ = false;
    bool line_has_tokens_ = false;
    std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> tokenize(std::string_view text) {
    return Lexer(text).run();
}

} // namespace exarch::tidy
