#include "simulate/forecast.hpp"

#include "actions/registry.hpp"
#include "base/overloaded.hpp"
#include "core/core.hpp"
#include "ledger/memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <variant>

namespace exarch::simulate {
namespace {

using base::Duration;
using base::Instant;

/// No limit but that of the ledger: who asks beforehand wants to hear of everything.
core::CoreParams without_back_pressure(core::CoreParams params) {
    constexpr std::size_t times_as_many_held_up = 8;
    params.pending_max = std::numeric_limits<std::size_t>::max() / times_as_many_held_up;
    return params;
}

/// The shell around the core: everything it asks for happens, and takes virtual time only.
class VirtualShell {
public:
    VirtualShell(core::CoreParams params, base::Timestamp start, const CloudModel& model)
        : model_(model), start_(start), core_(without_back_pressure(std::move(params))) {}

    base::Status run(const std::vector<ForecastTask>& tasks) {
        EXARCH_CHECK(core_.restore(ledger_, now()));
        core::MessagesReceived received;
        for (const ForecastTask& task : tasks) {
            core::ReceivedMessage message;
            message.handle = received.messages.size() + 1;
            message.origin.message_id = std::to_string(message.handle);
            message.body = task.body;
            received.messages.push_back(std::move(message));
        }
        EXARCH_CHECK(step(std::move(received)));
        while (const auto next = next_time()) {
            now_ = std::max(now_, *next);
            EXARCH_CHECK(do_next());
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

private:
    [[nodiscard]] base::Moment now() const {
        return {now_,
                start_ + std::chrono::floor<base::Timestamp::duration>(now_.time_since_epoch())};
    }

    /// None where nothing can happen any more that ends an operation.
    [[nodiscard]] std::optional<Instant> next_time() const {
        std::optional<Instant> next;
        if (core_.open_operations() == 0 && under_way_ == 0) {
            return next;
        }
        next = core_.wake_at();
        if (!agenda_.empty()) {
            const Instant at = agenda_.begin()->first;
            next = std::min(next.value_or(at), at);
        }
        return next;
    }

    base::Status do_next() {
        if (agenda_.empty() || agenda_.begin()->first > now_) {
            return step(core::TimePassed{});
        }
        core::Event event = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        under_way_ -= std::holds_alternative<core::Committed>(event) ? 1 : 0;
        return step(std::move(event));
    }

    base::Status step(core::Event event) {
        for (core::Effect& effect : core_.step(std::move(event), now())) {
            EXARCH_CHECK(perform(effect));
        }
        return {};
    }

    base::Status perform(core::Effect& effect) {
        return std::visit(
            base::Overloaded{
                [&](core::Commit& commit) { return make_durable(std::move(commit)); },
                [&](core::SendCall& call) { return send(std::move(call)); },
                [&](core::ReadProgress& question) {
                    using Progress = core::ProgressRead::Progress;
                    const bool is_over = now_ >= accepted_at_[question.call] + model_.completion;
                    later(core::ProgressRead{question.call,
                                             is_over ? Progress::complete : Progress::in_progress});
                    return base::Status();
                },
                [&](core::ProveCall& question) {
                    later(core::CallProved{.call = question.call, .result_id = {}});
                    return base::Status();
                },
                [](core::DeleteMessages&) { return base::Status(); },
                [](core::Report&) { return base::Status(); },
            },
            effect);
    }

    void later(core::Event event) { agenda_.emplace(now_ + model_.round_trip, std::move(event)); }

    base::Status make_durable(core::Commit commit) {
        EXARCH_TRY(std::vector<ledger::TaskReceipt> receipts, ledger_.commit(commit.records));
        auto receipt = receipts.begin();
        for (const ledger::Record& record : commit.records) {
            if (const auto* task = std::get_if<ledger::AcceptTask>(&record)) {
                note(*task, *receipt++);
            } else if (const auto* call = std::get_if<ledger::BindCall>(&record)) {
                note(*call);
            }
        }
        ++under_way_;
        agenda_.emplace(
            now_, core::Committed{commit.revision, std::move(commit.records), std::move(receipts)});
        return {};
    }

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

    base::Status send(core::SendCall call) {
        const ledger::CallId id = call.call;
        accepted_at_[id] = now_ + model_.round_trip;
        core::CallAnswered answer{.call = id,
                                  .verdict = actions::Verdict::accepted,
                                  .result_id = fmt::format("I{}", id.value()),
                                  .request_id = base::RequestId("forecast"),
                                  .reason = {},
                                  .sent_at = now_,
                                  .round_trip = model_.round_trip};
        forecast_.calls.push_back({.lane = std::move(call.lane),
                                   .after = now_.time_since_epoch(),
                                   .items = std::move(call.items),
                                   .operations = bound_[id]});
        agenda_.emplace(now_, core::CallDeparted{id});
        later(std::move(answer));
        return {};
    }

    CloudModel model_;
    base::Timestamp start_;
    core::Core core_;
    ledger::MemoryLedger ledger_;
    Instant now_;
    std::multimap<Instant, core::Event> agenda_;
    /// Commits that the core has not been told of yet.
    std::size_t under_way_ = 0;
    /// Of every accepted operation, in the order of their ids, which begin with 1.
    std::vector<std::string> items_;
    std::map<ledger::CallId, std::size_t> bound_;
    std::map<ledger::CallId, Instant> accepted_at_;
    Forecast forecast_;
};

} // namespace

base::Result<Forecast> forecast(core::CoreParams params, const std::vector<ForecastTask>& tasks,
                                base::Timestamp start, const CloudModel& model) {
    VirtualShell shell(std::move(params), start, model);
    EXARCH_CHECK(shell.run(tasks));
    return shell.conclude(tasks);
}

} // namespace exarch::simulate
