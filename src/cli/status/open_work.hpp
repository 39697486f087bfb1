#pragma once

#include "actions/action.hpp"
#include "cli/status/turns.hpp"
#include "cli/status/waiting.hpp"
#include "config/config.hpp"
#include "ledger/ledger.hpp"
#include "ledger/report.hpp"

#include <cstdint>
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
/// What it tells is an estimate: lanes of an account take turns, and each call carries as many
/// operations as its action allows. Equal and covered items make it sooner; throttles, refusals,
/// priorities of other lanes and what still comes in make it later.
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
        actions::SlotCount held;
        /// Operations that wait for it, so far.
        std::int64_t paths = 0;
        std::int64_t wildcards = 0;
        /// When AWS took the oldest call that it has not finished.
        std::optional<base::Timestamp> oldest;
    };
    struct CallNote {
        std::string reference;
        base::Timestamp bound_at;
    };
    enum class Place : std::uint8_t { call, later, path, wildcard, lane };
    /// Operations of one lane in one place.
    struct Group {
        std::int64_t operations = 0;
        ledger::OperationKey first;
        ledger::OperationKey last;
        /// When the oldest of them was accepted, or may start.
        base::Timestamp ages_from = base::Timestamp::max();
        /// The first and the last of their priorities to go, and of the same priority in the lane
        /// what goes before the one and with the other.
        std::int32_t first_priority = 0;
        std::int32_t last_priority = 0;
        std::int64_t before_first = 0;
        std::int64_t up_to_last = 0;
        /// The same of its kind, where AWS counts it.
        std::int64_t slots_before = 0;
        std::int64_t slots_up_to = 0;
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
        /// What waits and may be sent now.
        std::int64_t pending = 0;
        std::map<std::int32_t, std::int64_t> by_priority = {};
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
    using AllTurns = std::map<TurnsKey, Turns>;
    using PoolKey = std::pair<base::AccountId, std::string>;
    /// What an explanation needs of all the others.
    struct Others {
        Blocked blocked;
        AllTurns turns;
    };

    Pool& pool(const ledger::LaneKey& key);
    void hold(const ledger::LaneKey& key, const std::vector<std::string>& items);
    [[nodiscard]] std::int64_t limit(bool is_wildcard) const;
    /// What the ledger calls what has this number in the lane's account.
    template <class Number>
    [[nodiscard]] ledger::NumberedKey<Number> key_of(const ledger::LaneKey& lane,
                                                     Number number) const;
    /// Counts it among what waits, and says where it stands.
    [[nodiscard]] Place count(Lane& lane, const ledger::OpenOperation& operation) const;
    /// Adds the operation counted last, which stands where `key` says.
    static void note(Group& group, const Lane& lane, const GroupKey& key,
                     const ledger::OperationKey& id, const ledger::OpenOperation& operation);

    [[nodiscard]] Others others(const std::vector<ledger::LaneReport>& lanes) const;
    [[nodiscard]] Waiting explain(const Lane& lane, Place place, const Group& group,
                                  const Others& others) const;
    [[nodiscard]] WaitForAnswer explain_call(const Lane& lane, const Group& group) const;
    void explain_turn(Waiting& waiting, const Lane& lane, const Group& group,
                      const Others& others) const;
    /// Operations of the lane that go before those of this priority.
    [[nodiscard]] static std::int64_t count_urgent(const Lane& lane, std::int32_t priority);
    void explain_slots(Waiting& waiting, const Lane& lane, const Group& group,
                       bool is_wildcard) const;

    const config::Config& config_;
    AskedAbout asked_;
    base::Timestamp now_;
    /// By LaneNumber.
    std::vector<Lane> lanes_;
    std::map<PoolKey, Pool> pools_;
    std::map<std::pair<base::AccountId, std::string>, double> learned_;
    /// Each account may number from the start.
    std::map<std::pair<base::AccountId, ledger::CallId>, CallNote> calls_;
    std::map<ledger::OperationKey, ledger::CallId> call_of_;
    std::map<GroupKey, Group> groups_;
};

} // namespace exarch::cli
