#pragma once

#include "core/event.hpp"
#include "simulation/checks/violations.hpp"

#include <optional>
#include <span>

namespace exarch::simulation {

/// Holds what a step records against what AWS has just said: attempts are counted as what they
/// were, a closed call has the ids that AWS gave, and what is in progress is not complete.
class AnswerChecker {
public:
    explicit AnswerChecker(Violations& violations) : violations_(violations) {}

    void on_event(const core::Event& event);
    /// All that the step of this event has brought forth.
    void on_effects(std::span<const core::Effect> effects);

private:
    void check(const ledger::CountAttempt& count);
    void check(const ledger::CloseCall& close);
    void check(const ledger::CompleteCall& complete);

    Violations& violations_;
    std::optional<core::CallAnswered> answer_;
    std::optional<core::CallProved> proof_;
    std::optional<core::ProgressRead> progress_;
    bool is_counted_ = false;
};

} // namespace exarch::simulation
