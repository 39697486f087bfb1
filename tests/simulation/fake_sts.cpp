#include "simulation/fake_sts.hpp"

#include <algorithm>

namespace exarch::simulation {

bool FakeSts::takes_token(base::Instant now) {
    const auto period = base::Duration(static_cast<base::Duration::rep>(1e6 / rate));
    constexpr base::Duration saved_up = std::chrono::seconds(1);
    if (full_at_ - saved_up > now) {
        return false;
    }
    full_at_ = std::max(full_at_, now) + period;
    return true;
}

} // namespace exarch::simulation
