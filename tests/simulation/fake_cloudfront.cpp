#include "simulation/fake_cloudfront.hpp"

#include "actions/cloudfront_invalidate.hpp"
#include "core/lane/lane.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace exarch::simulation {
namespace {

using actions::SlotCount;
using actions::Verdict;
using base::Duration;
using base::Instant;

Duration tokens(double count, double rate) {
    return Duration(static_cast<Duration::rep>(std::floor(count / rate * 1e6)));
}

} // namespace

bool FakeCloudFront::takes_token(Account& account, Instant now) {
    const FakeAccount& model = account.model;
    if (account.full_at - tokens(model.burst - 1, model.rate) > now) {
        return false;
    }
    account.full_at = std::max(account.full_at, now) + tokens(1, model.rate);
    return true;
}

bool FakeCloudFront::has_slots(Account& account, const core::SendCall& call, Instant now) const {
    SlotCount used = account.model.held_by_others;
    const SlotCount batch = core::slots_of(actions::cloudfront_invalidate(), call.items);
    used.paths += batch.paths;
    used.wildcards += batch.wildcards;
    const auto count = [&](const std::string& distribution) {
        auto& held = account.in_progress[distribution];
        std::erase_if(held, [&](const auto& one) { return one.first <= now; });
        for (const auto& [until, slots] : held) {
            used.paths += slots.paths;
            used.wildcards += slots.wildcards;
        }
    };
    if (limits_.scope == core::SlotLimits::Scope::distribution) {
        count(call.lane.resource);
    } else {
        for (const auto& [distribution, held] : account.in_progress) {
            count(distribution);
        }
    }
    return used.paths <= limits_.paths && used.wildcards <= limits_.wildcards;
}

/// What is refused before anything about the batch is known.
std::optional<FakeCloudFront::Answer> FakeCloudFront::refusal(const FakeAccount& model,
                                                              const core::SendCall& call) {
    if (model.failing_distributions.contains(call.lane.resource)) {
        return Answer{Verdict::unknown, {}, "InternalError"};
    }
    if (model.denied_distributions.contains(call.lane.resource)) {
        return Answer{Verdict::resource_denied, {}, "AccessDenied"};
    }
    if (model.missing_distributions.contains(call.lane.resource)) {
        return Answer{Verdict::resource_missing, {}, "NoSuchDistribution"};
    }
    return std::nullopt;
}

FakeCloudFront::Answer FakeCloudFront::repeated(const FakeAccount& account,
                                                const Invalidation& first) {
    switch (account.repeats) {
    case FakeAccount::Repeats::replayed:
        return {Verdict::accepted, first.id, {}};
    case FakeAccount::Repeats::already_exists:
        return {Verdict::accepted, {}, "InvalidationBatchAlreadyExists"};
    case FakeAccount::Repeats::caller_reference_used:
        return {Verdict::accepted, {}, "InvalidArgument: caller reference that was used"};
    }
    return {};
}

const FakeCloudFront::Invalidation* FakeCloudFront::find(const core::SendCall& call) const {
    const auto found = by_reference_.find({call.lane.resource, call.reference});
    return found == by_reference_.end() ? nullptr : &accepted_[found->second];
}

const FakeCloudFront::Invalidation* FakeCloudFront::find(std::string_view id) const {
    // Its number follows the letter.
    std::size_t number = 0;
    std::from_chars(id.data() + std::min<std::size_t>(id.size(), 1), id.data() + id.size(), number);
    return number == 0 || number > accepted_.size() ? nullptr : &accepted_[number - 1];
}

FakeCloudFront::Answer FakeCloudFront::create(const core::SendCall& call, Instant now) {
    Account& account = accounts_[call.lane.account];
    if (account.model.is_denied) {
        return {Verdict::account_denied, {}, "AccessDenied: sts:AssumeRole"};
    }
    ++account.tally.requests;
    if (!takes_token(account, now)) {
        ++account.tally.throttled;
        return {Verdict::throttled, {}, "Throttling: Rate exceeded"};
    }
    if (auto refused = refusal(account.model, call)) {
        return *refused;
    }
    const bool is_full = !has_slots(account, call, now);
    const Invalidation* first = find(call);
    if (first != nullptr && !(is_full && account.model.counts_slots_first)) {
        return repeated(account.model, *first);
    }
    const auto is_refused = [&](const std::string& item) {
        return account.model.refused_items.contains(item);
    };
    if (std::ranges::any_of(call.items, is_refused)) {
        ++account.tally.content_refused;
        return {Verdict::content_refused, {}, "InvalidArgument: invalid invalidation paths"};
    }
    if (is_full) {
        ++account.tally.slots_full;
        return {Verdict::slots_full, {}, "TooManyInvalidationsInProgress"};
    }
    return accept(account, call, now);
}

FakeCloudFront::Answer FakeCloudFront::accept(Account& account, const core::SendCall& call,
                                              Instant now) {
    account.in_progress[call.lane.resource].emplace_back(
        now + account.model.completion,
        core::slots_of(actions::cloudfront_invalidate(), call.items));
    by_reference_.emplace(std::pair(call.lane.resource, call.reference), accepted_.size());
    accepted_.push_back({.id = "I" + std::to_string(accepted_.size() + 1),
                         .account = call.lane.account,
                         .distribution = call.lane.resource,
                         .reference = call.reference,
                         .items = call.items,
                         .accepted_at = now,
                         .completes_at = now + account.model.completion});
    if (on_accepted) {
        on_accepted(accepted_.back());
    }
    return {Verdict::accepted, accepted_.back().id, {}};
}

core::ProgressRead::Progress FakeCloudFront::progress(const core::ReadProgress& read, Instant now) {
    using Progress = core::ProgressRead::Progress;
    const Invalidation* found = find(read.result_id);
    const FakeAccount& model = accounts_[read.lane.account].model;
    if (!model.may_read || model.unreadable_distributions.contains(read.lane.resource)) {
        return Progress::unreadable;
    }
    if (found == nullptr || model.absent.contains(read.result_id)) {
        return Progress::absent;
    }
    if (model.throttles_reads) {
        return Progress::throttled;
    }
    return found->completes_at > now ? Progress::in_progress : Progress::complete;
}

core::CallProved FakeCloudFront::prove(const core::ProveCall& prove, Instant now) {
    using Proof = core::CallProved::Proof;
    const auto found = by_reference_.find({prove.lane.resource, prove.reference});
    const FakeAccount& model = accounts_[prove.lane.account].model;
    if (!model.may_read || model.is_denied) {
        return {.call = prove.call, .proof = Proof::unavailable, .result_id = {}};
    }
    if (found == by_reference_.end() ||
        now - accepted_[found->second].accepted_at < model.listed_after) {
        return {.call = prove.call, .proof = Proof::absent, .result_id = {}};
    }
    return {.call = prove.call, .proof = Proof::present, .result_id = accepted_[found->second].id};
}

} // namespace exarch::simulation
