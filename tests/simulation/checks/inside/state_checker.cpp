#include "simulation/checks/inside/state_checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace exarch::simulation {
namespace {

using namespace core;
using actions::SlotCount;
using base::Instant;
using base::Timestamp;
using ledger::CallId;

void add(SlotCount& sum, SlotCount count) {
    sum.paths += count.paths;
    sum.wildcards += count.wildcards;
}

Timestamp first_end(const Batch& batch) {
    Timestamp end = Timestamp::max();
    for (const Carried& carried : batch.carried) {
        end = std::min(end, carried.wished.expires_at);
    }
    return end;
}

/// What one outlet must have, by its calls and lanes.
struct OutletSums {
    std::set<CallId> binding;
    std::set<CallId> sent;
    std::set<CallId> unproved;
    std::size_t proving = 0;
    std::set<std::pair<Instant, CallId>> waiting;
    std::set<std::pair<Instant, CallId>> unfinished;
    std::set<std::pair<std::pair<std::int32_t, std::uint64_t>, Index>> ready;
    std::set<std::pair<std::uint64_t, Index>> ready_by_turn;
    std::multiset<Index> splitting;
};

struct LaneSums {
    std::size_t elsewhere = 0;
    std::size_t later = 0;
    std::uint32_t unknown_calls = 0;
    std::uint32_t unfinished_calls = 0;
};

class StateChecker {
public:
    explicit StateChecker(const State& state)
        : state_(state), outlets_(state.outlets.size()), lanes_(state.lanes.size()),
          slots_(state.slot_pools.size()) {}

    std::vector<std::string> run() {
        add_calls();
        add_unfinished();
        add_delayed();
        add_lanes();
        for (const auto& [call, outlet] : state_.proofs) {
            ++outlets_[outlet].proving;
        }
        compare_lanes();
        compare_outlets();
        compare_slots();
        compare_totals();
        return std::move(differences_);
    }

private:
    /// What is compared: one for all, or that of one lane, outlet or pool.
    struct Part {
        std::string_view name;
        std::optional<std::size_t> index;
    };
    static std::string format(const Part& part) {
        return part.index ? fmt::format("{} {}", part.name, *part.index) : std::string(part.name);
    }
    template <class Value>
    void compare(const Part& part, const Value& kept, const Value& found) {
        if (kept != found) {
            differences_.push_back(fmt::format("{} are not those that are there", format(part)));
        }
    }
    void compare_count(const Part& part, std::size_t kept, std::size_t found) {
        if (kept != found) {
            differences_.push_back(
                fmt::format("{} are counted as {}, and are {}", format(part), kept, found));
        }
    }

    OutletSums& outlet_of(Index lane) { return outlets_[state_.lanes[lane].outlet]; }

    void add_calls() {
        for (const auto& [id, call] : state_.calls) {
            OutletSums& outlet = outlet_of(call.lane);
            switch (call.phase) {
            case Call::Phase::binding:
                outlet.binding.insert(id);
                break;
            case Call::Phase::waiting:
                outlet.waiting.insert({call.retry_at, id});
                break;
            case Call::Phase::sent:
                outlet.sent.insert(id);
                break;
            }
            if (call.search.is_wanted && !state_.proofs.contains(id)) {
                outlet.unproved.insert(id);
            }
            LaneSums& lane = lanes_[call.lane];
            lane.elsewhere += call.batch.carried.size();
            lane.unknown_calls += call.is_unknown ? 1 : 0;
            add(slots_[state_.lanes[call.lane].slot_pool], call.slots);
            call_ends_.insert({call.look_at, id});
        }
    }

    void add_unfinished() {
        for (const auto& [id, unfinished] : state_.unfinished) {
            outlet_of(unfinished.lane).unfinished.insert({unfinished.next_at, id});
            ++lanes_[unfinished.lane].unfinished_calls;
            add(slots_[state_.lanes[unfinished.lane].slot_pool], unfinished.slots);
        }
    }

    void add_delayed() {
        for (const auto& [at, delayed] : state_.delayed) {
            ++lanes_[delayed.lane].elsewhere;
            lanes_[delayed.lane].later += at > state_.later_from ? 1 : 0;
        }
    }

    void add_lanes() {
        for (Index index = 0; index < state_.lanes.size(); ++index) {
            const LaneState& lane = state_.lanes[index];
            OutletSums& outlet = outlets_[lane.outlet];
            if (lane.turn) {
                outlet.ready.insert({*lane.turn, index});
                outlet.ready_by_turn.insert({lane.turn->second, index});
            }
            for (const Batch& part : lane.parts) {
                outlet.splitting.insert(index);
                lanes_[index].elsewhere += part.carried.size();
                part_ends_.insert({first_end(part), index});
            }
        }
    }

    [[nodiscard]] bool is_stuck(const LaneState& lane) const {
        return lane.breaker.is_open() ||
               state_.accounts[state_.outlets[lane.outlet].account].breaker.is_open();
    }

    void compare_lanes() {
        std::size_t known = 0;
        for (Index index = 0; index < state_.lanes.size(); ++index) {
            const LaneState& lane = state_.lanes[index];
            const LaneSums& sums = lanes_[index];
            compare_count({"operations elsewhere of lane", index}, lane.elsewhere, sums.elsewhere);
            compare_count({"later operations of lane", index}, lane.later, sums.later);
            compare_count({"unknown calls of lane", index}, lane.unknown_calls, sums.unknown_calls);
            compare_count({"unfinished calls of lane", index}, lane.unfinished_calls,
                          sums.unfinished_calls);
            compare_count({"stuck operations of lane", index}, lane.stuck,
                          is_stuck(lane) ? lane.waiting.size() : 0);
            compare_count({"turns of lane", index}, lane.turn ? 1 : 0,
                          lane.waiting.empty() ? 0 : 1);
            if (lane.turn && !lane.waiting.empty()) {
                compare({"priorities of lane", index}, lane.turn->first, -lane.waiting.priority());
            }
            const auto found = state_.lane_of.find(lane.key);
            known += found != state_.lane_of.end() && found->second == index ? 1 : 0;
        }
        compare_count({"lanes", {}}, state_.lanes.size(), known + state_.free_lanes.size());
        compare_count({"keys of lanes", {}}, state_.lane_of.size(), known);
    }

    void compare_outlets() {
        for (Index index = 0; index < outlets_.size(); ++index) {
            const Outlet& outlet = state_.outlets[index];
            const OutletSums& sums = outlets_[index];
            compare_count({"calls on their way of outlet", index}, outlet.in_flight,
                          sums.sent.size());
            compare({"calls being bound of outlet", index}, as_set(outlet.binding), sums.binding);
            if (outlet.departing) {
                compare_count({"calls that depart from outlet", index}, 1,
                              sums.sent.count(*outlet.departing));
            }
            compare({"waiting calls of outlet", index}, outlet.waiting, sums.waiting);
            compare({"unfinished calls of outlet", index}, outlet.unfinished, sums.unfinished);
            compare({"lanes with work of outlet", index}, outlet.ready, sums.ready);
            compare({"turns of outlet", index}, outlet.ready_by_turn, sums.ready_by_turn);
            compare({"parts of outlet", index},
                    std::multiset<Index>(outlet.splitting.begin(), outlet.splitting.end()),
                    sums.splitting);
            compare({"calls to prove of outlet", index},
                    std::set<CallId>(outlet.unproved.begin(), outlet.unproved.end()),
                    sums.unproved);
            compare_count({"proofs of outlet", index}, outlet.proving_since.has_value() ? 1 : 0,
                          sums.proving);
        }
    }

    void compare_slots() {
        for (Index index = 0; index < slots_.size(); ++index) {
            const SlotCount held = state_.slot_pools[index].slots.held();
            compare_count({"paths that hold slots of pool", index}, held.paths,
                          slots_[index].paths);
            compare_count({"wildcards that hold slots of pool", index}, held.wildcards,
                          slots_[index].wildcards);
        }
    }

    void compare_totals() {
        compare({"ends of calls", {}}, state_.call_ends, call_ends_);
        compare({"ends of parts", {}}, state_.part_ends, part_ends_);
        std::size_t waiting = 0;
        std::size_t elsewhere = 0;
        std::size_t stuck = 0;
        for (const LaneState& lane : state_.lanes) {
            waiting += lane.waiting.size();
            elsewhere += lane.elsewhere;
            stuck += lane.stuck;
        }
        compare_count({"waiting operations", {}}, state_.pool.size(), waiting);
        compare_count({"open operations", {}}, state_.open_operations(),
                      waiting + elsewhere + state_.arriving);
        compare_count({"operations held up", {}}, state_.held_up_operations(),
                      stuck + state_.delayed.size());
    }

    static std::set<CallId> as_set(const std::optional<CallId>& call) {
        return call ? std::set<CallId>{*call} : std::set<CallId>();
    }

    const State& state_;
    std::vector<OutletSums> outlets_;
    std::vector<LaneSums> lanes_;
    std::vector<SlotCount> slots_;
    std::set<std::pair<Timestamp, CallId>> call_ends_;
    std::multiset<std::pair<Timestamp, Index>> part_ends_;
    std::vector<std::string> differences_;
};

} // namespace

std::vector<std::string> check_state(const State& state) {
    return StateChecker(state).run();
}

} // namespace exarch::simulation
