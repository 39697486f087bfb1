#include "simulation/conditions.hpp"

namespace exarch::simulation {

using base::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

Passage ChaosConditions::passage() {
    if (calm_) {
        return CalmConditions::passage();
    }
    Passage passage{.until_departed = dice_.between(Duration(0), milliseconds(30)),
                    .until_arrived = dice_.between(milliseconds(5), params_.spread),
                    .until_answered = dice_.between(milliseconds(5), params_.spread)};
    if (!dice_.chance(params_.fault_percent)) {
        return passage;
    }
    passage.fault = static_cast<Fault>(1 + dice_.below(5));
    if (passage.fault == Fault::late_effect) {
        passage.until_arrived = dice_.between(seconds(1), seconds(50));
    }
    return passage;
}

Duration ChaosConditions::commit_time() {
    return calm_ ? CalmConditions::commit_time()
                 : dice_.between(Duration(0), dice_.one_in(20) ? seconds(3) : milliseconds(20));
}

Duration ChaosConditions::delete_time() {
    return calm_ ? CalmConditions::delete_time()
                 : dice_.between(Duration(0), dice_.one_in(10) ? seconds(90) : milliseconds(50));
}

Duration ChaosConditions::read_time() {
    return calm_ ? CalmConditions::read_time() : dice_.between(Duration(0), seconds(2));
}

Duration ChaosConditions::proof_time() {
    return calm_ ? CalmConditions::proof_time() : dice_.between(Duration(0), seconds(200));
}

bool ChaosConditions::crashes_here() {
    return !calm_ && params_.crash_one_in > 0 && dice_.one_in(params_.crash_one_in);
}

Duration ChaosConditions::downtime() {
    return calm_ ? CalmConditions::downtime() : dice_.between(Duration(0), seconds(40));
}

bool ChaosConditions::read_fails() {
    return !calm_ && dice_.chance(params_.read_fault_percent);
}

} // namespace exarch::simulation
