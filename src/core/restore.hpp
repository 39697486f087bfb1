#pragma once

#include "core/lane/sent_items.hpp"
#include "core/state.hpp"
#include "ledger/ledger.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::core {

/// Rebuilds the state from a ledger. Open calls come back as they were bound, with an unknown
/// outcome: nothing says whether they were sent, but a handover.
class StateRestorer final : public ledger::Restorer {
public:
    explicit StateRestorer(State& state) : state_(state) {}

    void handover(std::string_view told) override;
    void open_call(ledger::OpenCall call) override;
    void incomplete_call(ledger::IncompleteCall call) override;
    void learned_quota(ledger::LearnQuota quota) override;
    void open_breaker(ledger::NoteBreaker breaker) override;
    void last_call(ledger::CallId call) override;
    ledger::LaneNumber lane(const ledger::LaneKey& key) override;
    void operation(ledger::LaneNumber lane, ledger::OpenOperation operation) override;

    /// Puts the open calls where they wait to be sent again. Fails as corrupt where the ledger
    /// holds what this program cannot carry on with.
    [[nodiscard]] base::Status finish();

private:
    struct Reopened {
        Call call;
        SentItems sent;
        std::size_t operations = 0;
    };
    void wait(Index lane, const Wished& wished, std::string item);
    [[nodiscard]] bool is_known(const ledger::LaneKey& lane);
    /// As if what was tried before had been tried here.
    void reopen(const ledger::NoteBreaker& breaker);

    State& state_;
    std::map<ledger::CallId, Reopened> reopened_;
    std::map<ledger::OperationId, ledger::CallId> call_of_;
    /// What is to wait, by its lane; and the lanes that have any, in the order of their first.
    std::vector<std::vector<std::uint32_t>> waiting_;
    std::vector<Index> lanes_;
    std::vector<ledger::NoteBreaker> breakers_;
    /// By lane and number: what was in parts of refused batches.
    std::map<std::pair<Index, std::size_t>, std::vector<Carried>> parts_;
    std::string problem_;
};

} // namespace exarch::core
