#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/config.hpp"

namespace exarch::lambda {

/// The doors to the outside. All of it must outlive run().
struct FunctionSurroundings {
    const base::Environment& environment;
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Log& log;
};

/// Serves a Lambda function: asks the Runtime API of AWS_LAMBDA_RUNTIME_API for one invocation
/// after another, and answers each. Blocks, until SIGTERM or SIGINT where an extension lets Lambda
/// send one, or until it fails: where the start does (`configuration` failed, or does not fit; the
/// Runtime API is told why, as it wants), where the Runtime API says that the process has to end or
/// does not answer, and after an invocation that left something behind. Lambda starts another then.
[[nodiscard]] base::Status run(const base::Result<config::Config>& configuration,
                               FunctionSurroundings surroundings);

} // namespace exarch::lambda
