#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "table/account_view.hpp"
#include "table/batch_reader.hpp"
#include "table/intake/message.hpp"
#include "table/intake/terms.hpp"
#include "table/table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace exarch::table {

/// Claims messages that came together for the batches that are to hold their parts, each for one
/// worker only. All that it is given must outlive it.
class Claims {
public:
    struct Parts {
        Table& table;
        const base::Clock& clock;
        const Retention& retention;
        const IntakeTerms& terms;
        /// Those that others' claims name.
        BatchReader& batches;
    };
    explicit Claims(Parts parts) : parts_(parts) {}

    /// Sets what is this worker's to write of each message, and what is known of the others. No two
    /// of them have one claim. What cannot be claimed in time is left; what may have been is in
    /// doubt.
    [[nodiscard]] boost::asio::awaitable<base::Status> claim(std::vector<Message>& messages);

private:
    [[nodiscard]] boost::asio::awaitable<base::Status> claim_many(std::span<Message> messages,
                                                                  base::Instant until);
    [[nodiscard]] boost::asio::awaitable<base::Status> claim_one(Message& message,
                                                                 base::Instant until);
    [[nodiscard]] aws::PutItem claim_of(const Message& message) const;
    [[nodiscard]] boost::asio::awaitable<base::Status> meet_claim(Message& message,
                                                                  aws::Item known);
    [[nodiscard]] boost::asio::awaitable<base::Result<bool>>
    was_written(const Message& message, std::size_t part, const Claim& older, bool may_close);
    [[nodiscard]] boost::asio::awaitable<base::Result<bool>>
    is_there(PartPlace place, const ledger::AcceptTask& task, bool may_close);

    Parts parts_;
    /// The table has refused none so far: what is throttled is not asked for many at a time.
    bool may_insert_ = true;
};

} // namespace exarch::table
