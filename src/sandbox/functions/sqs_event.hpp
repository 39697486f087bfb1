#pragma once

#include "sandbox/sqs/model/queue.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace exarch::sandbox::functions {

/// A message as Lambda hands it to functions: keys in lower camel case, unlike SQS's own API.
[[nodiscard]] boost::json::object format_record(const sqs::Queue::Delivery& delivery,
                                                const sqs::QueueName& queue);

/// `{"Records":[…]}` of records that are written already.
[[nodiscard]] std::string format_event(const std::vector<std::string>& records);

/// The length of such an event, without it: `records` in all, of `bytes` together.
[[nodiscard]] constexpr std::size_t event_bytes(std::size_t records, std::size_t bytes) {
    constexpr std::size_t frame = 14;
    return frame + bytes + (records == 0 ? 0 : records - 1);
}

} // namespace exarch::sandbox::functions
