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
    auto departing = [this, on_departure = std::move(on_departure)] {
        fence_.on_sending();
        on_departure();
    };
    co_return co_await inner_.send(std::move(order), std::move(departing));
}

/// Questions change nothing, whoever asks them; but they are counted by the same quotas.
asio::awaitable<core::ProgressRead> FencedRoute::read_progress(core::ReadProgress question) {
    fence_.on_sending();
    co_return co_await inner_.read_progress(std::move(question));
}

asio::awaitable<core::CallProved> FencedRoute::prove(core::ProveCall question) {
    fence_.on_sending();
    co_return co_await inner_.prove(std::move(question));
}

} // namespace exarch::worker
