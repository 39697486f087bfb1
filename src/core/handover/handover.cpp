#include "core/handover/handover.hpp"

#include "base/json.hpp"
#include "core/handover/by_name.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

namespace exarch::core {
namespace {

namespace json = boost::json;
using ledger::CallId;
using ledger::OperationId;

/// Of another version nothing is taken to be understood.
constexpr std::int64_t version = 1;
/// It stands beside a lease that is written often.
constexpr std::size_t bytes_max = 65'536;
constexpr base::JsonLimits json_limits{.depth_max = 6, .bytes_max = bytes_max};

constexpr std::string_view outlets_kind = "outlets";
constexpr std::string_view paces_kind = "paces";
constexpr std::string_view pools_kind = "pools";
constexpr std::string_view lanes_kind = "lanes";
constexpr std::string_view calls_kind = "calls";
constexpr std::string_view unfinished_kind = "unfinished";
constexpr std::string_view parts_kind = "parts";

/// Members by name, for both ways.
template <class Self, class Visit>
void visit_outlet(Self& outlet, Visit& visitor) {
    visitor("split", outlet.last_was_split);
    visitor("repeat", outlet.last_was_repeat);
    visitor("probe", outlet.last_was_probe);
    visitor("proved", outlet.proved_last);
    visitor("turns", outlet.turns_taken);
}

template <class Self, class Visit>
void visit_pool(Self& pool, Visit& visitor) {
    Slots::visit(pool.slots, visitor);
    CompletionTime::visit(pool.completion, visitor);
    visitor("estimated", pool.rests_on_estimate);
}

template <class Self, class Visit>
void visit_lane(Self& lane, Visit& visitor) {
    visitor("readable", lane.readable_from);
}

template <class Self, class Visit>
void visit_call(Self& call, Visit& visitor) {
    visitor("attempts", call.attempts);
    visitor("part", call.is_split);
    visitor("retry", call.retry_at);
    visitor("unknown_at", call.unknown_at);
    visitor("unknown_since", call.unknown_since);
    visitor("unanswered", call.search.unanswered);
    visitor("unanswered_since", call.search.unanswered_since);
    visitor("proofs", call.search.proofs);
    visitor("next_proof", call.search.next_from);
}

template <class Self, class Visit>
void visit_unfinished(Self& unfinished, Visit& visitor) {
    visitor("asked", unfinished.asked);
    visitor("asked_at", unfinished.asked_at);
    visitor("next", unfinished.next_at);
    visitor("in_progress", unfinished.in_progress_at);
    visitor("failures", unfinished.failures);
    visitor("readable", unfinished.is_readable);
}

/// A refusal that a proof of absence would make final.
std::optional<actions::Verdict> refusal_of(std::string_view name) {
    using actions::Verdict;
    for (const Verdict each :
         {Verdict::slots_full, Verdict::content_refused, Verdict::resource_denied,
          Verdict::account_denied, Verdict::resource_missing}) {
        if (actions::format(each) == name) {
            return each;
        }
    }
    return std::nullopt;
}

/// What somebody else wrote: were it no UTF-8, nothing of the text could be read again.
std::string plain(std::string_view text) {
    constexpr std::size_t telling = 300;
    std::string out(text.substr(0, telling));
    std::ranges::replace_if(out, [](char byte) { return byte < 0; }, '?');
    return out;
}

std::string name_of(const LaneState& lane) {
    return lane.key.action + ' ' + lane.key.resource;
}

/// What is as it is at a beginning is not told.
json::object without(json::object told, const json::object& fresh) {
    json::object rest;
    for (auto& [name, value] : told) {
        const json::value* beginning = fresh.if_contains(name);
        if (beginning == nullptr || *beginning != value) {
            rest[name] = std::move(value);
        }
    }
    return rest;
}

class Telling {
public:
    explicit Telling(const State& state) : state_(state) {}

    [[nodiscard]] std::string text() {
        tell_outlets();
        tell_lanes();
        tell_calls();
        tell_unfinished();
        object_["version"] = version;
        std::string text = json::serialize(object_);
        // Without its parts a refused batch is divided once more; without the rest, all is learned
        // once more.
        for (const std::string_view kind : {unfinished_kind, pools_kind, parts_kind, calls_kind}) {
            if (text.size() > bytes_max) {
                object_.erase(kind);
                text = json::serialize(object_);
            }
        }
        return text.size() > bytes_max ? std::string() : text;
    }

private:
    void add(std::string_view kind, std::string_view name, json::object told) {
        if (!told.empty()) {
            json::value& all = object_[kind];
            (all.is_object() ? all.get_object() : all.emplace_object())[name] = std::move(told);
        }
    }

    template <class Visit>
    [[nodiscard]] json::object told_by(Visit visit) const {
        Teller teller(state_.now);
        visit(teller);
        return teller.take();
    }

    void tell_pace(const Outlet& outlet, std::string_view api, const Pace& pace) {
        const Pace fresh(state_.params.quota(state_.accounts[outlet.account].id, api));
        const auto told = [this](const Pace& one) {
            return told_by([&one](Teller& teller) { Pace::visit(one, teller); });
        };
        add(paces_kind, api, without(told(pace), told(fresh)));
    }

    void tell_outlets() {
        for (const Outlet& outlet : state_.outlets) {
            tell_pace(outlet, outlet.api, outlet.pace);
            tell_pace(outlet, outlet.progress_api, outlet.progress_pace);
            const Outlet fresh(outlet.pace, outlet.progress_pace);
            const auto told = [this](const Outlet& one) {
                return told_by([&one](Teller& teller) { visit_outlet(one, teller); });
            };
            add(outlets_kind, outlet.api, without(told(outlet), told(fresh)));
        }
        for (const auto& [key, index] : state_.slot_pool_of) {
            const auto told = [this](const SlotPool& one) {
                return told_by([&one](Teller& teller) { visit_pool(one, teller); });
            };
            const SlotPool fresh{Slots(state_.params.in_progress), {}};
            add(pools_kind, key.second, without(told(state_.slot_pools[index]), told(fresh)));
        }
    }

    void tell_lanes() {
        json::array parts;
        for (const LaneState& lane : state_.lanes) {
            if (lane.readable_from > state_.now.steady) {
                add(lanes_kind, name_of(lane),
                    told_by([&lane](Teller& teller) { visit_lane(lane, teller); }));
            }
            for (const Batch& part : lane.parts) {
                parts.emplace_back(rows_of(part));
            }
        }
        if (!parts.empty()) {
            object_[parts_kind] = std::move(parts);
        }
    }

    /// Operations in rows: first and last of each.
    [[nodiscard]] static json::array rows_of(const Batch& part) {
        std::vector<std::int64_t> ids;
        ids.reserve(part.carried.size());
        for (const Carried& carried : part.carried) {
            ids.push_back(carried.wished.id.value());
        }
        std::ranges::sort(ids);
        json::array rows;
        for (auto first = ids.begin(); first != ids.end();) {
            auto next = std::next(first);
            while (next != ids.end() && *next == *std::prev(next) + 1) {
                ++next;
            }
            rows.emplace_back(*first);
            rows.emplace_back(*std::prev(next));
            first = next;
        }
        return rows;
    }

    void tell_calls() {
        for (const auto& [id, call] : state_.calls) {
            json::object told = told_by([&one = call](Teller& teller) { visit_call(one, teller); });
            told["unknown"] = call.is_unknown;
            if (call.refusal) {
                told["refusal"] = actions::format(call.refusal->verdict);
                told["reason"] = plain(call.refusal->reason);
                told["request"] = plain(call.refusal->request_id.value());
            }
            add(calls_kind, std::to_string(id.value()), std::move(told));
        }
    }

    void tell_unfinished() {
        for (const auto& [id, unfinished] : state_.unfinished) {
            if (unfinished.asked > 0 || !unfinished.is_readable) {
                add(unfinished_kind, std::to_string(id.value()),
                    told_by(
                        [&one = unfinished](Teller& teller) { visit_unfinished(one, teller); }));
            }
        }
    }

    const State& state_;
    json::object object_;
};

} // namespace

std::string hand_over(const State& state) {
    return state.accounts.size() == 1 ? Telling(state).text() : std::string();
}

Handover::Handover(std::string_view text, const State& state)
    : now_(state.now), clocks_apart_(state.params.clocks_apart) {
    auto read = base::parse_json(text, json_limits);
    if (!read.has_value() || !read->is_object()) {
        return;
    }
    const json::value* written_by = read->get_object().if_contains("version");
    if (written_by != nullptr && *written_by == version) {
        told_ = std::move(read->get_object());
        read_parts();
    }
}

void Handover::read_parts() {
    const json::value* parts = told_.if_contains(parts_kind);
    if (parts == nullptr || !parts->is_array()) {
        return;
    }
    for (std::size_t part = 0; part < parts->get_array().size(); ++part) {
        const json::value& rows = parts->get_array()[part];
        for (std::size_t at = 1; rows.is_array() && at < rows.get_array().size(); at += 2) {
            const json::value& first = rows.get_array()[at - 1];
            const json::value& last = rows.get_array()[at];
            if (first.is_int64() && last.is_int64()) {
                parts_.emplace(OperationId(first.get_int64()),
                               std::pair(OperationId(last.get_int64()), part));
            }
        }
    }
}

std::optional<std::size_t> Handover::part_of(OperationId operation) const {
    const auto after = parts_.upper_bound(operation);
    if (after == parts_.begin() || std::prev(after)->second.first < operation) {
        return std::nullopt;
    }
    return std::prev(after)->second.second;
}

const json::object* Handover::told_of(std::string_view kind, std::string_view name) const {
    const json::value* all = told_.if_contains(kind);
    const json::value* told =
        all == nullptr || !all->is_object() ? nullptr : all->get_object().if_contains(name);
    return told == nullptr ? nullptr : told->if_object();
}

bool Handover::tell(std::string_view api, Pace& pace) const {
    if (const json::object* told = told_of(paces_kind, api)) {
        Listener listener(*told, now_);
        Pace::visit(pace, listener);
        pace.keep_within_quota();
    }
    return !told_.empty();
}

void Handover::tell(std::string_view pool_name, SlotPool& pool) const {
    if (const json::object* told = told_of(pools_kind, pool_name)) {
        const Listener listener(*told, now_);
        visit_pool(pool, listener);
        pool.slots.keep_usable();
        pool.completion.keep_usable();
    }
}

void Handover::tell(State& state, Call& call) const {
    const json::object* told = told_of(calls_kind, std::to_string(call.id.value()));
    if (told == nullptr) {
        return;
    }
    const Listener listener(*told, now_);
    bool is_unknown = true;
    listener("unknown", is_unknown);
    state.set_unknown(call, is_unknown);
    visit_call(call, listener);
    call.unknown_at_off = clocks_apart_;
    std::string name;
    std::string request;
    CallAnswered refusal;
    listener("refusal", name);
    listener("reason", refusal.reason);
    listener("request", request);
    if (const auto verdict = refusal_of(name)) {
        refusal.call = call.id;
        refusal.verdict = *verdict;
        refusal.request_id = base::RequestId(request);
        call.refusal = std::move(refusal);
    }
}

void Handover::tell(CallId id, Unfinished& unfinished) const {
    if (const json::object* told = told_of(unfinished_kind, std::to_string(id.value()))) {
        const Listener listener(*told, now_);
        visit_unfinished(unfinished, listener);
    }
}

void Handover::tell_rest(State& state) const {
    for (Outlet& outlet : state.outlets) {
        if (const json::object* told = told_of(outlets_kind, outlet.api)) {
            const Listener listener(*told, now_);
            visit_outlet(outlet, listener);
        }
    }
    for (LaneState& lane : state.lanes) {
        if (const json::object* told = told_of(lanes_kind, name_of(lane))) {
            const Listener listener(*told, now_);
            visit_lane(lane, listener);
        }
    }
}

} // namespace exarch::core
