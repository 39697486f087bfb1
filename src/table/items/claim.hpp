#pragma once

#include "aws/dynamodb/dynamodb.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/record.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace exarch::table {

/// Where a part of a claimed message is to stand.
struct PartPlace {
    base::AccountId account;
    std::int64_t batch = 0;

    friend bool operator==(const PartPlace&, const PartPlace&) = default;
};

/// Who takes a message in: whoever has its claim, by writing the batches that the claim names.
struct Claim {
    /// The message that made it; a later one of the same name is another.
    std::string message_id;
    /// Of what the task asks for; empty where it has no name.
    std::string digest;
    /// For each part of the task, in the order of split().
    std::vector<PartPlace> parts;
    base::Timestamp claimed_at;

    friend bool operator==(const Claim&, const Claim&) = default;
};

/// Makes the claim where there is none, or one that has been forgotten at `now`.
[[nodiscard]] aws::PutItem claiming(const ledger::AcceptTask& task, const Claim& claim,
                                    base::Timestamp now, base::Timestamp expires_at);
/// Puts the claim in the place of exactly that older one.
[[nodiscard]] aws::PutItem claiming_instead(const ledger::AcceptTask& task, const Claim& claim,
                                            const Claim& older, base::Timestamp expires_at);
/// Fails as corrupt where the item is none.
[[nodiscard]] base::Result<Claim> read_claim(const aws::Item& item);

} // namespace exarch::table
