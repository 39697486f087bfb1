#pragma once

#include "ledger/record.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace exarch::ledger {

/// As many choices, always the same for a seed.
[[nodiscard]] std::vector<std::uint8_t> draw_choices(std::uint32_t seed, std::size_t count);

/// For what a test draws: the same each time, but in a soak, whose rounds each have one.
[[nodiscard]] std::uint32_t round_seed();

/// Turns arbitrary numbers into a history that a core could have written: every record is valid
/// where it stands. Names, messages and digests come from few values, so that they meet again.
class History {
public:
    explicit History(std::vector<std::uint8_t> choices) : choices_(std::move(choices)) {}

    [[nodiscard]] bool over() const { return position_ >= choices_.size(); }

    /// A number below `limit`.
    std::size_t choose(std::size_t limit);

    /// A few records, to be committed together.
    std::vector<Record> next_commit();

    /// Takes note of what a commit gave ids to.
    void accepted(const std::vector<Record>& records, const std::vector<TaskReceipt>& receipts);

    base::Timestamp tick();

private:
    Record next();
    LaneKey lane();
    Record accept();
    /// Some of the pending operations of one lane, taken from them.
    std::vector<OperationId> take(LaneKey& lane);
    Record bind();
    Record close();
    Record end();
    Record complete();
    Record quota();
    Record breaker();

    std::vector<std::uint8_t> choices_;
    std::size_t position_ = 0;
    std::map<LaneKey, std::vector<std::int64_t>> pending_;
    std::vector<BindCall> open_;
    std::vector<CallId> done_;
    std::int64_t last_call_ = 0;
    std::int64_t now_ = 0;
};

} // namespace exarch::ledger
