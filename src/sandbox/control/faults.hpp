#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/latency.hpp"

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
    /// Served later; another fault may hit it as well.
    delay,
};

[[nodiscard]] std::string_view format(Fault fault);
[[nodiscard]] bool is_before(Fault fault);
[[nodiscard]] bool is_after(Fault fault);

/// Which calls a fault hits.
struct FaultRule {
    Fault fault = Fault::none;
    double probability = 1;
    /// Each empty for any.
    std::string service = {};
    std::string action = {};
    std::string account = {};
    /// Hits one call and is gone.
    bool once = false;
    /// Of a delay.
    Latency latency = {};

    friend bool operator==(const FaultRule&, const FaultRule&) = default;
};

/// Reads `drop_after=0.1`; a delay has no place there.
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
        : rules_(std::move(rules)), dice_(seed), delay_dice_(scramble(seed)) {}

    void replace(std::vector<FaultRule> rules) { rules_ = std::move(rules); }
    [[nodiscard]] const std::vector<FaultRule>& rules() const { return rules_; }

    /// The first rule that hits a call, in their order, delays left aside.
    [[nodiscard]] Fault draw(std::string_view service, std::string_view action,
                             std::string_view account);
    /// Of the first delay that hits it; 0 where none does.
    [[nodiscard]] base::Duration draw_delay(std::string_view service, std::string_view action,
                                            std::string_view account);

private:
    struct Target {
        std::string_view service;
        std::string_view action;
        std::string_view account;
    };

    [[nodiscard]] FaultRule draw_rule(const Target& target, bool wants_delay, Dice& dice);

    std::vector<FaultRule> rules_;
    Dice dice_;
    /// Of their own, so that a delay changes nothing else.
    Dice delay_dice_;
};

[[nodiscard]] boost::json::object to_json(const FaultRule& rule);

} // namespace exarch::sandbox
