#include "worker/call_troubles.hpp"

#include <fmt/format.h>

namespace exarch::worker {
namespace {

/// Fewer are the ordinary weather of a network.
constexpr std::uint64_t telling_from = 3;
constexpr base::Duration told_every = std::chrono::minutes(1);

} // namespace

std::optional<TroubleNotice> CallTroubles::ended(const base::AccountId& account,
                                                 const core::CallAnswered& answer,
                                                 base::Instant now) {
    using actions::Verdict;
    const Verdict verdict = answer.verdict;
    if (verdict != Verdict::not_sent && verdict != Verdict::unknown) {
        const auto found = accounts_.find(account);
        const bool was_told = found != accounts_.end() && found->second.told_at;
        accounts_.erase(account);
        if (!was_told) {
            return std::nullopt;
        }
        return TroubleNotice{
            false, fmt::format("calls in account {} are answered again", account.value())};
    }
    Trouble& trouble = accounts_[account];
    ++trouble.in_a_row;
    if (trouble.in_a_row < telling_from ||
        (trouble.told_at && now - *trouble.told_at < told_every)) {
        return std::nullopt;
    }
    trouble.told_at = now;
    return TroubleNotice{
        true, fmt::format("the last {} calls in account {} {}: {}; trying again", trouble.in_a_row,
                          account.value(),
                          verdict == Verdict::not_sent ? "were not sent" : "had no answer",
                          answer.reason)};
}

} // namespace exarch::worker
