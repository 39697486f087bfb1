#pragma once

#include "http/message.hpp"

#include <string>

namespace exarch::sandbox::lambda {

/// What a request to Lambda's REST API asks for.
struct Route {
    /// `CreateFunction`; empty where it is none that the sandbox has.
    std::string action;
    /// The function or the UUID in its path, decoded.
    std::string resource = {};
    /// Behind the question mark.
    std::string query = {};

    friend bool operator==(const Route&, const Route&) = default;
};

[[nodiscard]] Route parse_route(const http::Request& request);

} // namespace exarch::sandbox::lambda
