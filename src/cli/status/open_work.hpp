#pragma once

#include "actions/action.hpp"
#include "cli/status/turns.hpp"
#include "cli/status/waiting.hpp"
#include "config/config.hpp"
#include "ledger/ledger.hpp"
#include "ledger/report.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace exarch::cli {

/// Which open operations somebody asks about: those of these tasks, and these.
struct AskedAbout {
    std::set<ledger::TaskKey> tasks;
    std::set<ledger::OperationKey> operations;
    /// As the ledger says it: Reporter::numbers_by_account().
    bool by_account = false;
};

/// Takes all that is open from a ledger, and tells why it is: of each lane, and of what was asked
/// about. Keeps counts of everything else, so it takes as much memory as there are lanes, and not
/// operations.
///
/// What it tells is an estimate: lanes of an account take turns by priority, and each call carries
/// as many operations as its action and what AWS has in progress allow. Equal and covered items
/// make it sooner; throttles, refusals and what still comes in make it later.
class OpenWork final : public ledger::Restorer {
public:
    /// `config` has to outlive it.
    OpenWork(const config::Config& config, AskedAbout asked, base::Timestamp now);

    void last_call(ledger::CallId call) override;
    void learned_quota(ledger::LearnQuota quota) override;
    void open_call(ledger::OpenCall call) override;
    void incomplete_call(ledger::IncompleteCall call) override;
    ledger::LaneNumber lane(const ledger::LaneKey& key) override;
    void operation(ledger::LaneNumber lane, ledger::OpenOperation operation) override;

    /// By task, lane and id. `lanes` are those of the same moment, for what blocks them.
    [[nodiscard]] std::vector<Waiting> explain(const std::vector<ledger::LaneReport>& lanes) const;

    /// Those of the operations asked about, so far, that are not open.
    [[nodiscard]] const std::set<ledger::OperationKey>& not_open() const {
        return asked_.operations;
    }

    /// Of all lanes with open work, what it waits for, whoever asked: what takes longest first.
    /// Tells no task, and of several calls or times the first.
    [[nodiscard]] std::map<ledger::LaneKey, std::vector<Waiting>>
    explain_lanes(const std::vector<ledger::LaneReport>& lanes) const;

private:
    /// What is in progress where AWS counts it.
    struct Pool {
        Tally held = {};
        /// What waits for it, so far.
        Tally waiting = {};
        /// When AWS took the oldest call that it has not finished.
        std::optional<base::Timestamp> oldest;
        /// By when each call was taken, or bound.
        std::multimap<base::Timestamp, Tally> calls;
    };
    struct CallNote {
        std::string reference;
        base::Timestamp bound_at;
    };
    enum class Place : std::uint8_t { call, later, path, wildcard, lane };
    /// Of the operations of one kind in one place the first and the last to go: their priorities,
    /// and what of the same kind and priority goes before the one and with the other.
    struct Span {
        std::int64_t operations = 0;
        std::int32_t first_priority = 0;
        std::int32_t last_priority = 0;
        std::int64_t before_first = 0;
        std::int64_t up_to_last = 0;
    };
    /// Operations of one lane in one place.
    struct Group {
        std::int64_t operations = 0;
        ledger::OperationKey first;
        ledger::OperationKey last;
        /// When the oldest of them was accepted, or may start.
        base::Timestamp ages_from = base::Timestamp::max();
        /// By kind, of what may be sent now.
        std::array<Span, 2> spans = {};
        /// What of its kind came before the first, where AWS counts it.
        std::int64_t slots_before = 0;
        /// The oldest that carries some of them.
        ledger::CallId call;
        /// When the first and the last of them may start.
        std::optional<base::Timestamp> first_start;
        std::optional<base::Timestamp> last_start;
    };
    struct Lane {
        ledger::LaneKey key;
        /// None where this version does not know it.
        const actions::Action* action = nullptr;
        Pool* pool = nullptr;
        /// What waits and may be sent now: whose the first of it is, and all of it by priority.
        std::uint32_t requester = 0;
        std::map<std::int32_t, Tally, std::greater<>> waiting = {};
        std::map<Place, Group> groups = {};
    };
    struct GroupKey {
        ledger::TaskKey task;
        ledger::LaneNumber lane = 0;
        Place place = Place::lane;
        ledger::CallId call;
        std::optional<base::Timestamp> not_before;
        std::int32_t priority = 0;

        friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
    };
    using Blocked = std::map<ledger::LaneKey, std::string>;
    using PoolKey = std::pair<base::AccountId, std::string>;
    /// What an explanation needs of all the others.
    struct Others {
        Blocked blocked;
        /// By LaneNumber.
        std::vector<std::vector<PredictedCall>> calls;
    };

    Pool& pool(const ledger::LaneKey& key);
    /// Notes a call of `at`, which is answered or will soon be.
    void hold(const ledger::LaneKey& key, const std::vector<std::string>& items,
              base::Timestamp at);
    [[nodiscard]] std::int64_t limit(actions::SlotKind kind) const;
    /// What the ledger calls what has this number in the lane's account.
    template <class Number>
    [[nodiscard]] ledger::NumberedKey<Number> key_of(const ledger::LaneKey& lane,
                                                     Number number) const;
    /// Counts it among what waits, and says where it stands.
    [[nodiscard]] Place count(Lane& lane, const ledger::OpenOperation& operation,
                              actions::SlotKind kind);
    /// Adds the operation counted last, which stands where `key` says.
    static void note(Group& group, const Lane& lane, const GroupKey& key,
                     const ledger::OperationKey& id, const ledger::OpenOperation& operation);
    /// Adds one that may be sent now.
    static void note_waiting(Group& group, const Lane& lane, actions::SlotKind kind,
                             std::int32_t priority);

    [[nodiscard]] Others others(const std::vector<ledger::LaneReport>& lanes) const;
    [[nodiscard]] double rate(const TurnsKey& key) const;
    /// When the account's next call may leave.
    [[nodiscard]] CallPace pace(const TurnsKey& key) const;
    [[nodiscard]] SlotPool slots(const Pool& pool) const;
    void predict(const TurnsKey& key, std::vector<ledger::LaneNumber> numbers,
                 Others& others) const;
    [[nodiscard]] Waiting explain(const Lane& lane, Place place, const Group& group,
                                  const Others& others) const;
    [[nodiscard]] WaitForAnswer explain_call(const Lane& lane, const Group& group) const;
    void explain_turn(Waiting& waiting, const Lane& lane, const Group& group,
                      const std::vector<PredictedCall>& calls) const;
    /// Where in all that the lane sends of the kind what has this rank within its priority stands.
    [[nodiscard]] static std::int64_t rank(const Lane& lane, std::size_t kind,
                                           std::int32_t priority, std::int64_t rank_within);
    void explain_slots(Waiting& waiting, const Lane& lane, const Group& group,
                       const std::vector<PredictedCall>& calls) const;

    const config::Config& config_;
    AskedAbout asked_;
    base::Timestamp now_;
    /// By LaneNumber.
    std::vector<Lane> lanes_;
    std::map<PoolKey, Pool> pools_;
    std::map<std::pair<base::AccountId, std::string>, double> learned_;
    /// Of each API in an account and of each lane, when the last call known was made.
    std::map<TurnsKey, base::Timestamp> last_calls_;
    std::map<ledger::LaneKey, base::Timestamp> served_;
    std::map<std::string, std::uint32_t> requesters_;
    /// Each account may number from the start.
    std::map<std::pair<base::AccountId, ledger::CallId>, CallNote> calls_;
    std::map<ledger::OperationKey, ledger::CallId> call_of_;
    std::map<GroupKey, Group> groups_;
};

} // namespace exarch::cli
