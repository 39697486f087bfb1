#pragma once

#include "sandbox/control/accounts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox {

/// What `exarch sandbox --example` prepares: a controller and four target accounts with a role and
/// two distributions each, under the policies that the documentation advises, and the queue with
/// another one for its dead letters. Each account has a user `administrator`, who may do anything.
struct Example {
    std::vector<AccountPlan> accounts;
    /// The worker's user, and the one that sends tasks.
    sigv4::Credentials controller;
    sigv4::Credentials producer;
};

inline constexpr std::string_view example_region = "eu-west-1";
inline constexpr std::string_view example_controller = "999900001111";
inline constexpr std::string_view example_queue = "exarch-tasks";

[[nodiscard]] Example make_example();

} // namespace exarch::sandbox
