#include "sandbox/sqs/model/delivery_order.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace exarch::sandbox::sqs {
namespace {

// How far disorder reaches: a message is overtaken by those this close behind it.
constexpr std::size_t disorder_window = 16;

} // namespace

void StandardOrder::set(std::uint64_t number, const std::string& group, Standing standing) {
    if (standing == Standing::visible) {
        visible_.insert(number);
    } else {
        remove(number, group);
    }
}

void StandardOrder::remove(std::uint64_t number, const std::string&) {
    visible_.erase(number);
}

std::vector<std::uint64_t> StandardOrder::candidates(std::size_t count) {
    const std::size_t reach = disorder_probability_ > 0 ? disorder_window : 0;
    std::vector<std::uint64_t> numbers;
    for (auto each = visible_.begin(); each != visible_.end() && numbers.size() < count + reach;
         ++each) {
        numbers.push_back(*each);
    }
    const std::size_t taken = std::min(count, numbers.size());
    for (std::size_t i = 0; i < taken; ++i) {
        if (dice_.chance(disorder_probability_)) {
            std::swap(numbers[i], numbers[i + dice_.below(numbers.size() - i)]);
        }
    }
    numbers.resize(taken);
    return numbers;
}

void FifoOrder::set(std::uint64_t number, const std::string& group, Standing standing) {
    const auto found = groups_.try_emplace(group).first;
    Member& member = found->second.members[number];
    member.standing = standing;
    if (standing == Standing::visible) {
        member.turn = ++last_turn_;
    }
    refresh(found);
}

void FifoOrder::remove(std::uint64_t number, const std::string& group) {
    const auto found = groups_.find(group);
    EXARCH_ASSERT(found != groups_.end());
    const auto member = found->second.members.find(number);
    EXARCH_ASSERT(member != found->second.members.end());
    found->second.members.erase(member);
    refresh(found);
    if (found->second.members.empty()) {
        groups_.erase(found);
    }
}

std::vector<std::uint64_t> FifoOrder::candidates(std::size_t count) {
    std::vector<std::uint64_t> numbers;
    for (const auto& [turn, group] : ready_) {
        for (const auto& [number, member] : group->second.members) {
            if (numbers.size() == count) {
                return numbers;
            }
            if (member.standing != Standing::visible) {
                break;
            }
            numbers.push_back(number);
        }
    }
    return numbers;
}

void FifoOrder::refresh(Groups::iterator group) {
    Group& state = group->second;
    std::optional<std::uint64_t> ready_at;
    if (!state.members.empty() && state.members.begin()->second.standing == Standing::visible) {
        ready_at = state.members.begin()->second.turn;
    }
    if (ready_at == state.ready_at) {
        return;
    }
    if (state.ready_at.has_value()) {
        ready_.erase(*state.ready_at);
    }
    if (ready_at.has_value()) {
        ready_.emplace(*ready_at, group);
    }
    state.ready_at = ready_at;
}

} // namespace exarch::sandbox::sqs
