#include "simulation/fake_cloudfront.hpp"

#include "actions/cloudfront_invalidate.hpp"
#include "core/lane/lane.hpp"

#include <algorithm>
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

bool FakeCloudFront::has_slots(const Account& account, const core::SendCall& call,
                               Instant now) const {
    SlotCount used = account.model.held_by_others;
    const auto add = [&](const std::vector<std::string>& items) {
        for (const std::string& item : items) {
            used.add(actions::cloudfront_invalidate().slot_kind(item));
        }
    };
    add(call.items);
    for (const Invalidation& one : accepted_) {
        if (one.account == call.lane.account && one.distribution == call.lane.resource &&
            one.completes_at > now) {
            add(one.items);
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
        return {Verdict::content_refused, {}, "InvalidArgument: invalid invalidation paths"};
    }
    if (is_full) {
        ++account.tally.slots_full;
        return {Verdict::slots_full, {}, "TooManyInvalidationsInProgress"};
    }
    return accept(account, call, now);
}

FakeCloudFront::Answer FakeCloudFront::accept(const Account& account, const core::SendCall& call,
                                              Instant now) {
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
    const auto found = std::ranges::find(accepted_, read.result_id, &Invalidation::id);
    const FakeAccount& model = accounts_[read.lane.account].model;
    if (!model.may_read || model.unreadable_distributions.contains(read.lane.resource)) {
        return Progress::unreadable;
    }
    if (found == accepted_.end() || model.absent.contains(read.result_id)) {
        return Progress::absent;
    }
    if (model.throttles_reads) {
        return Progress::throttled;
    }
    return found->completes_at > now ? Progress::in_progress : Progress::complete;
}

core::CallProved FakeCloudFront::prove(const core::ProveCall& prove) {
    using Proof = core::CallProved::Proof;
    const auto found = by_reference_.find({prove.lane.resource, prove.reference});
    const FakeAccount& model = accounts_[prove.lane.account].model;
    if (!model.may_read || model.is_denied) {
        return {.call = prove.call, .proof = Proof::unavailable, .result_id = {}};
    }
    if (found == by_reference_.end()) {
        return {.call = prove.call, .proof = Proof::absent, .result_id = {}};
    }
    return {.call = prove.call, .proof = Proof::present, .result_id = accepted_[found->second].id};
}

} // namespace exarch::simulation
