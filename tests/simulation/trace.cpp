#include "simulation/trace.hpp"

#include "base/overloaded.hpp"

#include <fmt/format.h>

#include <array>

namespace exarch::simulation {
namespace {

using namespace core;
using base::Overloaded;

constexpr std::array<std::string_view, 3> attempt_names{"answered", "throttled", "unknown"};
constexpr std::array<std::string_view, 3> end_names{"done", "refused", "unknown"};
constexpr std::array<std::string_view, 6> progress_names{"in progress", "complete", "unreadable",
                                                         "absent",      "failed",   "throttled"};
constexpr std::array<std::string_view, 3> proof_names{"present", "absent", "unavailable"};

std::string join(const std::vector<std::string>& items) {
    constexpr std::size_t shown_max = 8;
    std::string text;
    for (std::size_t index = 0; index < items.size() && index < shown_max; ++index) {
        text += (text.empty() ? "" : " ") + items[index];
    }
    return items.size() <= shown_max ? text : fmt::format("{} … {} items", text, items.size());
}

std::string describe_record(const ledger::Record& record) {
    return std::visit(
        Overloaded{
            [](const ledger::AcceptTask& one) {
                return fmt::format("accept {} ({} operations, {} rejections)",
                                   one.origin.message_id, one.operations.size(),
                                   one.rejections.size());
            },
            [](const ledger::BindCall& one) {
                return fmt::format("bind {} {} {}: {} for {} operations", one.call.value(),
                                   one.lane.account.value(), one.lane.resource, join(one.items),
                                   one.operations.size());
            },
            [](const ledger::CountAttempt& one) {
                return fmt::format("count {} {}", one.call.value(),
                                   attempt_names[static_cast<std::size_t>(one.end)]);
            },
            [](const ledger::CloseCall& one) {
                return fmt::format("close {} {} {}", one.call.value(),
                                   end_names[static_cast<std::size_t>(one.end)], one.reason);
            },
            [](const ledger::EndOperations& one) {
                return fmt::format("end {} operations: {}", one.operations.size(), one.reason);
            },
            [](const ledger::CompleteCall& one) {
                return fmt::format("complete {}", one.call.value());
            },
            [](const ledger::LearnQuota& one) {
                return fmt::format("learn {} {} {:.6f}", one.account.value(), one.api, one.rate);
            },
            [](const ledger::NoteBreaker& one) {
                return fmt::format("breaker {} {} {} {}", one.lane.account.value(),
                                   one.lane.resource, one.open ? "opens" : "closes", one.reason);
            }},
        record);
}

} // namespace

std::string describe(const Event& event) {
    return std::visit(
        Overloaded{
            [](const MessagesReceived& one) {
                return fmt::format("received {} messages", one.messages.size());
            },
            [](const core::TasksDiscovered& one) {
                return fmt::format("discovered {} tasks", one.tasks.size());
            },
            [](const Committed& one) { return fmt::format("committed {}", one.revision); },
            [](const CallDeparted& one) { return fmt::format("departed {}", one.call.value()); },
            [](const CallAnswered& one) {
                return fmt::format("answered {} {} {} {}", one.call.value(),
                                   actions::format(one.verdict), one.result_id, one.reason);
            },
            [](const ProgressRead& one) {
                return fmt::format("progress {} {}", one.call.value(),
                                   progress_names[static_cast<std::size_t>(one.progress)]);
            },
            [](const CallProved& one) {
                return fmt::format("proved {} {}", one.call.value(),
                                   proof_names[static_cast<std::size_t>(one.proof)]);
            },
            [](const TimePassed&) { return std::string("time passed"); },
            [](const core::Stopping&) { return std::string("stopping"); }},
        event);
}

std::string describe(const Effect& effect) {
    return std::visit(
        Overloaded{[](const Commit& one) {
                       std::string text = fmt::format("-> commit {}:", one.revision);
                       for (const ledger::Record& record : one.records) {
                           text += fmt::format(" [{}]", describe_record(record));
                       }
                       return text;
                   },
                   [](const DeleteMessages& one) {
                       return fmt::format("-> delete {} messages", one.messages.size());
                   },
                   [](const SendCall& one) {
                       return fmt::format("-> send {} {} {} {}: {}", one.call.value(),
                                          one.lane.account.value(), one.lane.resource,
                                          one.reference, join(one.items));
                   },
                   [](const ReadProgress& one) {
                       return fmt::format("-> read {} {} {}", one.call.value(),
                                          one.lane.account.value(), one.result_id);
                   },
                   [](const ProveCall& one) {
                       return fmt::format("-> prove {} {}", one.call.value(), one.reference);
                   },
                   [](const core::EndProof& one) {
                       return fmt::format("-> end the proof of {}", one.call.value());
                   },
                   [](const Report& one) { return fmt::format("-> report {}", one.text); }},
        effect);
}

void Trace::add(base::Instant at, std::string_view what) {
    // Waiting is told once, at its end.
    if (what == "time passed" && !tail_.empty() && tail_.back().ends_with(what)) {
        tail_.pop_back();
    }
    const auto seconds = std::chrono::duration<double>(at.time_since_epoch()).count();
    tail_.push_back(fmt::format("{:>14.6f} {}", seconds, what));
    if (tail_.size() > lines_kept_) {
        tail_.pop_front();
    }
}

std::string Trace::tail() const {
    std::string text;
    for (const std::string& line : tail_) {
        text += line + '\n';
    }
    return text;
}

} // namespace exarch::simulation
