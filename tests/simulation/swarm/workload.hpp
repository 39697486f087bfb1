#pragma once

#include "base/time.hpp"
#include "simulation/checks/wish_checker.hpp"
#include "simulation/dice.hpp"
#include "simulation/swarm/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace exarch::simulation {

/// A message as a producer sends it, with what it means by it.
struct OutgoingMessage {
    std::string body;
    std::string sender;
    Wishes wishes;
};

/// The producers of a run. What the nth message asks for follows from the seed and n alone, and
/// its times from when it is sent.
class Workload {
public:
    explicit Workload(const Plan& plan) : plan_(plan) {}

    [[nodiscard]] OutgoingMessage message(std::uint64_t number, base::Timestamp now);

private:
    struct Path {
        std::string raw;
        /// Empty where it cannot be read.
        std::string item;
    };
    [[nodiscard]] Path path(Dice& dice) const;
    [[nodiscard]] Path plain_path(Dice& dice) const;
    [[nodiscard]] std::uint64_t count(Dice& dice) const;
    [[nodiscard]] std::uint64_t any_account(Dice& dice) const;
    [[nodiscard]] std::string any_distribution(Dice& dice) const;
    [[nodiscard]] OutgoingMessage illegible(Dice& dice) const;
    [[nodiscard]] OutgoingMessage first_form(Dice& dice) const;
    [[nodiscard]] OutgoingMessage second_form(Dice& dice, base::Timestamp now) const;
    [[nodiscard]] std::string header(Dice& dice, base::Timestamp now, Wishes& wishes) const;
    void add_operation(Dice& dice, OutgoingMessage& message) const;

    const Plan& plan_;
    /// How many wishes the message under way has at most.
    std::uint64_t wishes_most_ = 0;
    /// Those that have a task id, to be sent again.
    std::vector<OutgoingMessage> named_;
};

} // namespace exarch::simulation
