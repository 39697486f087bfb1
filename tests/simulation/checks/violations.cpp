#include "simulation/checks/violations.hpp"

#include <fmt/format.h>

#include <array>

namespace exarch::simulation {

std::string_view format(Rule rule) {
    constexpr std::array<std::string_view, 22> names{"one-end",        "accepted-as-sent",
                                                     "durable-first",  "recorded",
                                                     "agrees",         "handed-over",
                                                     "fresh",          "paid-once",
                                                     "asked-for",      "one-batch",
                                                     "unknown-sticks", "quota",
                                                     "breaker",        "slots",
                                                     "on-time",        "in-order",
                                                     "blame",          "drains",
                                                     "stops",          "prompt",
                                                     "held",           "due"};
    static_assert(names.size() == static_cast<std::size_t>(Rule::due) + 1);
    return names[static_cast<std::size_t>(rule)];
}

void Violations::add(Rule rule, const std::string& what) {
    if (all_.size() < kept_max) {
        all_.push_back(fmt::format("{}: {}", format(rule), what));
    }
}

} // namespace exarch::simulation
