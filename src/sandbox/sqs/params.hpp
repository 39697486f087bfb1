#pragma once

#include "sandbox/sqs/fallible.hpp"
#include "sandbox/sqs/model/queue.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace exarch::sandbox {

struct SqsParams {
    /// Of message ids, duplicates and disorder.
    std::uint64_t seed = 0;
    /// Messages received and not yet deleted, in a queue. Beyond it a standard queue refuses to
    /// deliver, and a FIFO queue delivers nothing.
    std::size_t in_flight_max = 120'000;
    sqs::QueueFaults faults = {};
    /// What queue URLs begin with, `http://127.0.0.1:4600`. Empty: the host that the request names.
    std::string base_url = {};
    /// Judges a queue's Policy before it is set. Without one, every JSON object is a policy.
    std::function<sqs::Permitted(std::string_view policy)> check_policy = {};
};

} // namespace exarch::sandbox
