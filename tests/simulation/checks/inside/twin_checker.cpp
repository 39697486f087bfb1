#include "simulation/checks/inside/twin_checker.hpp"

#include "core/state.hpp"
#include "unit/core/told_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

namespace exarch::simulation {
namespace {

using namespace core;
using base::Duration;
using base::Instant;
using base::Timestamp;
using ledger::CallId;
using ledger::OperationId;
using std::chrono::minutes;
using std::chrono::seconds;

/// What a batch asks for, in whatever order.
struct Contents {
    explicit Contents(const Batch& batch) : items(batch.items.begin(), batch.items.end()) {
        for (const Carried& carried : batch.carried) {
            operations.emplace(carried.wished.id, carried.wished.expires_at);
        }
    }
    friend auto operator<=>(const Contents&, const Contents&) = default;

    std::set<std::string> items;
    std::set<std::pair<OperationId, Timestamp>> operations;
};

class TwinChecker {
public:
    TwinChecker(const State& original, const State& twin, bool is_told)
        : original_(original), twin_(twin), is_told_(is_told) {}

    std::vector<std::string> run() {
        compare("open operations", original_.open_operations(), twin_.open_operations());
        compare("operations ahead of their time", delayed(original_), delayed(twin_));
        compare("last call", original_.last_call, twin_.last_call);
        if (is_told_) {
            compare("parts", parts(original_), parts(twin_));
        }
        compare_calls();
        compare_unfinished();
        compare_lanes();
        compare_pools();
        compare_outlets();
        return std::move(differences_);
    }

private:
    template <class Value>
    void compare(std::string_view what, const Value& original, const Value& twin) {
        if (original == twin) {
            return;
        }
        if constexpr (std::is_convertible_v<Value, std::size_t>) {
            differences_.push_back(
                fmt::format("whoever takes over has {} {}, not {}", twin, what, original));
        } else {
            differences_.push_back(fmt::format("whoever takes over has other {}", what));
        }
    }
    static constexpr Duration grain = std::chrono::milliseconds(1);

    /// Moments travel by the calendar, and come a little later. Of what is over nobody asks when it
    /// was; and what is very far away is looked at sooner.
    void compare_moments(std::string_view what, Instant original, Instant twin,
                         Duration slack = {}) {
        const Instant now = original_.now.steady;
        const Duration away = std::max(original, now) - now;
        const Duration off = std::max(twin, now) - now - away;
        if (away < std::chrono::hours(1) - grain && (off < -slack || off > grain + slack)) {
            differences_.push_back(fmt::format("whoever takes over has {} {} us later", what,
                                               off / std::chrono::microseconds(1)));
        }
    }

    /// Moments that are over, and still count. An hour from then is still to come.
    void compare_pasts(std::string_view what, Instant original, Instant twin) {
        constexpr Duration hour = minutes(59);
        compare_moments(what, original + hour, twin + hour);
    }

    static std::multiset<std::pair<Timestamp, OperationId>> delayed(const State& state) {
        std::multiset<std::pair<Timestamp, OperationId>> all;
        for (const auto& [at, one] : state.delayed) {
            all.emplace(at, one.wished.id);
        }
        return all;
    }

    static std::multiset<std::pair<ledger::LaneKey, Contents>> parts(const State& state) {
        std::multiset<std::pair<ledger::LaneKey, Contents>> all;
        for (const LaneState& lane : state.lanes) {
            for (const Batch& part : lane.parts) {
                all.emplace(lane.key, Contents(part));
            }
        }
        return all;
    }

    void compare_calls() {
        compare("calls", original_.calls.size(), twin_.calls.size());
        for (const auto& [id, call] : original_.calls) {
            const auto found = twin_.calls.find(id);
            if (found == twin_.calls.end()) {
                continue; // Told by their number.
            }
            const Call& twin = found->second;
            compare("reference of a call", call.reference, twin.reference);
            compare("lane of a call", original_.lanes[call.lane].key, twin_.lanes[twin.lane].key);
            compare("batch of a call", Contents(call.batch), Contents(twin.batch));
            compare("items of a call", call.batch.items, twin.batch.items);
            compare("end of a call", call.ends_at, twin.ends_at);
            compare("last chance of a call", call.give_up_at, twin.give_up_at);
            if (is_told_) {
                compare_told(call, twin);
            }
        }
    }

    void compare_told(const Call& call, const Call& twin) {
        compare("outcome of a call", call.is_unknown, twin.is_unknown);
        compare("attempts of a call", call.attempts, twin.attempts);
        compare("origin of a call", call.is_split, twin.is_split);
        compare_moments("another attempt", call.retry_at, twin.retry_at);
        compare("unanswered attempts", call.search.unanswered, twin.search.unanswered);
        compare("proofs of a call", call.search.proofs, twin.search.proofs);
        compare_moments("another proof", call.search.next_from, twin.search.next_from);
        compare_pasts("unanswered attempts", call.search.unanswered_since,
                      twin.search.unanswered_since);
        compare("refusal of a call", call.refusal.has_value(), twin.refusal.has_value());
        if (call.refusal && twin.refusal) {
            compare("refusal", call.refusal->verdict, twin.refusal->verdict);
        }
        if (call.is_unknown) {
            compare_pasts("a lost answer", call.unknown_at, twin.unknown_at);
            compare_pasts("the first lost answer", call.unknown_since, twin.unknown_since);
        }
    }

    void compare_unfinished() {
        compare("calls in progress", original_.unfinished.size(), twin_.unfinished.size());
        for (const auto& [id, one] : original_.unfinished) {
            const auto found = twin_.unfinished.find(id);
            if (found == twin_.unfinished.end()) {
                continue;
            }
            const Unfinished& twin = found->second;
            compare("result of a call", one.result_id, twin.result_id);
            if (is_told_) {
                compare("questions", one.asked, twin.asked);
                compare("questions in vain", one.failures, twin.failures);
                compare("readable calls", one.is_readable, twin.is_readable);
                compare_question(one, twin);
            }
        }
    }

    /// What was not asked about yet is asked about when it is expected to be complete, by the
    /// calendar since it was recorded.
    void compare_question(const Unfinished& one, const Unfinished& twin) {
        const LaneState& lane = twin_.lanes[twin.lane];
        if (one.asked > 0 || !one.is_readable) {
            compare_moments("another question", one.next_at, twin.next_at);
            compare_pasts("a question", one.asked_at, twin.asked_at);
            compare_pasts("a call in progress", one.in_progress_at, twin.in_progress_at);
        } else {
            compare_moments("a first question",
                            twin.accepted_at +
                                twin_.slot_pools[lane.slot_pool].completion.expected(),
                            twin.next_at);
        }
    }

    void compare_lanes() {
        for (const auto& [key, index] : original_.lane_of) {
            const auto found = twin_.lane_of.find(key);
            const LaneState& lane = original_.lanes[index];
            if (found == twin_.lane_of.end()) {
                compare("lanes", lane.waiting.size() + lane.elsewhere, std::size_t{0});
                continue;
            }
            const LaneState& twin = twin_.lanes[found->second];
            compare("operations of a lane", lane.waiting.size() + lane.elsewhere,
                    twin.waiting.size() + twin.elsewhere);
            compare("calls in progress of a lane", lane.unfinished_calls, twin.unfinished_calls);
            if (is_told_) {
                compare_told(lane, twin);
            }
        }
    }

    void compare_told(const LaneState& lane, const LaneState& twin) {
        compare("operations that wait in a lane", lane.waiting.size(), twin.waiting.size());
        compare("items that wait in a lane", lane.waiting.entries(), twin.waiting.entries());
        if (lane.turn && twin.turn) {
            compare("priority of a lane", lane.turn->first, twin.turn->first);
        }
        compare_moments("readable answers", lane.readable_from, twin.readable_from);
    }

    void compare_pools() {
        for (const auto& [key, index] : original_.slot_pool_of) {
            const auto found = twin_.slot_pool_of.find(key);
            if (found == twin_.slot_pool_of.end()) {
                continue; // Of where nothing is open.
            }
            const SlotPool& pool = original_.slot_pools[index];
            const SlotPool& twin = twin_.slot_pools[found->second];
            compare("slots held", pool.slots.held(), twin.slots.held());
            if (is_told_) {
                compare_told(pool, twin);
            }
        }
    }

    void compare_told(const SlotPool& pool, const SlotPool& twin) {
        for (const actions::SlotKind kind :
             {actions::SlotKind::path, actions::SlotKind::wildcard}) {
            compare_moments("slots after a rest", pool.slots.rest_until(kind),
                            twin.slots.rest_until(kind));
            Slots one = pool.slots;
            Slots other = twin.slots;
            one.refused({.paths = 1, .wildcards = 1}, original_.now.steady);
            other.refused({.paths = 1, .wildcards = 1}, original_.now.steady);
            compare_moments("slots after another rest", one.rest_until(kind),
                            other.rest_until(kind));
        }
        compare("slots after a rest", pool.slots.available(Instant::max()),
                twin.slots.available(Instant::max()));
        compare_moments("completions", original_.now.steady + pool.completion.expected(),
                        original_.now.steady + twin.completion.expected());
        compare("estimates", pool.rests_on_estimate, twin.rests_on_estimate);
    }

    void compare_outlets() {
        for (const Outlet& outlet : twin_.outlets) {
            const auto original = std::ranges::find_if(original_.outlets, [&](const Outlet& one) {
                return one.api == outlet.api &&
                       original_.accounts[one.account].id == twin_.accounts[outlet.account].id;
            });
            if (original == original_.outlets.end()) {
                differences_.emplace_back("whoever takes over has an account of its own");
                continue;
            }
            compare_paces(original->pace, outlet.pace);
            compare_paces(original->progress_pace, outlet.progress_pace);
            if (is_told_) {
                compare("turn of parts", original->last_was_split, outlet.last_was_split);
                compare("turn of repeats", original->last_was_repeat, outlet.last_was_repeat);
                compare("turn of probes", original->last_was_probe, outlet.last_was_probe);
                compare("turn of proofs", original->proved_last, outlet.proved_last);
                compare("turns", original->turns_taken, outlet.turns_taken);
            }
        }
    }

    void compare_paces(const Pace& pace, const Pace& twin) {
        if (!have_one_rate(pace, twin)) {
            compare("rate", pace.rate(), twin.rate());
        }
        if (is_told_) {
            compare_moments("a token", pace.ready_at(), twin.ready_at());
            compare_futures(pace, twin);
        }
    }

    /// What a pace has learned shows in what it does next, whatever that is.
    void compare_futures(const Pace& pace, const Pace& twin) {
        compare_after("a sending", pace, twin, [](Pace& one, Instant now) { one.take(now); });
        for (const Duration later : {seconds(0), seconds(1), seconds(20), seconds(90)}) {
            compare_after("a throttle", pace, twin, [later](Pace& one, Instant now) {
                static_cast<void>(one.throttled(now + later));
            });
        }
        for (const Duration quiet : {seconds(40), seconds(150), seconds(250), seconds(400)}) {
            compare_after("a quiet time", pace, twin, [quiet](Pace& one, Instant now) {
                for (Duration later = seconds(10); later <= quiet; later += seconds(10)) {
                    static_cast<void>(one.recover(now + later));
                }
            });
        }
        compare_after("a step up", pace, twin, [](Pace& one, Instant now) {
            for (Duration later = seconds(10); later < minutes(6); later += seconds(10)) {
                if (one.recover(now + later)) {
                    static_cast<void>(one.throttled(now + later));
                    return;
                }
            }
        });
    }

    /// Moments that travelled in milliseconds may be on the other side of a limit: it is enough to
    /// be alike where it happens a little sooner or later.
    template <class Happens>
    void compare_after(std::string_view what, const Pace& pace, const Pace& twin,
                       const Happens& happens) {
        Pace other = twin;
        happens(other, original_.now.steady);
        for (const Duration shift : {Duration(0), -2 * grain, 2 * grain}) {
            Pace one = pace;
            happens(one, original_.now.steady + shift);
            const Duration off = std::chrono::abs(std::max(one.ready_at(), original_.now.steady) -
                                                  std::max(other.ready_at(), original_.now.steady));
            if (have_one_rate(one, other) && off <= 5 * grain) {
                return;
            }
        }
        differences_.push_back(
            fmt::format("after {}, whoever takes over has another rate or token", what));
    }

    /// Written down, and read back to the last bit but one.
    static bool have_one_rate(const Pace& pace, const Pace& twin) {
        return std::abs(pace.rate() - twin.rate()) <= 1e-9 * pace.rate();
    }

    const State& original_;
    const State& twin_;
    bool is_told_;
    std::vector<std::string> differences_;
};

} // namespace

std::vector<std::string> check_twin(const Core& core, CoreParams params, ledger::OpenWork& ledger,
                                    base::Moment now) {
    std::string told = core.handover();
    const bool is_told = !told.empty();
    ToldWork work(ledger, std::move(told));
    Core twin(std::move(params));
    if (const auto restored = twin.restore(work, now); !restored.has_value()) {
        return {"cannot be taken over: " + restored.error().message()};
    }
    return TwinChecker(core.state(), twin.state(), is_told).run();
}

} // namespace exarch::simulation
