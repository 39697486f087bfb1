#pragma once

#include "actions/cloudfront_invalidate.hpp"
#include "core/lane/lane.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace exarch::core {

/// A Lane beside a plain list of what should be waiting in it; checks every batch against it.
class LaneModel {
public:
    /// Few and short, so that equal and covered ones are common.
    static rc::Gen<std::string> items() {
        return rc::gen::element<std::string>("/a", "/a/", "/a/b", "/a/b/c", "/ab", "/b", "/b/c",
                                             "/a*", "/a/*", "/a/b/*", "/b*", "/*", "#a", "#b");
    }

    void add(const std::string& item, Requester requester, std::int32_t priority) {
        const Wished wished{.id = ledger::OperationId(++last_),
                            .task = {},
                            .ages_from = {},
                            .expires_at = {},
                            .requester = requester,
                            .priority = priority};
        waiting_[last_] = {item, lane_.add(wished, item)};
        check_size();
    }

    void remove(std::size_t choice) {
        if (waiting_.empty()) {
            return;
        }
        const auto place = static_cast<std::ptrdiff_t>(choice % waiting_.size());
        const auto one = std::next(waiting_.begin(), place);
        lane_.remove(one->second.ref.index);
        waiting_.erase(one);
        check_size();
    }

    void take(actions::SlotCount available) {
        const bool may_work = lane_.has_work_for(available);
        const Batch batch = lane_.take(available);
        RC_ASSERT(may_work || batch.items.empty());
        check(batch, available);
        for (const Carried& carried : batch.carried) {
            out_.push_back(carried);
        }
    }

    /// A batch of so many operations at most, but for the wildcard itself. Of what waits for
    /// another, only so much is known: that it is not lost, and that each batch gets on with it.
    void take_some(actions::SlotCount available, CarryLimits limits) {
        const bool is_enough = available.paths > 0 && available.wildcards > 0;
        const bool had_any = !waiting_.empty();
        const Batch batch = lane_.take(available, limits);
        const auto used = slots_of(actions::cloudfront_invalidate(), batch.items);
        RC_ASSERT(used.paths <= available.paths);
        RC_ASSERT(used.wildcards <= available.wildcards);
        RC_ASSERT(std::set(batch.items.begin(), batch.items.end()).size() == batch.items.size());
        RC_ASSERT(!batch.carried.empty() || !(had_any && is_enough));
        std::vector<bool> is_wished(batch.items.size());
        std::size_t of_paths = 0;
        for (const Carried& carried : batch.carried) {
            const std::string& item = batch.items.at(carried.sent);
            RC_ASSERT(waiting_.erase(carried.wished.id.value()) == 1);
            RC_ASSERT(covers(item, carried.item));
            is_wished[carried.sent] = is_wished[carried.sent] || item == carried.item;
            of_paths += item.ends_with('*') ? 0 : 1;
            out_.push_back(carried);
        }
        RC_ASSERT(of_paths <= limits.operations);
        RC_ASSERT(batch.carried.size() <= limits.covered ||
                  batch.carried.size() == limits.covered + 1);
        RC_ASSERT(std::ranges::all_of(is_wished, [](bool wished) { return wished; }));
        check_size();
    }

    /// The last that was taken comes back.
    void put_back() {
        if (!out_.empty()) {
            const Carried carried = out_.back();
            out_.pop_back();
            waiting_[carried.wished.id.value()] = {
                carried.item, lane_.add_returned(carried.wished, carried.item)};
            check_size();
        }
    }

    void take_all() {
        constexpr actions::SlotCount some{.paths = 3, .wildcards = 1};
        for (std::size_t tries = waiting_.size() + 1; tries > 0; --tries) {
            take(some);
        }
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

private:
    struct Waiting {
        std::string item;
        WaitingRef ref;
    };

    static bool covers(const std::string& wide, const std::string& narrow) {
        const auto prefix = actions::cloudfront_invalidate().cover(wide);
        return wide == narrow || (prefix && narrow.starts_with(*prefix));
    }

    void check_size() const {
        RC_ASSERT(lane_.size() == waiting_.size());
        RC_ASSERT(pool_.size() == waiting_.size());
        RC_ASSERT(lane_.empty() == waiting_.empty());
    }

    void check(const Batch& batch, actions::SlotCount available) {
        const auto used = slots_of(actions::cloudfront_invalidate(), batch.items);
        RC_ASSERT(used.paths <= available.paths);
        RC_ASSERT(used.wildcards <= available.wildcards);
        std::vector<bool> wished(batch.items.size());
        for (const Carried& carried : batch.carried) {
            const auto known = waiting_.find(carried.wished.id.value());
            RC_ASSERT(known != waiting_.end());
            RC_ASSERT(known->second.item == carried.item);
            RC_ASSERT(carried.sent < batch.items.size());
            RC_ASSERT(covers(batch.items[carried.sent], carried.item));
            wished[carried.sent] =
                wished[carried.sent] || batch.items[carried.sent] == carried.item;
            waiting_.erase(known);
        }
        RC_ASSERT(std::ranges::all_of(wished, [](bool is_wished) { return is_wished; }));
        check_cover(batch);
        check_completeness(batch, available);
        check_size();
    }

    /// Nothing sent is covered by another item of the batch or by what still waits, and nothing
    /// that the batch covers still waits.
    void check_cover(const Batch& batch) const {
        for (std::size_t one = 0; one < batch.items.size(); ++one) {
            for (std::size_t other = 0; other < batch.items.size(); ++other) {
                RC_ASSERT(one == other || !covers(batch.items[other], batch.items[one]));
            }
            for (const auto& [id, waiting] : waiting_) {
                RC_ASSERT(!covers(waiting.item, batch.items[one]));
                RC_ASSERT(!covers(batch.items[one], waiting.item));
            }
        }
    }

    /// What fits is taken: slots stay free only where nothing is left for them.
    void check_completeness(const Batch& batch, actions::SlotCount available) const {
        const auto used = slots_of(actions::cloudfront_invalidate(), batch.items);
        for (const auto& [id, waiting] : waiting_) {
            const auto is_covered = std::ranges::any_of(waiting_, [&](const auto& other) {
                return other.second.item != waiting.item && covers(other.second.item, waiting.item);
            });
            const auto kind = actions::cloudfront_invalidate().slot_kind(waiting.item);
            RC_ASSERT(is_covered || used.of(kind) == available.of(kind));
        }
    }

    std::int64_t last_ = 0;
    WaitingPool pool_;
    Lane lane_{actions::cloudfront_invalidate(), pool_, 0};
    std::map<std::int64_t, Waiting> waiting_;
    std::vector<Carried> out_;
};

} // namespace exarch::core
