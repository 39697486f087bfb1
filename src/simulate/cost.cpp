#include "simulate/cost.hpp"

#include "actions/registry.hpp"

#include <algorithm>

namespace exarch::simulate {

double dollars_for(const ItemsByAction& items) {
    double dollars = 0;
    for (const auto& [name, count] : items) {
        const actions::Action* action = actions::find(name);
        if (action != nullptr) {
            const actions::Price price = action->price();
            const std::uint64_t paid = count - std::min<std::uint64_t>(count, price.free_a_month);
            dollars += static_cast<double>(paid) * price.dollars_an_item;
        }
    }
    return dollars;
}

} // namespace exarch::simulate
