#pragma once

#include "actions/action.hpp"
#include "core/lane/lane.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::core {

/// The items of a batch, none of which covers another, and which of them settles what.
class SentItems {
public:
    /// They are numbered in the order in which they are added.
    void add(const actions::Action& action, const std::string& item);
    /// The item that is sent for this one; none where neither it nor what covers it is among them.
    [[nodiscard]] std::optional<std::uint32_t> sent_for(std::string_view item) const;

private:
    std::map<std::string, std::uint32_t, std::less<>> exact_;
    /// From what a wildcard among them covers.
    std::map<std::string, std::uint32_t, std::less<>> covers_;
    std::uint32_t count_ = 0;
};

/// The batch of which these are the operations: as in any, what a wildcard among their items covers
/// travels with it.
[[nodiscard]] Batch batch_of(const actions::Action& action, std::vector<Carried> carried);

} // namespace exarch::core
