#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox::functions {

/// The longest payload of a synchronous invocation, either way.
constexpr std::size_t payload_bytes_max = 6'291'556;

/// How an invocation ended.
struct Outcome {
    /// Told by X-Amz-Function-Error.
    bool is_error = false;
    std::string payload;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// One event on its way through a function. Whoever asked for it shares it and sees the outcome.
struct Invocation {
    std::string request_id;
    /// JSON.
    std::string payload;
    /// `Root=1-…;Parent=…;Sampled=0;Lineage=…`
    std::string trace_id;
    /// Of the client's own making, in Base64; empty where there is none.
    std::string client_context = {};
    std::optional<Outcome> outcome = {};
    /// The end of what it logged, 4 KiB at most.
    std::string log_tail = {};
};

/// `{"errorType": …, "errorMessage": "RequestId: … Error: …"}`, as Lambda speaks for a function
/// that can't.
[[nodiscard]] std::string format_failure(std::string_view error_type, std::string_view request_id,
                                         std::string_view message);

} // namespace exarch::sandbox::functions
