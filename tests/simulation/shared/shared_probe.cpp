#include "simulation/shared/shared_probe.hpp"

#include <fmt/format.h>

namespace exarch::simulation {
namespace {

constexpr std::array<std::string_view, shared_probe_count> names{
    "taken-over",          "given-up",    "lease-refused", "not-left-behind",
    "gap-closed",          "claim-met",   "claimed-anew",  "batch-too-late",
    "late-holder-refused", "kept-back",   "met-own-write", "call-taken-over",
    "name-conflict",       "out-of-time", "swept-up",      "tick-in-vain",
};
static_assert(!names.back().empty());

} // namespace

std::string_view format(SharedProbe probe) {
    return names[static_cast<std::size_t>(probe)];
}

std::string describe_shared_probes() {
    std::string text = "probes of workers that share a table:";
    for (std::size_t place = 0; place < shared_probe_count; ++place) {
        text += fmt::format(" {} {},", names[place], shared_probe_hits[place]);
    }
    text.back() = '\n';
    return text;
}

std::string shared_probes_missed() {
    std::string text;
    for (std::size_t place = 0; place < shared_probe_count; ++place) {
        if (shared_probe_hits[place] == 0) {
            text += fmt::format("{}{}", text.empty() ? "" : " ", names[place]);
        }
    }
    return text;
}

} // namespace exarch::simulation
