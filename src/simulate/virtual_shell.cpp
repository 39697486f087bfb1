#include "simulate/virtual_shell.hpp"

#include "base/overloaded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace exarch::simulate {
namespace {

using actions::Verdict;
using base::Duration;
using base::Instant;

std::string_view reason_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::throttled:
        return "Throttling";
    case Verdict::unknown:
        return "no answer";
    default:
        return "";
    }
}

/// By the core, while anything depends on the calendar (Core::wake_at()).
constexpr Duration looked_at_least_every = std::chrono::minutes(1);

} // namespace

VirtualShell::VirtualShell(core::CoreParams params, base::Timestamp start, const CloudModel& model,
                           ledger::Ledger& ledger, Spectator& spectator)
    : model_(model), dice_(model.seed), start_(start), core_(std::move(params)), ledger_(ledger),
      spectator_(spectator) {}

base::Moment VirtualShell::moment() const {
    return {now_, start_ + std::chrono::floor<base::Timestamp::duration>(now_.time_since_epoch())};
}

std::optional<Instant> VirtualShell::next_time() const {
    std::optional<Instant> next;
    if (core_.open_operations() == 0 && under_way_ == 0) {
        return next;
    }
    next = core_.wake_at();
    if (!agenda_.empty()) {
        const Instant at = agenda_.begin()->first;
        next = std::min(next.value_or(at), at);
    } else if (next && *next - now_ >= looked_at_least_every) {
        // The core looks at the calendar again and again, which makes no jumps here.
        const auto until = core_.rests_until();
        if (until && *until < base::Timestamp::max()) {
            next = std::max(*next, Instant(*until - start_));
        }
    }
    return next;
}

base::Status VirtualShell::go_on() {
    wait_until(next_time().value_or(now_));
    if (agenda_.empty() || agenda_.begin()->first > now_) {
        return step(core::TimePassed{});
    }
    core::Event event = std::move(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    under_way_ -= std::holds_alternative<core::Committed>(event) ? 1 : 0;
    return step(std::move(event));
}

base::Status VirtualShell::step(core::Event event) {
    for (core::Effect& effect : core_.step(std::move(event), moment())) {
        EXARCH_CHECK(perform(effect));
    }
    return {};
}

base::Status VirtualShell::perform(core::Effect& effect) {
    return std::visit(
        base::Overloaded{
            [&](core::Commit& commit) { return make_durable(std::move(commit)); },
            [&](core::SendCall& call) {
                send(call);
                return base::Status();
            },
            [&](core::ReadProgress& question) {
                read_progress(question);
                return base::Status();
            },
            [&](core::ProveCall& question) {
                using Proof = core::CallProved::Proof;
                const bool is_there = accepted_at_.contains(question.call);
                later(core::CallProved{.call = question.call,
                                       .proof = is_there ? Proof::present : Proof::absent,
                                       .result_id = {}});
                return base::Status();
            },
            [](core::EndProof&) { return base::Status(); },
            [](core::DeleteMessages&) { return base::Status(); },
            [](core::Report&) { return base::Status(); },
        },
        effect);
}

base::Status VirtualShell::make_durable(core::Commit commit) {
    EXARCH_TRY(std::vector<ledger::TaskReceipt> receipts, ledger_.commit(commit.records));
    auto receipt = receipts.begin();
    for (const ledger::Record& record : commit.records) {
        const bool is_task = std::holds_alternative<ledger::AcceptTask>(record);
        spectator_.recorded(record, is_task ? &*receipt++ : nullptr, now_);
    }
    ++under_way_;
    agenda_.emplace(
        now_, core::Committed{commit.revision, std::move(commit.records), std::move(receipts)});
    return {};
}

void VirtualShell::send(const core::SendCall& call) {
    const Verdict verdict = verdict_on(call);
    if (verdict == Verdict::accepted) {
        accepted_at_.emplace(call.call, now_ + model_.round_trip);
    }
    core::CallAnswered answer{.call = call.call,
                              .verdict = verdict,
                              .result_id = {},
                              .request_id = base::RequestId("simulated"),
                              .reason = std::string(reason_of(verdict)),
                              .sent_at = now_,
                              .round_trip = model_.round_trip};
    if (verdict == Verdict::accepted) {
        answer.result_id = fmt::format("I{}", call.call.value());
    }
    if (verdict == Verdict::unknown) {
        answer.request_id = {};
        answer.round_trip.reset();
    }
    spectator_.sent(call, now_);
    agenda_.emplace(now_, core::CallDeparted{call.call});
    later(std::move(answer));
}

Verdict VirtualShell::verdict_on(const core::SendCall& call) {
    if (dice_.chance(model_.failing)) {
        return Verdict::unknown;
    }
    if (!model_.actual_rate) {
        return Verdict::accepted;
    }
    Instant& open_from = open_from_[{call.lane.account, call.lane.action}];
    if (now_ < open_from) {
        return Verdict::throttled;
    }
    open_from = now_ + std::chrono::duration_cast<Duration>(
                           std::chrono::duration<double>(1 / *model_.actual_rate));
    return Verdict::accepted;
}

void VirtualShell::read_progress(const core::ReadProgress& question) {
    using Progress = core::ProgressRead::Progress;
    const auto accepted = accepted_at_.find(question.call);
    const bool is_over =
        accepted == accepted_at_.end() || now_ >= accepted->second + model_.completion;
    if (is_over && accepted != accepted_at_.end()) {
        accepted_at_.erase(accepted);
    }
    later(core::ProgressRead{question.call, is_over ? Progress::complete : Progress::in_progress});
}

} // namespace exarch::simulate
