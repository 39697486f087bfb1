#include "simulation/conditions.hpp"

namespace exarch::simulation {

using base::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

ChaosConditions::ChaosConditions(std::uint64_t seed, ChaosParams params)
    : dice_(seed), params_(params) {
    for (const Fault fault : all_faults()) {
        dice_of_[fault] = Dice(dice_.next());
    }
    // Out of a source of their own: what strikes a lone worker does not depend on them.
    Dice others(~seed);
    for (const Fault fault : shared_faults().subspan(lone_fault_count)) {
        dice_of_[fault] = Dice(others.next());
    }
}

bool ChaosConditions::strikes(Fault fault) {
    constexpr std::uint64_t all = 10'000;
    const std::uint32_t share = params_.of_ten_thousand[fault];
    const bool it_does = !calm_ && share > 0 && dice_of_[fault].below(all) < share;
    struck_[fault] += it_does ? 1 : 0;
    return it_does;
}

Passage ChaosConditions::passage() {
    if (calm_) {
        return CalmConditions::passage();
    }
    Passage passage{.until_departed = dice_.between(Duration(0), milliseconds(30)),
                    .until_arrived = dice_.between(milliseconds(5), params_.spread),
                    .until_answered = dice_.between(milliseconds(5), params_.spread)};
    for (const Fault fault : {Fault::not_sent, Fault::lost_request, Fault::lost_answer,
                              Fault::late_effect, Fault::throttled, Fault::server_error,
                              Fault::server_error_after_effect, Fault::expired_credentials}) {
        if (strikes(fault)) {
            passage.fault = fault;
        }
    }
    if (strikes(Fault::slow_network)) {
        passage.until_departed = dice_.between(Duration(0), seconds(3));
        passage.until_arrived = dice_.between(Duration(0), seconds(10));
        passage.until_answered = dice_.between(Duration(0), seconds(20));
    }
    if (passage.fault == Fault::late_effect) {
        passage.until_arrived = dice_.between(seconds(1), seconds(50));
    }
    return passage;
}

Duration ChaosConditions::commit_time() {
    if (calm_) {
        return CalmConditions::commit_time();
    }
    return dice_.between(Duration(0),
                         strikes(Fault::slow_disk) ? Duration(seconds(3)) : milliseconds(20));
}

Duration ChaosConditions::delete_time() {
    if (calm_) {
        return CalmConditions::delete_time();
    }
    return dice_.between(Duration(0),
                         strikes(Fault::slow_deletion) ? Duration(seconds(90)) : milliseconds(50));
}

Duration ChaosConditions::read_time() {
    return calm_ ? CalmConditions::read_time() : dice_.between(Duration(0), seconds(2));
}

Duration ChaosConditions::proof_time() {
    if (calm_) {
        return CalmConditions::proof_time();
    }
    return dice_.between(Duration(0), seconds(strikes(Fault::slow_proof) ? 600 : 20));
}

Duration ChaosConditions::session_time() {
    return calm_ ? CalmConditions::session_time()
                 : dice_.between(milliseconds(20), params_.spread + milliseconds(20));
}

Duration ChaosConditions::ending_time() {
    return calm_ ? CalmConditions::ending_time() : dice_.between(Duration(0), seconds(10));
}

Duration ChaosConditions::calendar_jump() {
    if (dice_.one_in(8)) {
        // As if the process had been down for days.
        return dice_.between({}, std::chrono::hours(5 * 24));
    }
    const Duration most = dice_.one_in(2) ? Duration(std::chrono::hours(2)) : seconds(90);
    return dice_.between(-most, most);
}

Duration ChaosConditions::downtime() {
    return calm_ ? CalmConditions::downtime() : dice_.between(Duration(0), seconds(40));
}

} // namespace exarch::simulation
