#include "simulate/forecast.hpp"

#include "actions/registry.hpp"
#include "ledger/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <variant>

namespace exarch::simulate {
namespace {

/// No limit but that of the ledger: who asks beforehand wants to hear of everything.
core::CoreParams without_back_pressure(core::CoreParams params) {
    constexpr std::size_t times_as_many_held_up = 8;
    params.pending_max = std::numeric_limits<std::size_t>::max() / times_as_many_held_up;
    return params;
}

class Forecaster final : public Spectator {
public:
    Forecaster(core::CoreParams params, base::Timestamp start, const CloudModel& model)
        : shell_(without_back_pressure(std::move(params)), start, model, ledger_, *this) {}

    base::Status run(const std::vector<ForecastTask>& tasks) {
        EXARCH_CHECK(shell_.begin());
        core::MessagesReceived received;
        for (const ForecastTask& task : tasks) {
            core::ReceivedMessage message;
            message.handle = received.messages.size() + 1;
            message.origin.message_id = std::to_string(message.handle);
            message.body = task.body;
            received.messages.push_back(std::move(message));
        }
        EXARCH_CHECK(shell_.step(std::move(received)));
        while (shell_.next_time()) {
            EXARCH_CHECK(shell_.go_on());
        }
        return {};
    }

    base::Result<Forecast> conclude(const std::vector<ForecastTask>& tasks) {
        EXARCH_TRY(ledger::Overview overview, ledger_.overview(0));
        forecast_.totals = overview.totals;
        forecast_.accounts = std::move(overview.accounts);
        forecast_.lanes = std::move(overview.lanes);
        for (ForecastRejection& each : forecast_.rejections) {
            each.task = tasks[std::stoul(each.task) - 1].place;
        }
        return std::move(forecast_);
    }

    void recorded(const ledger::Record& record, const ledger::TaskReceipt* receipt,
                  base::Instant) override {
        if (const auto* task = std::get_if<ledger::AcceptTask>(&record)) {
            note(*task, *receipt);
        } else if (const auto* call = std::get_if<ledger::BindCall>(&record)) {
            note(*call);
        }
    }

    void sent(const core::SendCall& call, base::Instant at) override {
        forecast_.calls.push_back({.lane = call.lane,
                                   .after = at.time_since_epoch(),
                                   .items = call.items,
                                   .operations = bound_[call.call]});
    }

private:
    void note(const ledger::AcceptTask& task, const ledger::TaskReceipt& receipt) {
        using Verdict = ledger::TaskReceipt::Verdict;
        const std::string& number = task.origin.message_id;
        if (receipt.verdict == Verdict::duplicate) {
            ++forecast_.duplicate_tasks;
            return;
        }
        if (receipt.verdict == Verdict::conflict) {
            forecast_.rejections.push_back(
                {number,
                 {.place = "id",
                  .reason =
                      fmt::format("another task has the id {}, with other content", task.name),
                  .excerpt = {}}});
            return;
        }
        for (const ledger::Rejection& rejection : task.rejections) {
            forecast_.rejections.push_back({number, rejection});
        }
        for (const ledger::NewOperation& operation : task.operations) {
            items_.push_back(operation.item);
        }
    }

    /// Which of its operations travel as they are, and which with another.
    void note(const ledger::BindCall& call) {
        std::set<std::string_view> sent(call.items.begin(), call.items.end());
        std::set<std::string_view> met;
        for (const ledger::OperationId id : call.operations) {
            const std::string& item = items_[static_cast<std::size_t>(id.value()) - 1];
            if (!met.insert(item).second) {
                ++forecast_.merged[call.lane.account];
            } else if (!sent.contains(item)) {
                forecast_.covered.emplace(std::pair(call.lane, item), cover_of(item, call));
            }
        }
        bound_[call.call] = call.operations.size();
    }

    static std::string cover_of(std::string_view item, const ledger::BindCall& call) {
        const actions::Action* action = actions::find(call.lane.action);
        const auto covers = [&](const std::string& candidate) {
            const auto prefix = action->cover(candidate);
            return prefix && item.starts_with(*prefix);
        };
        const auto found = std::ranges::find_if(call.items, covers);
        return found == call.items.end() ? std::string() : *found;
    }

    ledger::MemoryLedger ledger_;
    VirtualShell shell_;
    /// Of every accepted operation, in the order of their ids, which begin with 1.
    std::vector<std::string> items_;
    std::map<ledger::CallId, std::size_t> bound_;
    Forecast forecast_;
};

} // namespace

base::Result<Forecast> forecast(core::CoreParams params, const std::vector<ForecastTask>& tasks,
                                base::Timestamp start, const CloudModel& model) {
    Forecaster forecaster(std::move(params), start, model);
    EXARCH_CHECK(forecaster.run(tasks));
    return forecaster.conclude(tasks);
}

} // namespace exarch::simulate
