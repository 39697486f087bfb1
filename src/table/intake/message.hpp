#pragma once

#include "base/identifier.hpp"
#include "ledger/record.hpp"
#include "table/items/batch.hpp"
#include "table/items/claim.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace exarch::table {

/// What became of a message's task.
struct Taken {
    enum class Verdict : std::uint8_t {
        /// In the logs of its accounts: its message may be deleted.
        accepted,
        /// It was before.
        duplicate,
        /// Its name is known with other content: recorded as rejected.
        conflict,
        /// Another worker has begun to take it in and may be about to finish: its message is to be
        /// left to come again.
        in_doubt,
    };
    Verdict verdict = Verdict::in_doubt;
    /// Where it is accepted: its accounts, each of which has work now.
    std::vector<base::AccountId> accounts;
    /// Where it is in doubt because the table does not hold what it asks for: why.
    std::string reason = {};

    friend bool operator==(const Taken&, const Taken&) = default;
};

/// A message with its task, on its way in.
struct Message {
    /// Among those that were handed over together.
    std::size_t place = 0;
    ledger::AcceptTask task;
    std::vector<TaskPart> parts;
    /// Where each part is to stand.
    std::vector<PartPlace> places;
    /// Parts that are this worker's to write, and parts that are written.
    std::vector<bool> is_mine;
    std::vector<bool> is_written;
    /// It may be claimed for these places, and is in doubt unless that is found out in time.
    bool may_be_claimed = false;
    /// It was not claimed in time, and can be for other places.
    bool is_left = false;
    /// In doubt, until it is known to be something else.
    Taken::Verdict verdict = Taken::Verdict::in_doubt;
    /// Of the task that has its name.
    std::string known_digest;
    /// Why a part of it could not be written, whatever else can.
    std::string refusal;
};

} // namespace exarch::table
