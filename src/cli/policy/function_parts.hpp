#pragma once

#include <string>

namespace exarch::cli {

/// What the controller has beside its queue where it is a function of Lambda.
struct FunctionParts {
    /// The log is called after it: /aws/lambda/NAME.
    std::string name = "exarch";
    /// ARN of the table that the ledger is; empty without one.
    std::string table = {};
    /// ARN of the queue that the function paces itself by; empty without one.
    std::string ticks = {};
};

} // namespace exarch::cli
