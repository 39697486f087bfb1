#include "worker/accounts/fenced_route.hpp"

#include <utility>

namespace exarch::worker {

namespace asio = boost::asio;

asio::awaitable<core::CallAnswered> FencedRoute::send(route::CallOrder order,
                                                      http::OnDeparture on_departure) {
    if (fence_.held_until() - clock_.now().steady < fence_.call_longest) {
        core::CallAnswered answer;
        answer.call = order.call.call;
        answer.verdict = actions::Verdict::not_sent;
        answer.reason = "the account's lease ends before the call might";
        co_return answer;
    }
    // The process may have stood still on the way here: what was in time then may be too late now.
    auto departing = [this, on_departure = std::move(on_departure)] {
        if (fence_.held_until() - clock_.now().steady < fence_.request_longest) {
            return false;
        }
        fence_.on_sending();
        return on_departure();
    };
    co_return co_await inner_.send(std::move(order), std::move(departing));
}

/// Questions change nothing, whoever asks them; but the same quotas count them, and by now somebody
/// else may keep to those.
bool FencedRoute::may_ask() const {
    return fence_.held_until() > clock_.now().steady;
}

asio::awaitable<core::ProgressRead> FencedRoute::read_progress(core::ReadProgress question,
                                                               route::Neighbours neighbours) {
    if (!may_ask()) {
        co_return core::ProgressRead{.call = question.call,
                                     .progress = core::ProgressRead::Progress::failed};
    }
    fence_.on_sending();
    co_return co_await inner_.read_progress(std::move(question), std::move(neighbours));
}

asio::awaitable<core::CallProved> FencedRoute::prove(core::ProveCall question,
                                                     route::Neighbours neighbours) {
    if (!may_ask()) {
        core::CallProved unproved;
        unproved.call = question.call;
        unproved.proof = core::CallProved::Proof::unavailable;
        co_return unproved;
    }
    fence_.on_sending();
    co_return co_await inner_.prove(std::move(question), std::move(neighbours));
}

} // namespace exarch::worker
