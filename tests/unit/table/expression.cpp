#include "unit/table/expression.hpp"

#include <algorithm>
#include <compare>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::table {
namespace {

using aws::AttributeValue;

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char letter = text[at];
        if (letter == ' ') {
            end_word();
        } else if (std::string_view("(),+=<").find(letter) != std::string_view::npos) {
            end_word();
            const bool is_pair = letter == '<' && at + 1 < text.size() && text[at + 1] == '=';
            words.emplace_back(text.substr(at, is_pair ? 2 : 1));
            at += is_pair ? 1 : 0;
        } else {
            word += letter;
        }
    }
    end_word();
    return words;
}

/// Reads an expression word by word. Anything that it does not know ends the test.
class Reader {
public:
    Reader(const aws::Expression& expression, const aws::Item& item)
        : words_(words_of(expression.text)), expression_(expression), item_(item) {}

    bool condition() {
        const bool held = disjunction();
        if (at_ != words_.size()) {
            fail();
        }
        return held;
    }

    void update(aws::Item& changed) {
        expect("SET");
        do {
            const std::string name = attribute();
            expect("=");
            const std::optional<AttributeValue> value = sum();
            changed.insert_or_assign(name, value.value());
        } while (accept(","));
        if (accept("REMOVE")) {
            do {
                changed.erase(attribute());
            } while (accept(","));
        }
        if (at_ != words_.size()) {
            fail();
        }
    }

private:
    [[noreturn]] void fail() const {
        throw std::logic_error("the model cannot read: " + expression_.text);
    }
    bool accept(std::string_view word) {
        const bool is_it = at_ < words_.size() && words_[at_] == word;
        at_ += is_it ? 1 : 0;
        return is_it;
    }
    void expect(std::string_view word) {
        if (!accept(word)) {
            fail();
        }
    }
    std::string attribute() {
        const std::string& name = words_.at(at_++);
        const auto found =
            std::ranges::find(expression_.names, name, &std::pair<std::string, std::string>::first);
        if (found == expression_.names.end()) {
            fail();
        }
        return found->second;
    }
    std::optional<AttributeValue> at(const std::string& name) const {
        const auto found = item_.find(name);
        return found == item_.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<AttributeValue> operand() {
        if (accept("if_not_exists")) {
            expect("(");
            const std::optional<AttributeValue> value = at(attribute());
            expect(",");
            const std::optional<AttributeValue> other = operand();
            expect(")");
            return value.has_value() ? value : other;
        }
        if (words_.at(at_).starts_with(':')) {
            return expression_.values.at(words_[at_++]);
        }
        return at(attribute());
    }
    std::optional<AttributeValue> sum() {
        std::optional<AttributeValue> value = operand();
        while (accept("+")) {
            value = AttributeValue(value.value().integer().value() +
                                   operand().value().integer().value());
        }
        return value;
    }
    bool disjunction() {
        bool held = conjunction();
        while (accept("OR")) {
            const bool also = conjunction();
            held = held || also;
        }
        return held;
    }
    bool conjunction() {
        bool held = comparison();
        while (accept("AND")) {
            const bool also = comparison();
            held = held && also;
        }
        return held;
    }
    bool comparison() {
        for (const std::string_view function : {"attribute_exists", "attribute_not_exists"}) {
            if (accept(function)) {
                expect("(");
                const bool is_there = at(attribute()).has_value();
                expect(")");
                return is_there == (function == "attribute_exists");
            }
        }
        const std::optional<AttributeValue> left = operand();
        if (accept("BETWEEN")) {
            const std::optional<AttributeValue> low = operand();
            expect("AND");
            const std::optional<AttributeValue> high = operand();
            return left && *left->text() >= *low->text() && *left->text() <= *high->text();
        }
        if (accept("=")) {
            const std::optional<AttributeValue> right = operand();
            return left && right && *left == *right;
        }
        const bool or_equal = accept("<=");
        if (!or_equal) {
            expect("<");
        }
        const std::optional<AttributeValue> right = operand();
        return left && right &&
               (left->integer() < right->integer() ||
                (or_equal && left->integer() == right->integer()));
    }

    std::vector<std::string> words_;
    std::size_t at_ = 0;
    const aws::Expression& expression_;
    const aws::Item& item_;
};

} // namespace

bool holds(const aws::Expression& condition, const aws::Item& item) {
    return condition.text.empty() || Reader(condition, item).condition();
}

void apply(const aws::Expression& update, aws::Item& item) {
    const aws::Item before = item;
    Reader(update, before).update(item);
}

} // namespace exarch::table
