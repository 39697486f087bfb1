#pragma once

#include "base/time.hpp"
#include "core/event.hpp"
#include "core/quota/slots.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::simulation {

/// What CloudFront is like in one account. All of it may be changed during a run.
struct FakeAccount {
    /// The hidden quota of CreateInvalidation: tokens a second, and how many it saves up.
    double rate = 1;
    double burst = 1;
    /// The role cannot be assumed.
    bool is_denied = false;
    /// GetInvalidation and ListInvalidations are allowed.
    bool may_read = true;
    std::set<std::string> unreadable_distributions;
    /// Invalidations that GetInvalidation knows nothing of.
    std::set<std::string> absent;
    /// GetInvalidation is refused for its rate, whatever that is.
    bool throttles_reads = false;
    /// How a reference is answered that was used before. AWS has been seen to do all of them.
    enum class Repeats { replayed, already_exists, caller_reference_used };
    Repeats repeats = Repeats::replayed;
    /// Slots are counted before the reference is looked up; AWS does not say which comes first.
    bool counts_slots_first = false;
    /// How long ListInvalidations takes to show an invalidation.
    base::Duration listed_after{};
    /// How long an invalidation is in progress.
    base::Duration completion = std::chrono::seconds(20);
    std::set<std::string> missing_distributions;
    std::set<std::string> denied_distributions;
    /// Answered with an error of the server, which says nothing of the outcome; without effect.
    std::set<std::string> failing_distributions;
    /// Refused as invalid paths, with everything that travels with them.
    std::set<std::string> refused_items;
    /// In progress at every distribution on behalf of others.
    actions::SlotCount held_by_others;
};

/// A model of CloudFront's CreateInvalidation as `shared/aws-facts.md` has it: it keeps its quota,
/// its slots and every reference, and remembers all that it accepted.
class FakeCloudFront {
public:
    struct Answer {
        actions::Verdict verdict = actions::Verdict::accepted;
        std::string result_id;
        std::string reason;
    };
    struct Invalidation {
        std::string id;
        base::AccountId account;
        std::string distribution;
        std::string reference;
        std::vector<std::string> items;
        base::Instant accepted_at;
        base::Instant completes_at;
    };
    struct Tally {
        std::uint64_t requests = 0;
        std::uint64_t content_refused = 0;
        std::uint64_t throttled = 0;
        std::uint64_t slots_full = 0;
    };

    explicit FakeCloudFront(const core::SlotLimits& limits) : limits_(limits) {}

    FakeAccount& account(const std::string& id) { return accounts_[base::AccountId(id)].model; }
    [[nodiscard]] const Tally& tally(const std::string& id) {
        return accounts_[base::AccountId(id)].tally;
    }

    /// A request has arrived. Takes effect, if at all, now.
    Answer create(const core::SendCall& call, base::Instant now);
    [[nodiscard]] core::ProgressRead::Progress progress(const core::ReadProgress& read,
                                                        base::Instant now);
    /// What looking through the account's invalidations now would find.
    [[nodiscard]] core::CallProved prove(const core::ProveCall& prove, base::Instant now);

    [[nodiscard]] const std::vector<Invalidation>& accepted() const { return accepted_; }
    /// Told of everything that takes effect, as it does.
    std::function<void(const Invalidation&)> on_accepted;

private:
    struct Account {
        FakeAccount model;
        Tally tally;
        /// When the hidden bucket is full again, as far as it is not.
        base::Instant full_at;
        /// What is in progress at each distribution, and until when.
        std::map<std::string, std::vector<std::pair<base::Instant, actions::SlotCount>>,
                 std::less<>>
            in_progress;
    };

    [[nodiscard]] static bool takes_token(Account& account, base::Instant now);
    [[nodiscard]] static std::optional<Answer> refusal(const FakeAccount& model,
                                                       const core::SendCall& call);
    Answer accept(Account& account, const core::SendCall& call, base::Instant now);
    [[nodiscard]] bool has_slots(Account& account, const core::SendCall& call,
                                 base::Instant now) const;
    [[nodiscard]] static Answer repeated(const FakeAccount& account, const Invalidation& first);
    [[nodiscard]] const Invalidation* find(const core::SendCall& call) const;
    [[nodiscard]] const Invalidation* find(std::string_view id) const;

    core::SlotLimits limits_;
    std::map<base::AccountId, Account> accounts_;
    std::vector<Invalidation> accepted_;
    std::map<std::pair<std::string, std::string>, std::size_t> by_reference_;
};

} // namespace exarch::simulation
