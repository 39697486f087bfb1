#pragma once

#include "aws/error.hpp"
#include "aws/lambda/lambda.hpp"
#include "base/identifier.hpp"
#include "cli/doctor/finding.hpp"

#include <string>
#include <vector>

namespace exarch::cli {

/// What was seen of how the function gets its messages. Nothing of it changes a mapping.
struct MappingProbe {
    std::string function;
    base::Region region;
    /// Where Lambda was asked; empty where that is AWS's own address, which the aws command knows.
    std::string endpoint_url;
    /// Without a ledger each instance keeps to its share of the quotas, and knows of no other.
    bool has_table = false;
    /// Of the queues that tasks are to come from, those that could be read.
    std::vector<std::string> queue_arns;
    aws::Outcome<std::vector<aws::EventSourceMapping>> mappings;
};

/// Whether each queue's messages reach the function, and whether those that it could not do come
/// back. What brings it something else than a queue's messages is not looked at.
[[nodiscard]] Findings check_mappings(const MappingProbe& probe, const MendContext& context);

} // namespace exarch::cli
