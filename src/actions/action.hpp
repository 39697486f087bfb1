#pragma once

#include "base/identifier.hpp"
#include "ledger/record.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::actions {

/// What an operation of a task asks for, once read: single wishes that each succeed or fail on
/// their own, and what could not be read.
struct Wish {
    base::AccountId account;
    /// What the action works on; with the account and the action it names the lane.
    std::string resource;
    /// In canonical form: equal wishes are equal strings.
    std::vector<std::string> items;
    std::vector<ledger::Rejection> rejections;
};

/// AWS keeps two tallies of work in progress; an item counts in one of them.
enum class SlotKind : std::uint8_t { path, wildcard };

struct SlotCount {
    std::uint32_t paths = 0;
    std::uint32_t wildcards = 0;

    void add(SlotKind kind) { (kind == SlotKind::path ? paths : wildcards) += 1; }
    [[nodiscard]] std::uint32_t of(SlotKind kind) const {
        return kind == SlotKind::path ? paths : wildcards;
    }

    friend bool operator==(const SlotCount&, const SlotCount&) = default;
};

/// What AWS charges for the items of an action, by account.
struct Price {
    std::uint64_t free_a_month = 0;
    double dollars_an_item = 0;
};

/// What AWS's answer to a call means for the operations it carries.
enum class Verdict : std::uint8_t {
    /// AWS has taken it, now or at an earlier attempt: its operations are done.
    accepted,
    /// Refused for its rate.
    throttled,
    /// Refused because too much is in progress already.
    slots_full,
    /// Refused for what it carries: some item is at fault.
    content_refused,
    /// The role may not do this to this resource.
    resource_denied,
    /// The account cannot be entered: role missing, not assumable, account closed.
    account_denied,
    /// The resource does not exist: no call to it can ever succeed.
    resource_missing,
    /// Certainly without effect, for a passing reason: the same call may be sent again.
    not_sent,
    /// It may have taken effect, nobody knows.
    unknown,
};

[[nodiscard]] std::string_view format(Verdict verdict);

class CallCodec;

/// A kind of operation: what it looks like in a task, what merges, which quota it lives on.
/// Stateless and pure; one object each, in the registry.
class Action {
public:
    virtual ~Action() = default;

    /// As it stands in a task's `action`.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// The quota its calls are paced by: `cloudfront.CreateInvalidation`.
    [[nodiscard]] virtual std::string_view api() const = 0;
    /// The quota of asking how far a call's work is: `cloudfront.GetInvalidation`.
    [[nodiscard]] virtual std::string_view progress_api() const = 0;

    /// Reads one operation of the second form, `action` and `account` already checked. `place` is
    /// where it stands (`operations[2]`), for the rejections.
    [[nodiscard]] virtual Wish parse(const boost::json::object& operation,
                                     std::string_view place) const = 0;

    /// Items one call may carry at most.
    [[nodiscard]] virtual std::uint32_t items_max() const = 0;
    [[nodiscard]] virtual SlotKind slot_kind(std::string_view item) const = 0;
    /// What a wildcard covers: every item that starts with this. None for any other item.
    [[nodiscard]] virtual std::optional<std::string_view> cover(std::string_view item) const = 0;

    /// At AWS's public prices, whatever a customer has agreed on.
    [[nodiscard]] virtual Price price() const = 0;

    /// How its calls are written and their replies read; the core never asks for it.
    [[nodiscard]] virtual const CallCodec& codec() const = 0;

    /// What a role must be allowed for this action, and the resource's ARN.
    [[nodiscard]] virtual std::vector<std::string_view> permissions() const = 0;
    [[nodiscard]] virtual std::string resource_arn(std::string_view partition,
                                                   const base::AccountId& account,
                                                   std::string_view resource) const = 0;
};

} // namespace exarch::actions
