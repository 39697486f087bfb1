#pragma once

#include "aws/endpoint.hpp"
#include "unit/aws/loopback.hpp"

#include <utility>
#include <vector>

namespace exarch::aws {

/// Answers one request after another as it is told.
class ScriptedLoopback {
public:
    explicit ScriptedLoopback(std::vector<http::Response> answers)
        : answers_(std::move(answers)), loopback([this](const http::Request&) {
              return answers_.at(loopback.requests.size() - 1);
          }) {}

    [[nodiscard]] Endpoint endpoint() const {
        Endpoint endpoint;
        endpoint.origin = loopback.origin();
        endpoint.signing_region = base::Region("eu-west-1");
        return endpoint;
    }

private:
    std::vector<http::Response> answers_;

public:
    Loopback loopback;
};

} // namespace exarch::aws
