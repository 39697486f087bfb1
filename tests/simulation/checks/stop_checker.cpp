#include "simulation/checks/stop_checker.hpp"

#include <fmt/format.h>

#include <variant>

namespace exarch::simulation {

void StopChecker::on_event(const core::Event& event) {
    is_stopping_ = is_stopping_ || std::holds_alternative<core::Stopping>(event);
}

void StopChecker::on_effects(std::span<const core::Effect> effects) {
    if (!is_stopping_) {
        return;
    }
    for (const core::Effect& effect : effects) {
        if (const auto* send = std::get_if<core::SendCall>(&effect)) {
            violations_.add(Rule::stops, fmt::format("call {} is sent by who was told to stop",
                                                     send->call.value()));
        }
        if (const auto* commit = std::get_if<core::Commit>(&effect)) {
            check(*commit);
        }
    }
}

void StopChecker::check(const core::Commit& commit) {
    for (const ledger::Record& record : commit.records) {
        if (const auto* bind = std::get_if<ledger::BindCall>(&record)) {
            violations_.add(Rule::stops, fmt::format("call {} is bound by who was told to stop",
                                                     bind->call.value()));
        }
    }
}

} // namespace exarch::simulation
