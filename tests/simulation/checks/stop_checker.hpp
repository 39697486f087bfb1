#pragma once

#include "core/event.hpp"
#include "simulation/checks/violations.hpp"

#include <span>

namespace exarch::simulation {

/// Watches who has been told to stop: what is under way is finished, and nothing new is begun.
class StopChecker {
public:
    explicit StopChecker(Violations& violations) : violations_(violations) {}

    void on_start() { is_stopping_ = false; }
    void on_event(const core::Event& event);
    void on_effects(std::span<const core::Effect> effects);

private:
    void check(const core::Commit& commit);

    Violations& violations_;
    bool is_stopping_ = false;
};

} // namespace exarch::simulation
