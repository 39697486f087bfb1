#include "cli/status/turns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

namespace exarch::cli {
namespace {

using base::Duration;

// Nobody waits for a call that is further away.
constexpr Duration horizon = std::chrono::years(10);
// Looks at a lane; some hundred nanoseconds each.
constexpr std::int64_t looks_max = 2'000'000;
// As the core does (core/dispatch.cpp): so often a turn counts more than a priority.
constexpr std::int64_t regardless_of_priority_every = 8;

std::int64_t sum(const Tally& tally) {
    return tally[0] + tally[1];
}

void add(Tally& to, const Tally& more, std::int64_t sign = 1) {
    to[0] += sign * more[0];
    to[1] += sign * more[1];
}

/// Calls of one API in one account, one after another.
class Prediction {
public:
    Prediction(const CallPace& pace, std::vector<WaitingLane> lanes, std::vector<SlotPool> pools)
        : period_(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(
              std::min(1 / pace.rate, std::chrono::duration<double>(horizon).count())))),
          spare_(std::chrono::duration_cast<Duration>(
              (pace.burst - 1) * std::chrono::duration<double, std::micro>(period_))),
          next_(pace.next + spare_), lanes_(std::move(lanes)), pools_(std::move(pools)),
          before_(lanes_.size()), calls_(lanes_.size()) {
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            line_up(lane);
        }
    }

    std::vector<std::vector<PredictedCall>> take() {
        Duration now(0);
        while ((!ready_.empty() || !parked_.empty()) && looks_ < looks_max && now < horizon) {
            now = std::max(now, next_ - spare_);
            if (ready_.empty()) {
                now = std::max(now, parked_.begin()->first);
            }
            release(now);
            if (send_from_first(now)) {
                next_ = std::max(next_, now) + period_;
            }
        }
        return std::move(calls_);
    }

private:
    void line_up(std::size_t lane) {
        if (lanes_[lane].waiting.empty()) {
            return;
        }
        std::uint64_t& next = next_turns_[lanes_[lane].requester];
        const std::uint64_t turn = std::max(turn_, next);
        next = turn + 1;
        stand(lane, turn);
    }

    void stand(std::size_t lane, std::uint64_t turn) {
        ready_.emplace(-std::int64_t(lanes_[lane].waiting.begin()->first), turn, lane);
        ready_by_turn_.emplace(turn, lane);
    }

    void release(Duration now) {
        while (!parked_.empty() && parked_.begin()->first <= now) {
            const auto [turn, lane] = parked_.begin()->second;
            parked_.erase(parked_.begin());
            stand(lane, turn);
        }
    }

    [[nodiscard]] Tally room(const WaitingLane& lane, Duration now) {
        SlotPool& pool = pools_[lane.pool];
        while (!pool.releases.empty() && pool.releases.begin()->first <= now) {
            add(pool.held, pool.releases.begin()->second, -1);
            pool.releases.erase(pool.releases.begin());
        }
        return {std::max<std::int64_t>(pool.limit[0] - pool.held[0], 0),
                std::max<std::int64_t>(pool.limit[1] - pool.held[1], 0)};
    }

    /// Takes the first that has something to send; who has nothing stands aside until it may.
    bool send_from_first(Duration now) {
        while (!ready_.empty()) {
            ++looks_;
            const bool by_turn =
                sent_ % regardless_of_priority_every == regardless_of_priority_every - 1;
            const std::size_t lane =
                by_turn ? ready_by_turn_.begin()->second : std::get<2>(*ready_.begin());
            const std::uint64_t turn = leave(lane, by_turn);
            const Tally with = take_from(lanes_[lane], room(lanes_[lane], now));
            if (sum(with) > 0) {
                note(lane, with, now);
                turn_ = std::max(turn_, turn);
                line_up(lane);
                return true;
            }
            const auto& releases = pools_[lanes_[lane].pool].releases;
            if (!releases.empty()) {
                parked_.emplace(releases.begin()->first, std::pair(turn, lane));
            }
        }
        return false;
    }

    std::uint64_t leave(std::size_t lane, bool by_turn) {
        const std::int64_t priority = -std::int64_t(lanes_[lane].waiting.begin()->first);
        const std::uint64_t turn =
            by_turn ? ready_by_turn_.begin()->first : std::get<1>(*ready_.begin());
        ready_.erase({priority, turn, lane});
        ready_by_turn_.erase({turn, lane});
        return turn;
    }

    /// By priority, as many of each kind as there is room for.
    static Tally take_from(WaitingLane& lane, Tally room) {
        Tally taken = {};
        for (auto place = lane.waiting.begin(); place != lane.waiting.end();) {
            for (std::size_t kind = 0; kind < taken.size(); ++kind) {
                const std::int64_t some =
                    std::min({place->second[kind], room[kind], lane.items_max - sum(taken)});
                taken[kind] += some;
                room[kind] -= some;
                place->second[kind] -= some;
            }
            place = sum(place->second) == 0 ? lane.waiting.erase(place) : std::next(place);
        }
        return taken;
    }

    void note(std::size_t lane, const Tally& with, Duration now) {
        SlotPool& pool = pools_[lanes_[lane].pool];
        add(pool.held, with);
        pool.releases.emplace(now + completion_time, with);
        calls_[lane].push_back({.after = now,
                                .calls_before = sent_,
                                .operations_before = operations_,
                                .before = before_[lane],
                                .with = with});
        add(before_[lane], with);
        operations_ += sum(with);
        ++sent_;
    }

    Duration period_;
    /// What a full bucket lets go at once.
    Duration spare_;
    /// When the bucket will be full but for one token.
    Duration next_;
    std::vector<WaitingLane> lanes_;
    std::vector<SlotPool> pools_;
    std::vector<Tally> before_;
    std::vector<std::vector<PredictedCall>> calls_;
    std::set<std::tuple<std::int64_t, std::uint64_t, std::size_t>> ready_ = {};
    std::set<std::pair<std::uint64_t, std::size_t>> ready_by_turn_ = {};
    std::multimap<Duration, std::pair<std::uint64_t, std::size_t>> parked_ = {};
    std::map<std::uint32_t, std::uint64_t> next_turns_ = {};
    std::uint64_t turn_ = 0;
    std::int64_t sent_ = 0;
    std::int64_t operations_ = 0;
    std::int64_t looks_ = 0;
};

} // namespace

double call_rate(const config::Config& config, const TurnsKey& key, std::optional<double> learned) {
    if (learned.has_value() && *learned > 0) {
        return *learned;
    }
    const bool is_known = config.quotas.contains(key.second);
    return is_known ? config.quota_for(key.first, key.second).rate : 1;
}

std::vector<std::vector<PredictedCall>>
predict_calls(const CallPace& pace, std::vector<WaitingLane> lanes, std::vector<SlotPool> pools) {
    return Prediction(pace, std::move(lanes), std::move(pools)).take();
}

std::string format_pace(double rate) {
    return fmt::format("{:.3g} {}/s", rate, rate == 1 ? "call" : "calls");
}

} // namespace exarch::cli
