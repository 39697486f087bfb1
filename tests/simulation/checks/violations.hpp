#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::simulation {

/// The rules of `shared/design.md` that a run is held to. Each violation begins with its rule's
/// name, so that a test can ask which one was broken.
enum class Rule : std::uint8_t {
    /// Every accepted operation ends in exactly one final state, with a reason.
    one_end,
    /// A message is accepted once, with what it asks for and nothing else.
    accepted_as_sent,
    /// Nothing is deleted or sent before what it rests on is durable.
    durable_first,
    /// What is decided is recorded: the ledger and the core know of the same open operations.
    recorded,
    /// What the core counts, orders and holds is what its calls and operations come to.
    agrees,
    /// Whoever goes on from the ledger, and from what is handed over with it, knows the same.
    handed_over,
    /// An operation is settled by a call that was sent after it was accepted.
    fresh,
    /// No path is paid for twice for one wish, and none that another one covers.
    paid_once,
    /// A call carries what its operations wish, in their account, at their distribution.
    asked_for,
    /// A reference carries one batch for ever.
    one_batch,
    /// A call with an unknown outcome is closed by proof only, or given up when its time is over.
    unknown_sticks,
    /// No call but against a token, and none in the pause after a throttle.
    quota,
    /// A breaker opens when an account or a distribution is denied; then one call a minute goes.
    breaker,
    /// No more is in progress, or under way, than is allowed.
    slots,
    /// Nothing before its not_before, nothing new after its deadline, nothing given up too early.
    on_time,
    /// The more urgent of what one requester wants somewhere goes first.
    in_order,
    /// Only what AWS refused fails for it; its neighbours go on.
    blame,
    /// When faults stop, everything drains.
    drains,
    /// Who is told to stop begins nothing new.
    stops,
    /// Where nothing goes wrong, what could be sent is sent soon.
    prompt,
    /// Nothing leaves for an account but under its lease.
    held,
    /// Who gives an account up with more in its log than was read leaves it due soon.
    due,
};

[[nodiscard]] std::string_view format(Rule rule);

/// What a run has done wrong so far.
class Violations {
public:
    void add(Rule rule, const std::string& what);
    [[nodiscard]] bool empty() const { return all_.empty(); }
    [[nodiscard]] const std::vector<std::string>& all() const { return all_; }

private:
    static constexpr std::size_t kept_max = 20;

    std::vector<std::string> all_;
};

} // namespace exarch::simulation
