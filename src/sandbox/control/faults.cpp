#include "sandbox/control/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, Fault>, 8> names = {{
    {"drop_before", Fault::drop_before},
    {"drop_after", Fault::drop_after},
    {"error_before", Fault::error_before},
    {"error_after", Fault::error_after},
    {"html_before", Fault::html_before},
    {"html_after", Fault::html_after},
    {"throttle_before", Fault::throttle_before},
    {"delay", Fault::delay},
}};

constexpr std::string_view all_names = "drop_before, drop_after, error_before, error_after, "
                                       "html_before, html_after, throttle_before";

std::unexpected<base::Error> unknown(std::string_view name) {
    return base::invalid(fmt::format("\"{}\" is none of {}", name, all_names));
}

std::optional<Fault> fault_of(std::string_view name) {
    const auto found = std::ranges::find(names, name, &decltype(names)::value_type::first);
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

base::Result<double> check_probability(double value) {
    if (!(value >= 0 && value <= 1)) {
        return base::invalid("a probability is a number from 0 to 1");
    }
    return value;
}

base::Status read_member(FaultRule& rule, std::string_view key, const json::value& value) {
    if (key == "probability") {
        if (!value.is_number()) {
            return base::invalid("a probability is a number from 0 to 1");
        }
        EXARCH_TRY(rule.probability, check_probability(value.to_number<double>()));
        return {};
    }
    if (key == "once") {
        if (!value.is_bool()) {
            return base::invalid("must be true or false");
        }
        rule.once = value.get_bool();
        return {};
    }
    std::string name;
    std::string latency;
    std::string* const texts[] = {&name, &latency, &rule.service, &rule.action, &rule.account};
    constexpr std::array<std::string_view, 5> keys = {"fault", "latency", "service", "action",
                                                      "account"};
    const auto found = std::ranges::find(keys, key);
    if (found == keys.end()) {
        return base::invalid(
            "is unknown; there is fault, probability, latency, service, action, account, "
            "once");
    }
    if (!value.is_string()) {
        return base::invalid("must be a string");
    }
    *texts[found - keys.begin()] = std::string(value.get_string());
    if (key == "latency") {
        EXARCH_TRY(rule.latency, parse_latency(latency));
    }
    if (key == "fault") {
        const auto fault = fault_of(name);
        if (!fault) {
            return base::invalid(unknown(name).error().message() + ", delay");
        }
        rule.fault = *fault;
    }
    return {};
}

base::Result<FaultRule> parse_rule(const json::value& value, const std::string& place) {
    if (!value.is_object()) {
        return base::invalid(fmt::format("{}: must be an object", place));
    }
    FaultRule rule;
    for (const auto& [key, member] : value.get_object()) {
        const std::string_view name = key;
        if (const auto read = read_member(rule, name, member); !read.has_value()) {
            return base::invalid(fmt::format("{}.{}: {}", place, name, read.error().message()));
        }
    }
    if (rule.fault == Fault::none) {
        return base::invalid(
            fmt::format("{}.fault: is missing; there is {}, delay", place, all_names));
    }
    if ((rule.fault == Fault::delay) != (rule.latency != Latency())) {
        return base::invalid(
            fmt::format("{}.latency: a delay needs one, like 20ms or 20ms..80ms, and "
                        "nothing else has one",
                        place));
    }
    return rule;
}

} // namespace

std::string_view format(Fault fault) {
    const auto found = std::ranges::find(names, fault, &decltype(names)::value_type::second);
    return found == names.end() ? std::string_view() : found->first;
}

bool is_before(Fault fault) {
    return format(fault).ends_with("_before");
}

bool is_after(Fault fault) {
    return format(fault).ends_with("_after");
}

base::Result<double> parse_probability(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        return 1;
    }
    const std::string_view number = text.substr(equals + 1);
    double probability = 0;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), probability);
    if (error != std::errc() || end != number.data() + number.size()) {
        return base::invalid("a probability is a number from 0 to 1");
    }
    return check_probability(probability);
}

base::Result<FaultRule> parse_fault(std::string_view text) {
    const std::string_view name = text.substr(0, text.find('='));
    const auto fault = fault_of(name);
    if (!fault || *fault == Fault::delay) {
        return unknown(name);
    }
    FaultRule rule{.fault = *fault};
    EXARCH_TRY(rule.probability, parse_probability(text));
    return rule;
}

base::Result<std::vector<FaultRule>> parse_faults(const json::value& body) {
    const json::value* faults =
        body.is_object() ? body.get_object().if_contains("faults") : nullptr;
    if (faults == nullptr || !faults->is_array() || body.get_object().size() != 1) {
        return base::invalid("the body must be {\"faults\": […]} and nothing else");
    }
    std::vector<FaultRule> rules;
    for (const json::value& each : faults->get_array()) {
        EXARCH_TRY(FaultRule rule, parse_rule(each, fmt::format("faults[{}]", rules.size())));
        rules.push_back(std::move(rule));
    }
    return rules;
}

FaultRule FaultPlan::draw_rule(const Target& target, bool wants_delay, Dice& dice) {
    const auto fits = [](const std::string& wanted, std::string_view given) {
        return wanted.empty() || wanted == given;
    };
    const auto hit = std::ranges::find_if(rules_, [&](const FaultRule& rule) {
        return (rule.fault == Fault::delay) == wants_delay && fits(rule.service, target.service) &&
               fits(rule.action, target.action) && fits(rule.account, target.account) &&
               dice.chance(rule.probability);
    });
    if (hit == rules_.end()) {
        return {};
    }
    FaultRule rule = *hit;
    if (rule.once) {
        rules_.erase(hit);
    }
    return rule;
}

Fault FaultPlan::draw(std::string_view service, std::string_view action, std::string_view account) {
    return draw_rule({service, action, account}, false, dice_).fault;
}

base::Duration FaultPlan::draw_delay(std::string_view service, std::string_view action,
                                     std::string_view account) {
    const FaultRule rule = draw_rule({service, action, account}, true, delay_dice_);
    return rule.fault == Fault::delay ? sandbox::draw(rule.latency, delay_dice_) : base::Duration();
}

json::object to_json(const FaultRule& rule) {
    json::object object{{"fault", std::string(format(rule.fault))},
                        {"probability", rule.probability},
                        {"once", rule.once}};
    if (rule.fault == Fault::delay) {
        object.emplace("latency", format(rule.latency));
    }
    for (const auto& [key, value] :
         {std::pair<const char*, const std::string&>("service", rule.service),
          {"action", rule.action},
          {"account", rule.account}}) {
        if (!value.empty()) {
            object.emplace(key, value);
        }
    }
    return object;
}

} // namespace exarch::sandbox
