#include "worker/engine.hpp"

#include "base/overloaded.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <concepts>
#include <exception>
#include <utility>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;

/// As many resources as a session policy may find room for.
constexpr std::size_t neighbours_max = 24;

} // namespace

Engine::Engine(EngineParts parts, Callbacks callbacks)
    : parts_(parts), callbacks_(std::move(callbacks)), timer_(parts.executor) {
    parts_.writer.tell({.committed =
                            [this](std::vector<core::Committed> commits) {
                                for (core::Committed& commit : commits) {
                                    feed(std::move(commit));
                                }
                            },
                        .failed =
                            [this](base::Error error) {
                                has_failed_ = true;
                                callbacks_.failed(std::move(error));
                            }});
}

void Engine::start() {
    feed(core::TimePassed{});
}

void Engine::stop_sending() {
    feed(core::Stopping{});
    for (asio::cancellation_signal& question : questions_) {
        question.emit(asio::cancellation_type::terminal);
    }
}

void Engine::feed(core::Event event) {
    events_.push_back(std::move(event));
    if (is_stepping_) {
        return;
    }
    is_stepping_ = true;
    while (!events_.empty() && !has_failed_) {
        core::Event next = std::move(events_.front());
        events_.pop_front();
        for (core::Effect& effect : parts_.core.step(std::move(next), parts_.clock.now())) {
            perform(std::move(effect));
        }
    }
    is_stepping_ = false;
    if (!has_failed_) {
        set_timer();
    }
    if (callbacks_.stepped) {
        callbacks_.stepped();
    }
}

void Engine::set_timer() {
    const auto at = parts_.core.wake_at();
    if (!at) {
        timer_.cancel();
        return;
    }
    const base::Duration away = std::max<base::Duration>(*at - parts_.clock.now().steady, {});
    timer_.expires_after(away);
    // Its end may be on the way here when the engine goes, and can't be called back.
    const std::weak_ptr<bool> is_there = is_there_;
    timer_.async_wait([this, is_there](const boost::system::error_code& error) {
        if (!error && !is_there.expired()) {
            feed(core::TimePassed{});
        }
    });
}

void Engine::perform(core::Effect effect) {
    std::visit(base::Overloaded{
                   [&](core::Commit& commit) { parts_.writer.submit(std::move(commit)); },
                   [&](core::DeleteMessages& messages) {
                       callbacks_.delete_messages(std::move(messages.messages));
                   },
                   [&](core::SendCall& call) { perform_send(std::move(call)); },
                   [&](core::ReadProgress& question) {
                       auto neighbours = neighbours_of(question.lane);
                       ask(parts_.route.read_progress(std::move(question), std::move(neighbours)),
                           new_question());
                   },
                   [&](core::ProveCall& question) {
                       const Question proof = new_question();
                       proofs_.emplace(question.call, proof);
                       auto neighbours = neighbours_of(question.lane);
                       ask(parts_.route.prove(std::move(question), std::move(neighbours)), proof);
                   },
                   [&](core::EndProof& proof) { end_proof(proof.call); },
                   [&](core::Report& report) { tell(report.is_warning, report.text); },
               },
               effect);
}

route::Neighbours Engine::neighbours_of(const ledger::LaneKey& lane) {
    return [this, lane] { return parts_.core.busy_resources(lane, neighbours_max); };
}

void Engine::perform_send(core::SendCall call) {
    parts_.crash_points.pass(CrashPoint::before_call);
    const ledger::CallId id = call.call;
    parts_.log.debug("sending call {} to {} {}: {} items, {}", id.value(),
                     call.lane.account.value(), call.lane.resource, call.items.size(),
                     call.reference);
    const auto note = [this, account = call.lane.account](const core::CallAnswered& answer) {
        note_answer(account, answer);
    };
    auto neighbours = neighbours_of(call.lane);
    // A session and a connection take their time.
    const auto not_after = call.not_after;
    route::CallOrder order{.call = std::move(call), .neighbours = std::move(neighbours)};
    auto answer = parts_.route.send(std::move(order), [this, id, not_after] {
        if (not_after.has_value() && parts_.clock.now().wall >= *not_after) {
            return false;
        }
        feed(core::CallDeparted{id});
        return true;
    });
    await(std::move(answer), asio::cancellation_slot(), note);
}

void Engine::note_answer(const base::AccountId& account, const core::CallAnswered& answer) {
    parts_.crash_points.pass(CrashPoint::after_call);
    parts_.log.debug("call {}: {} {}", answer.call.value(), actions::format(answer.verdict),
                     answer.reason);
    const auto notice = troubles_.ended(account, answer, parts_.clock.now().steady);
    if (notice) {
        tell(notice->is_warning, notice->text);
    }
}

void Engine::tell(bool is_warning, const std::string& text) {
    if (is_warning) {
        parts_.log.warn("{}", text);
    } else {
        parts_.log.info("{}", text);
    }
}

template <class Answer, class Note>
void Engine::await(asio::awaitable<Answer> answer, asio::cancellation_slot slot, Note note) {
    ++under_way_;
    auto finish = [this, note = std::move(note)](const std::exception_ptr& failure, Answer answer) {
        --under_way_;
        if (failure) {
            std::rethrow_exception(failure);
        }
        note(answer);
        feed(std::move(answer));
    };
    asio::co_spawn(parts_.executor, std::move(answer),
                   asio::bind_cancellation_slot(slot, std::move(finish)));
}

Engine::Question Engine::new_question() {
    return questions_.emplace(questions_.end());
}

template <class Answer>
void Engine::ask(asio::awaitable<Answer> answer, Question question) {
    await(std::move(answer), question->slot(), [this, question](const Answer& given) {
        if constexpr (std::same_as<Answer, core::CallProved>) {
            proofs_.erase(given.call);
        }
        questions_.erase(question);
    });
}

void Engine::end_proof(ledger::CallId call) {
    if (const auto proof = proofs_.find(call); proof != proofs_.end()) {
        proof->second->emit(asio::cancellation_type::terminal);
    }
}

} // namespace exarch::worker
