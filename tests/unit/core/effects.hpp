#pragma once

#include "core/event.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace exarch::core {

/// All effects of this kind, taken out.
template <class Wanted>
std::vector<Wanted> take_from(std::vector<Effect>& effects) {
    std::vector<Wanted> taken;
    for (Effect& effect : effects) {
        if (auto* wanted = std::get_if<Wanted>(&effect)) {
            taken.push_back(std::move(*wanted));
        }
    }
    std::erase_if(effects,
                  [](const Effect& effect) { return std::holds_alternative<Wanted>(effect); });
    return taken;
}

} // namespace exarch::core
