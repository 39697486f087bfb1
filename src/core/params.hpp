#pragma once

#include "core/lane/lane.hpp"
#include "core/quota/pace.hpp"
#include "core/quota/slots.hpp"
#include "core/task/task.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::core {

/// How fast each API of an account may be called, and when it was called last.
using Paces = std::map<std::pair<base::AccountId, std::string>, Pace>;

/// Everything a run of the core is told at its start, and never again.
struct CoreParams {
    /// Part of every CallerReference of this run: 16 hexadecimal digits, fresh from entropy at each
    /// start, so that not even a ledger restored from an old copy can use a reference twice.
    std::string incarnation;
    /// Where a quota stands for an API in an account.
    std::function<Quota(const base::AccountId&, std::string_view api)> quota;
    SlotLimits in_progress;
    /// How long an operation may stay unsettled.
    base::Duration max_age = std::chrono::hours(24);
    /// Open operations beyond which no more messages are wanted, rejections of tasks that are not
    /// durable yet among them. Those that wait for an open breaker or their not_before do not
    /// count; of them there may be four times as many. Only a single message leads beyond it.
    std::size_t pending_max = 1'000'000;
    /// So that neither a step nor a commit takes long however many wish the same.
    CarryLimits carried{.operations = 100'000};
    /// Calls of one account under way at once; more would only pile up behind a slow endpoint.
    std::uint32_t in_flight_max = 8;
    /// Lanes that are remembered although nothing is open in them; beyond, they are forgotten, for
    /// senders may name as many distributions as they like. It is more than most companies have.
    std::size_t idle_lanes_max = 4096;
    /// Where one core follows another in the same process: what that one knew (Core::paces()).
    /// Nobody has sent anything in between, so of an account that is not in there every token is
    /// left, whatever the ledger holds.
    std::optional<Paces> paces = {};
    /// Until when somebody else may have sent calls by the same quotas, where that is known better
    /// than by the ledger: tokens refill from then on.
    std::optional<base::Instant> others_sent_until = {};
    /// How far the clock of whoever hands work over (Core::handover()) may be from this one.
    base::Duration clocks_apart{};
    /// Whether what is rejected, failed or expired is reported, a line for each message or call:
    /// not where each operation's end is told anyway.
    bool reports_unsuccessful = true;
    TaskRules rules;
};

/// What a run has done so far.
struct RunCounts {
    std::uint64_t messages = 0;
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t rejected = 0;
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::uint64_t expired = 0;
    std::uint64_t sent = 0;
    std::uint64_t calls_done = 0;
    std::uint64_t throttled = 0;
    std::uint64_t refused = 0;
    std::uint64_t unknown = 0;

    RunCounts& operator+=(const RunCounts& other) {
        messages += other.messages;
        accepted += other.accepted;
        duplicates += other.duplicates;
        rejected += other.rejected;
        done += other.done;
        failed += other.failed;
        expired += other.expired;
        sent += other.sent;
        calls_done += other.calls_done;
        throttled += other.throttled;
        refused += other.refused;
        unknown += other.unknown;
        return *this;
    }

    friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

} // namespace exarch::core
