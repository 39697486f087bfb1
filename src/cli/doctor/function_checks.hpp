#pragma once

#include "aws/error.hpp"
#include "aws/lambda/lambda.hpp"
#include "base/identifier.hpp"
#include "cli/doctor/finding.hpp"

#include <string>
#include <vector>

namespace exarch::cli {

/// What was seen of the function that does the worker's work. Nothing of it changes the function.
struct FunctionProbe {
    std::string name;
    base::Region region;
    /// Where Lambda was asked; empty where that is AWS's own address, which the aws command knows.
    std::string endpoint_url;
    /// This configuration's ledger is in one: a function on it paces itself by a queue that it
    /// feeds, and instances without one each keep to their share of the quotas.
    bool has_table = false;
    aws::Outcome<aws::RecursiveLoop> loop;
    /// Looked at where the function is there.
    aws::Outcome<aws::FunctionConfiguration> configuration;
    /// Of the queues that tasks are to come from, those that could be read.
    std::vector<std::string> queue_arns = {};
    aws::Outcome<std::vector<aws::EventSourceMapping>> mappings = {};
};

/// Whether it exists, may be looked at, and whether Lambda lets it feed its own queue.
[[nodiscard]] Findings check_function(const FunctionProbe& probe, const MendContext& context);

/// Where no function was named: that one on a ledger in this table can be.
[[nodiscard]] Findings check_unnamed_function(const std::string& table, const MendContext& context);

} // namespace exarch::cli
