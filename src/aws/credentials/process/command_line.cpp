#include "aws/credentials/process/command_line.hpp"

#include <cstddef>
#include <utility>

namespace exarch::aws {
namespace {

constexpr char no_quote = '\0';

bool is_space(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/// Reads a command letter by letter.
class Splitter {
public:
    explicit Splitter(std::string_view command) : command_(command) {}

    base::Result<std::vector<std::string>> split() {
        while (place_ < command_.size()) {
            take(command_[place_++]);
        }
        if (quote_ != no_quote) {
            return base::invalid(std::string("a ") + quote_ + " is never closed");
        }
        if (is_escape_open_) {
            return base::invalid("nothing follows the \\ at its end");
        }
        end_word();
        return std::move(words_);
    }

private:
    void take(char letter) {
        if (quote_ == no_quote) {
            take_plain(letter);
        } else if (letter == quote_) {
            quote_ = no_quote;
        } else if (quote_ == '"' && letter == '\\' && is_escapable_in_quotes()) {
            word_ += command_[place_++];
        } else {
            word_ += letter;
        }
    }

    void take_plain(char letter) {
        if (is_space(letter)) {
            end_word();
            return;
        }
        has_word_ = true;
        if (letter == '\'' || letter == '"') {
            quote_ = letter;
        } else if (letter != '\\') {
            word_ += letter;
        } else if (place_ < command_.size()) {
            word_ += command_[place_++];
        } else {
            is_escape_open_ = true;
        }
    }

    [[nodiscard]] bool is_escapable_in_quotes() const {
        return place_ < command_.size() && (command_[place_] == '"' || command_[place_] == '\\');
    }

    void end_word() {
        if (has_word_) {
            words_.push_back(std::exchange(word_, {}));
        }
        has_word_ = false;
    }

    std::string_view command_;
    std::size_t place_ = 0;
    char quote_ = no_quote;
    bool is_escape_open_ = false;
    /// An empty pair of quotes is a word as well.
    bool has_word_ = false;
    std::string word_;
    std::vector<std::string> words_;
};

} // namespace

base::Result<std::vector<std::string>> split_command(std::string_view command) {
    if (command.contains('\0')) {
        return base::invalid("it has a NUL character");
    }
    EXARCH_TRY(std::vector<std::string> words, Splitter(command).split());
    if (words.empty() || words.front().empty()) {
        return base::invalid("it names no program");
    }
    return words;
}

} // namespace exarch::aws
