#pragma once

#include "ledger/ledger.hpp"

#include <string>
#include <utility>

namespace exarch::core {

/// What is open in a ledger, and what whoever had it before hands over beside it.
class ToldWork final : public ledger::OpenWork {
public:
    /// `ledger` must outlive it.
    ToldWork(ledger::OpenWork& ledger, std::string told)
        : ledger_(ledger), told_(std::move(told)) {}

    base::Status load(ledger::Restorer& restorer) override {
        restorer.handover(told_);
        return ledger_.load(restorer);
    }

private:
    ledger::OpenWork& ledger_;
    std::string told_;
};

} // namespace exarch::core
