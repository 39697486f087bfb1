#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "core/params.hpp"
#include "ledger/record.hpp"
#include "ledger/report.hpp"
#include "simulate/virtual_shell.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace exarch::simulate {

/// A message, and where it comes from, for people: `tasks.jsonl:2`.
struct ForecastTask {
    std::string place;
    std::string body;
};

struct ForecastCall {
    ledger::LaneKey lane;
    /// From the beginning until it is sent.
    base::Duration after{};
    std::vector<std::string> items;
    std::size_t operations = 0;
};

/// A part of a task that asks for nothing that could be carried out.
struct ForecastRejection {
    std::string task;
    ledger::Rejection rejection;
};

struct Forecast {
    /// How all operations have ended.
    ledger::TotalsReport totals;
    std::vector<ledger::AccountReport> accounts;
    std::vector<ledger::LaneReport> lanes;
    /// In the order in which they are sent.
    std::vector<ForecastCall> calls;
    /// Items that are not sent, because another item of the same call covers them: item of a lane
    /// to what covers it.
    std::map<std::pair<ledger::LaneKey, std::string>, std::string> covered;
    /// Operations whose very item another operation's call carries already.
    std::map<base::AccountId, std::size_t> merged;
    std::vector<ForecastRejection> rejections;
    /// Tasks that are known already, by their ids.
    std::size_t duplicate_tasks = 0;
};

/// What the core does with these tasks where all of them wait at `start`, no other work does, and
/// AWS accepts everything: the core itself runs, in virtual time, with a ledger in memory. Ends
/// when every operation has ended; params.max_age bounds the time that it looks ahead. Fails only
/// as the ledger does, which is an error in this program.
[[nodiscard]] base::Result<Forecast> forecast(core::CoreParams params,
                                              const std::vector<ForecastTask>& tasks,
                                              base::Timestamp start, const CloudModel& model = {});

} // namespace exarch::simulate
