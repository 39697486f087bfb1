#pragma once

#include "http/message.hpp"
#include "sandbox/functions/invocation.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace exarch::sandbox::functions {

/// What a process asks of the Runtime API.
struct RuntimeCall {
    enum class Kind : std::uint8_t { next, response, error, init_error, unknown };

    Kind kind = Kind::unknown;
    /// Of response and error.
    std::string request_id = {};

    friend bool operator==(const RuntimeCall&, const RuntimeCall&) = default;
};

[[nodiscard]] RuntimeCall parse_runtime_call(const http::Request& request);

/// The answer to `next`: the event and what belongs to it.
[[nodiscard]] http::Response format_event(const Invocation& invocation, std::string_view arn,
                                          std::chrono::milliseconds deadline);

/// `{"status":"OK"}`
[[nodiscard]] http::Response format_accepted();

/// `{"errorMessage": …, "errorType": …}`
[[nodiscard]] http::Response format_runtime_error(int status, std::string_view type,
                                                  std::string_view message);

} // namespace exarch::sandbox::functions
