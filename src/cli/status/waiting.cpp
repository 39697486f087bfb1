#include "cli/status/waiting.hpp"

#include "base/overloaded.hpp"
#include "base/text.hpp"
#include "cli/status/turns.hpp"
#include "cli/terminal/table.hpp"

#include <fmt/format.h>

#include <string_view>

namespace exarch::cli {
namespace {

std::string_view article(std::string_view word) {
    const bool begins_with_vowel =
        !word.empty() && std::string_view("AEIOUaeiou").contains(word.front());
    return begins_with_vowel ? "an" : "a";
}

/// `takes 15 at once and has 15, the oldest for 2 min, which is longer than usual`
std::string takes(const WaitForSlots& slots) {
    std::string text = fmt::format("takes {} at once", with_commas(slots.limit));
    if (slots.in_progress > 0) {
        text += fmt::format(" and has {}", with_commas(slots.in_progress));
    }
    if (slots.overdue.has_value()) {
        text += fmt::format(", the oldest for {}, which is longer than usual",
                            base::format_for_people(*slots.overdue));
    }
    return text;
}

class Sentence {
public:
    Sentence(const Waiting& waiting, base::Timestamp now) : waiting_(waiting), now_(now) {}

    std::string operator()(const WaitForToken& token) const {
        const std::string_view api = std::string_view(token.api).substr(token.api.find('.') + 1);
        return fmt::format("{} for {} {} token in {} at {}{}; {}", waits(), article(api), api,
                           account(), format_pace(token.rate), about(), describe(token.ahead));
    }
    std::string operator()(const WaitForSlots& slots) const {
        return fmt::format("{} until AWS has finished {} {}, of which it {}{}{}", waits(),
                           slots.is_wildcard ? "wildcards" : "paths",
                           slots.is_of_account ? "in " + account() : "there", takes(slots), about(),
                           slots.ahead == 0 ? "" : "; " + ahead(slots.ahead));
    }
    std::string operator()(const WaitForAnswer& answer) const {
        const std::string age = base::format_for_people(now_ - answer.bound_at);
        if (!answer.is_overdue) {
            return fmt::format("{} for AWS's answer to the call {}, made {} ago", waits(),
                               base::printable(answer.reference), age);
        }
        return fmt::format(
            "{} to learn what became of the call {}, made {} ago: it was throttled, or went "
            "unanswered and may have taken effect; it is sent again as it was and looked for in "
            "AWS's lists, until {} at the latest",
            waits(), base::printable(answer.reference), age, base::format(answer.until));
    }
    std::string operator()(const WaitForMend& mend) const {
        return fmt::format("{} blocked by {}; it is tried again each minute, and exarch doctor "
                           "--account {} tells what mends it",
                           is_one() ? "is" : "are", base::printable(mend.reason), account());
    }
    std::string operator()(const WaitForTime& time) const {
        return fmt::format("may not start before {}, in {}", base::format(time.not_before),
                           base::format_for_people(time.not_before - now_));
    }
    std::string operator()(const WaitForVersion&) const {
        return fmt::format("{} for a version of exarch that knows the action {}", waits(),
                           base::printable(waiting_.lane.action));
    }

private:
    [[nodiscard]] bool is_one() const { return waiting_.operations == 1; }
    [[nodiscard]] std::string_view waits() const { return is_one() ? "waits" : "wait"; }
    [[nodiscard]] std::string_view them() const { return is_one() ? "it" : "them"; }
    [[nodiscard]] std::string ahead(std::int64_t operations) const {
        return fmt::format("{} ahead of {}", with_commas(operations), them());
    }
    [[nodiscard]] std::string describe(const Ahead& first) const {
        if (first.calls == 0) {
            return first.operations == 0
                       ? "next in turn"
                       : fmt::format("next in turn, {} in the same call", ahead(first.operations));
        }
        return fmt::format("{}, in {} call{}", ahead(first.operations), with_commas(first.calls),
                           ending(std::uint64_t(first.calls)));
    }
    [[nodiscard]] const std::string& account() const { return waiting_.lane.account.value(); }
    [[nodiscard]] std::string about() const {
        return waiting_.left.has_value()
                   ? fmt::format(", about {}", base::format_for_people(*waiting_.left))
                   : "";
    }

    const Waiting& waiting_;
    base::Timestamp now_;
};

/// What comes after "waits for".
class Briefly {
public:
    explicit Briefly(base::Timestamp now) : now_(now) {}

    std::string operator()(const WaitForToken& token) const {
        const std::string ahead =
            token.ahead.calls == 0
                ? ""
                : fmt::format(", {} call{} ahead", with_commas(token.ahead.calls),
                              ending(std::uint64_t(token.ahead.calls)));
        return "its turn at " + format_pace(token.rate) + ahead;
    }
    std::string operator()(const WaitForSlots& slots) const {
        return fmt::format("AWS to finish {}: it {}", slots.is_wildcard ? "wildcards" : "paths",
                           takes(slots));
    }
    std::string operator()(const WaitForAnswer& answer) const {
        return answer.is_overdue
                   ? fmt::format("the outcome of a call of {} ago: it is sent again and looked up",
                                 base::format_for_people(now_ - answer.bound_at))
                   : "AWS's answer";
    }
    std::string operator()(const WaitForMend& mend) const { return "blocked: " + mend.reason; }
    std::string operator()(const WaitForTime& time) const {
        return base::format(time.not_before) + ", before which it may not start";
    }
    std::string operator()(const WaitForVersion&) const {
        return "a version of exarch that knows this action";
    }

private:
    base::Timestamp now_;
};

std::string subject(const Waiting& waiting) {
    if (waiting.operations == 1) {
        return fmt::format("Operation {} at {}", format(waiting.first),
                           base::printable(waiting.lane.resource));
    }
    return fmt::format("{} operations at {} ({}-{})", with_commas(waiting.operations),
                       base::printable(waiting.lane.resource), format(waiting.first),
                       waiting.last.number.value());
}

} // namespace

std::string_view name_of(const WaitCause& cause) {
    return std::visit(base::Overloaded{
                          [](const WaitForToken&) -> std::string_view { return "token"; },
                          [](const WaitForSlots&) -> std::string_view { return "slots"; },
                          [](const WaitForAnswer& answer) -> std::string_view {
                              return answer.is_overdue ? "outcome" : "answer";
                          },
                          [](const WaitForMend&) -> std::string_view { return "mend"; },
                          [](const WaitForTime&) -> std::string_view { return "time"; },
                          [](const WaitForVersion&) -> std::string_view { return "version"; },
                      },
                      cause);
}

std::string describe_cause(const WaitCause& cause, base::Timestamp now) {
    return std::visit(Briefly(now), cause);
}

std::string describe(const Waiting& waiting, base::Timestamp now) {
    return subject(waiting) + " " + std::visit(Sentence(waiting, now), waiting.cause) + ".";
}

} // namespace exarch::cli
