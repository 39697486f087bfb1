#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "sandbox/dice.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox {

/// What becomes of a call in place of its answer: before it takes effect, or after, in secret.
enum class Fault : std::uint8_t {
    none,
    /// The connection ends without an answer.
    drop_before,
    drop_after,
    /// A 503 in the service's words.
    error_before,
    error_after,
    /// A 503 in HTML, as a load balancer says it.
    html_before,
    html_after,
    /// Refused for its rate, whatever the quota.
    throttle_before,
};

[[nodiscard]] std::string_view format(Fault fault);
[[nodiscard]] bool is_before(Fault fault);
[[nodiscard]] bool is_after(Fault fault);

/// Which calls a fault hits.
struct FaultRule {
    Fault fault = Fault::none;
    double probability = 1;
    /// Each empty for any.
    std::string service;
    std::string action;
    std::string account;
    /// Hits one call and is gone.
    bool once = false;

    friend bool operator==(const FaultRule&, const FaultRule&) = default;
};

/// Reads `drop_after=0.1`.
[[nodiscard]] base::Result<FaultRule> parse_fault(std::string_view text);
/// The part behind the `=`; 1 where there is none.
[[nodiscard]] base::Result<double> parse_probability(std::string_view text);

/// Reads the body of POST /_sandbox/faults, `{"faults": [{"fault": "drop_after", …}]}`. Fails as
/// invalid on anything unknown, with its place.
[[nodiscard]] base::Result<std::vector<FaultRule>> parse_faults(const boost::json::value& body);

/// The rules that stand, and the dice that decide.
class FaultPlan {
public:
    FaultPlan(std::vector<FaultRule> rules, std::uint64_t seed)
        : rules_(std::move(rules)), dice_(seed) {}

    void replace(std::vector<FaultRule> rules) { rules_ = std::move(rules); }
    [[nodiscard]] const std::vector<FaultRule>& rules() const { return rules_; }

    /// The first rule that hits a call, in their order.
    [[nodiscard]] Fault draw(std::string_view service, std::string_view action,
                             std::string_view account);

private:
    std::vector<FaultRule> rules_;
    Dice dice_;
};

[[nodiscard]] boost::json::object to_json(const FaultRule& rule);

} // namespace exarch::sandbox
