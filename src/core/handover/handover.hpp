#pragma once

#include "core/state.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::core {

/// What a core knows of its account and its ledger does not say: how fast it may call, what is
/// known of calls that are open, which parts of refused batches are yet to be sent, whose turn it
/// is. A text for the core that goes on after it at once: where holders come and go by the second,
/// each would otherwise begin to learn anew. Of a core that has more than one account, and where it
/// would be too long to stand beside a lease: less, or nothing.
[[nodiscard]] std::string hand_over(const State& state);

/// The same for who has taken over. What it does not tell stays as it is at a beginning.
class Handover {
public:
    Handover() = default;
    /// A text that can't be read tells nothing.
    Handover(std::string_view text, const State& state);

    /// As each is created, or has been read from the ledger. Of a pace, whether more is known of it
    /// than the ledger has: of one that nobody has used, that every token is there.
    bool tell(std::string_view api, Pace& pace) const;
    void tell(std::string_view pool_name, SlotPool& pool) const;
    void tell(State& state, Call& call) const;
    void tell(ledger::CallId id, Unfinished& unfinished) const;
    /// Once all lanes are there: of those, and of whose turn it is.
    void tell_rest(State& state) const;
    /// The number of the part of a refused batch that the operation is in.
    [[nodiscard]] std::optional<std::size_t> part_of(ledger::OperationId operation) const;

private:
    [[nodiscard]] const boost::json::object* told_of(std::string_view kind,
                                                     std::string_view name) const;
    void read_parts();

    boost::json::object told_;
    base::Moment now_;
    base::Duration clocks_apart_{};
    /// By the first operation of a row: its last one, and their part.
    std::map<ledger::OperationId, std::pair<ledger::OperationId, std::size_t>> parts_;
};

} // namespace exarch::core
