#include "simulation/checks/answer_checker.hpp"

#include <fmt/format.h>

namespace exarch::simulation {

using actions::Verdict;
using ledger::AttemptEnd;
using ledger::CallEnd;

namespace {

/// None where nothing was sent.
std::optional<AttemptEnd> end_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::not_sent:
    case Verdict::account_denied:
        return std::nullopt;
    case Verdict::throttled:
        return AttemptEnd::throttled;
    case Verdict::unknown:
        return AttemptEnd::unknown;
    default:
        return AttemptEnd::answered;
    }
}

template <class Said>
std::optional<Said> said(const core::Event& event) {
    const auto* one = std::get_if<Said>(&event);
    return one != nullptr ? std::optional(*one) : std::nullopt;
}

} // namespace

void AnswerChecker::on_event(const core::Event& event) {
    answer_ = said<core::CallAnswered>(event);
    proof_ = said<core::CallProved>(event);
    progress_ = said<core::ProgressRead>(event);
    is_counted_ = false;
}

void AnswerChecker::on_effects(std::span<const core::Effect> effects) {
    for (const core::Effect& effect : effects) {
        const auto* commit = std::get_if<core::Commit>(&effect);
        if (commit == nullptr) {
            continue;
        }
        for (const ledger::Record& record : commit->records) {
            if (const auto* count = std::get_if<ledger::CountAttempt>(&record)) {
                check(*count);
            } else if (const auto* close = std::get_if<ledger::CloseCall>(&record)) {
                check(*close);
            } else if (const auto* complete = std::get_if<ledger::CompleteCall>(&record)) {
                check(*complete);
            }
        }
    }
    if (answer_ && end_of(answer_->verdict) && !is_counted_) {
        violations_.add(Rule::recorded, fmt::format("call {} was answered, and nobody counts it",
                                                    answer_->call.value()));
    }
}

void AnswerChecker::check(const ledger::CountAttempt& count) {
    is_counted_ = true;
    if (!answer_ || answer_->call != count.call || end_of(answer_->verdict) != count.end) {
        violations_.add(
            Rule::recorded,
            fmt::format("an attempt of call {} is counted as what it was not", count.call.value()));
    }
}

void AnswerChecker::check(const ledger::CloseCall& close) {
    // Else it is closed for another reason: it was found meanwhile, or its time is over.
    const bool closes_it =
        answer_ && answer_->call == close.call &&
        (answer_->verdict == Verdict::accepted || answer_->reason == close.reason);
    if (closes_it &&
        (answer_->request_id != close.request_id || answer_->result_id != close.result_id)) {
        violations_.add(Rule::recorded,
                        fmt::format("call {} is closed without the ids of its answer, {} and {}",
                                    close.call.value(), answer_->request_id.value(),
                                    answer_->result_id));
    }
    if (proof_ && proof_->call == close.call && close.end == CallEnd::done &&
        proof_->result_id != close.result_id) {
        violations_.add(Rule::recorded, fmt::format("call {} is closed without the id {} of what "
                                                    "AWS shows",
                                                    close.call.value(), proof_->result_id));
    }
}

void AnswerChecker::check(const ledger::CompleteCall& complete) {
    if (progress_ && progress_->call == complete.call &&
        progress_->progress == core::ProgressRead::Progress::in_progress) {
        violations_.add(Rule::slots,
                        fmt::format("call {} is complete, which AWS says is in progress",
                                    complete.call.value()));
    }
}

} // namespace exarch::simulation
