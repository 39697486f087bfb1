#pragma once

#include "aws/endpoint.hpp"
#include "aws/service_request.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace exarch::aws {

/// What requests of all services have in common: who it is for, how it is signed, and where it
/// goes. `target` is where the service begins there, so that a path can be appended.
[[nodiscard]] inline ServiceRequest request_at(const Endpoint& endpoint, std::string_view service,
                                               std::string operation) {
    ServiceRequest request;
    request.service = service;
    request.operation = std::move(operation);
    request.signing_name = endpoint.signing_name;
    request.signing_region = endpoint.signing_region;
    request.origin = endpoint.origin;
    request.target = endpoint.path_prefix;
    return request;
}

} // namespace exarch::aws
