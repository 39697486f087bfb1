#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "sandbox/cloudfront/cloudfront.hpp"
#include "sandbox/control/accounts.hpp"
#include "sandbox/control/faults.hpp"
#include "sandbox/functions/host.hpp"
#include "sandbox/latency.hpp"
#include "sandbox/quota.hpp"
#include "sandbox/sqs/params.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::sandbox {

struct SandboxParams {
    /// Of every identifier, key and fault.
    std::uint64_t seed = 0;
    Quotas quotas = default_quotas();
    CloudFrontParams cloudfront = {};
    /// Its seed follows from this one's, and policies are judged as they are everywhere.
    SqsParams sqs = {};
    Latency latency = {};
    std::vector<FaultRule> faults = {};
    /// Runs functions, and outlives the sandbox. Null: there are none.
    functions::Host* functions = nullptr;
    /// There from the start, and again after a reset.
    std::vector<AccountPlan> accounts = {};
};

// Values as they are written on a command line. Each fails as invalid, and says what is wrong and
// what would be right.

/// `cloudfront.CreateInvalidation=1/5`: name, rate a second, and burst, which is the rate or 1
/// where it is left out. A rate of 0 lifts the limit.
[[nodiscard]] base::Result<std::pair<std::string, Quota>> parse_quota(std::string_view text);
/// Adds a fault to the others: one of parse_fault()'s, or of a queue's own, `duplicate=0.1` and
/// `disorder=0.1`.
[[nodiscard]] base::Status add_fault(SandboxParams& params, std::string_view text);
/// `replay`, `exists` or `argument`.
[[nodiscard]] base::Result<ReferenceMode> parse_reference_mode(std::string_view text);

} // namespace exarch::sandbox
