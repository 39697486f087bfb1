#include "actions/registry.hpp"

#include "actions/cloudfront_invalidate.hpp"

#include <algorithm>
#include <array>

namespace exarch::actions {

std::string_view format(Verdict verdict) {
    switch (verdict) {
    case Verdict::accepted:
        return "accepted";
    case Verdict::throttled:
        return "throttled";
    case Verdict::slots_full:
        return "slots_full";
    case Verdict::content_refused:
        return "content_refused";
    case Verdict::resource_denied:
        return "resource_denied";
    case Verdict::account_denied:
        return "account_denied";
    case Verdict::resource_missing:
        return "resource_missing";
    case Verdict::not_sent:
        return "not_sent";
    case Verdict::unknown:
        return "unknown";
    }
    return "unknown";
}

std::span<const Action* const> all() {
    static const std::array<const Action*, 1> actions = {
        &cloudfront_invalidate(),
    };
    return actions;
}

const Action* find(std::string_view name) {
    const auto found = std::ranges::find(all(), name, &Action::name);
    return found == all().end() ? nullptr : *found;
}

} // namespace exarch::actions
