#include "simulation/shared/process.hpp"

#include "base/assert.hpp"
#include "simulation/fake_sts.hpp"
#include "table/items/keys.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::simulation {
namespace {

namespace asio = boost::asio;
using actions::Verdict;
using base::Duration;

/// False where it was cut short: whoever asked wants to end.
asio::awaitable<bool> pause(Duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    co_return !ended;
}

std::string name_of(const aws::Item& key) {
    return fmt::format("{} {}", *key.find(table::partition_attribute)->second.text(),
                       *key.find(table::sort_attribute)->second.text());
}

std::string spell(const aws::Written& written) {
    return written.is_applied ? "applied" : "refused";
}
std::string spell(bool is_applied) {
    return is_applied ? "applied" : "refused";
}
std::string spell(const aws::Item& item) {
    return item.empty() ? "nothing" : "found";
}
std::string spell(const aws::QueryPage& page) {
    return fmt::format("{} items", page.items.size());
}

} // namespace

template <class Answer>
asio::awaitable<base::Result<Answer>> TableClient::ask(TableRequestKind kind, std::string what,
                                                       std::function<Answer()> act) {
    around_.befall(life_);
    const TableFate fate = around_.fate(kind);
    auto answer = std::make_shared<Answer>();
    const auto carry_out = [&around = around_, life = life_, answer, what = std::move(what), act] {
        *answer = act();
        around.note(life, [&] { return fmt::format("{}: {}", what, spell(*answer)); });
    };
    const Duration whole = fate.until_carried_out + fate.until_answered;
    for (const bool has_effect : fate.in_vain) {
        if (has_effect) {
            around_.later(fate.until_carried_out, carry_out);
        }
        co_await pause(whole + fate.pause);
    }
    if (fate.has_effect) {
        around_.later(fate.until_carried_out, carry_out);
    }
    if (fate.fails) {
        constexpr Duration patience = std::chrono::seconds(30);
        co_await pause(std::min<Duration>(patience, ends_by_ - around_.moment(life_).steady));
        co_return std::unexpected(base::Error(base::ErrorKind::outcome_unknown, "no answer"));
    }
    co_await pause(whole);
    co_return std::move(*answer);
}

asio::awaitable<base::Result<aws::Item>> TableClient::get(aws::Item key) {
    std::string what = "get " + name_of(key);
    std::function<aws::Item()> act = [&around = around_, key = std::move(key)] {
        return around.table().get(key);
    };
    co_return co_await ask<aws::Item>(TableRequestKind::read, std::move(what), std::move(act));
}

asio::awaitable<base::Result<aws::Written>> TableClient::put(aws::PutItem put) {
    std::string what = "put " + name_of(put.item);
    std::function<aws::Written()> act = [&around = around_, life = life_, put = std::move(put)] {
        return around.table().put(life, put);
    };
    co_return co_await ask<aws::Written>(TableRequestKind::write, std::move(what), std::move(act));
}

asio::awaitable<base::Result<aws::Written>> TableClient::update(aws::UpdateItem update) {
    std::string what = "update " + name_of(update.key) + " if " + update.condition;
    std::function<aws::Written()> act = [&around = around_, life = life_,
                                         update = std::move(update)] {
        return around.table().update(life, update);
    };
    co_return co_await ask<aws::Written>(TableRequestKind::write, std::move(what), std::move(act));
}

/// Sent once. Where no answer is waited for any more, it may take effect later.
asio::awaitable<std::vector<aws::Inserted>> TableClient::insert(std::vector<aws::Item> items,
                                                                Duration longest) {
    around_.befall(life_);
    const TableFate fate = around_.fate(TableRequestKind::write);
    const bool is_heard = fate.in_vain.empty() && !fate.fails;
    const bool has_effect = fate.in_vain.empty() ? fate.has_effect : fate.in_vain.front();
    const std::size_t count = items.size();
    const auto inserted = std::make_shared<std::vector<aws::Inserted>>();
    if (has_effect) {
        around_.later(fate.until_carried_out,
                      [&around = around_, life = life_, inserted, items = std::move(items)] {
                          for (const aws::Item& item : items) {
                              inserted->push_back(around.insert(life, item));
                          }
                          around.note(life, [&] {
                              return fmt::format("insert {} and {} more", name_of(items.front()),
                                                 items.size() - 1);
                          });
                      });
    }
    const Duration whole = fate.until_carried_out + fate.until_answered;
    const bool is_answered = is_heard && whole <= longest;
    co_await pause(is_answered ? whole : std::min(fate.pause, longest));
    co_return is_answered ? *inserted : std::vector(count, aws::Inserted::unknown);
}

asio::awaitable<base::Result<bool>> TableClient::transact(aws::Transaction transaction) {
    std::string what = "transact " + name_of(transaction.updates.front().key);
    for (const aws::PutItem& put : transaction.puts) {
        what += ", " + *put.item.find(table::sort_attribute)->second.text();
    }
    std::function<bool()> act = [&around = around_, life = life_,
                                 transaction = std::move(transaction)] {
        return around.table().transact(life, transaction);
    };
    co_return co_await ask<bool>(TableRequestKind::transaction, std::move(what), std::move(act));
}

asio::awaitable<base::Result<aws::QueryPage>> TableClient::query(aws::Query query) {
    std::string what = query.index.empty() ? "query " + *query.condition.values.at(":pk").text() +
                                                 " " + *query.condition.values.at(":first").text()
                                           : "query " + query.index;
    std::function<aws::QueryPage()> act = [&around = around_, query = std::move(query)] {
        return around.table().query(query, around.index_lag());
    };
    co_return co_await ask<aws::QueryPage>(TableRequestKind::read, std::move(what), std::move(act));
}

asio::awaitable<core::CallAnswered> CloudRoute::send(route::CallOrder order,
                                                     http::OnDeparture on_departure) {
    const base::AccountId account = order.call.lane.account;
    const std::shared_ptr<SharedFlight> flight = around_.hand_on(life_, std::move(order.call));
    const Passage passage = flight->passage;
    const auto session = sessions_.find(account);
    const bool has_session =
        !around_.needs_sessions() ||
        (session != sessions_.end() && around_.moment(life_).steady < session->second);
    if (passage.fault == Fault::not_sent) {
        co_await pause(passage.until_departed);
        flight->answer = {Verdict::not_sent, {}, "connection refused"};
        co_return around_.answer(*flight);
    }
    if (!has_session) {
        if (auto refused = co_await begin_session(account)) {
            flight->answer = *std::move(refused);
            co_return around_.answer(*flight);
        }
    }
    co_await pause(passage.until_departed);
    around_.befall(life_);
    if (!on_departure()) {
        flight->answer = {Verdict::not_sent, {}, "too late"};
        co_return around_.answer(*flight);
    }
    around_.depart(*flight);
    // The sender gives up first where the effect is late.
    const Duration until_answered = passage.fault == Fault::late_effect
                                        ? passage.until_answered
                                        : passage.until_arrived + passage.until_answered;
    if (until_answered > limits_.longest) {
        flight->passage.fault = Fault::late_effect;
    }
    around_.later(passage.until_arrived, [&around = around_, flight] { around.arrive(*flight); });
    co_await pause(std::min(until_answered, limits_.longest));
    around_.befall(life_);
    if (flight->answer.verdict == Verdict::not_sent) {
        sessions_.erase(account);
    }
    co_return around_.answer(*flight);
}

/// None where it has begun.
asio::awaitable<std::optional<FakeCloudFront::Answer>>
CloudRoute::begin_session(base::AccountId account) {
    if (around_.moment(life_).steady > limits_.last_session) {
        co_return FakeCloudFront::Answer{Verdict::not_sent, {}, "no time for a session"};
    }
    const Duration takes = around_.conditions().session_time();
    co_await pause(takes);
    if (auto refused = around_.open_session(account)) {
        co_return refused;
    }
    constexpr Duration margin = std::chrono::minutes(5);
    sessions_[account] = around_.moment(life_).steady + FakeSts::lasts - margin;
    co_return std::nullopt;
}

asio::awaitable<core::ProgressRead> CloudRoute::read_progress(core::ReadProgress question,
                                                              route::Neighbours) {
    around_.ask(life_, question, question.lane);
    const Duration takes = around_.conditions().read_time();
    if (!co_await pause(takes)) {
        co_return core::ProgressRead{.call = question.call,
                                     .progress = core::ProgressRead::Progress::failed};
    }
    co_return around_.progress(life_, question);
}

asio::awaitable<core::CallProved> CloudRoute::prove(core::ProveCall question, route::Neighbours) {
    around_.ask(life_, question, question.lane);
    // What is told at the end was seen at the beginning: the worst that can happen.
    core::CallProved proof = around_.look_for(question);
    const Duration takes = around_.conditions().proof_time();
    if (!co_await pause(takes)) {
        proof.proof = core::CallProved::Proof::unavailable;
    }
    around_.tell(life_, proof, question.lane);
    co_return proof;
}

std::string Process::ProcessEntropy::hex(std::size_t bytes) {
    std::string text;
    for (std::size_t byte = 0; byte < bytes; ++byte) {
        text += fmt::format("{:02x}", dice_.below(256));
    }
    return text;
}

Process::Process(Surroundings& around, Life life, std::uint64_t seed)
    : life_(life), clock_(around, life), entropy_(seed),
      crash_points_(worker::CrashPoints::from(base::Environment({})).value()), table_(around, life),
      route_(around, life), work_(boost::asio::make_work_guard(io_)) {}

WorkerProcess::WorkerProcess(Surroundings& around, const config::Config& config, Life life,
                             std::uint64_t seed)
    : Process(around, life, seed) {
    const TimerScope scope(timers_);
    const auto is_fit = []() -> asio::awaitable<base::Status> { co_return base::Status(); };
    execution_ = std::make_unique<worker::TableExecution>(
        worker::TableExecution::Parts{io_.get_executor(), clock_, entropy_, log_, config,
                                      crash_points_, route_, table_, is_fit},
        worker::Execution::Callbacks{
            .delete_messages = [&around](const auto& handles) { around.delete_messages(handles); },
            .let_go = [](const auto&) {},
            .failed = [&around, life](const base::Error& error) { around.failed(life, error); }});
    execution_->start();
    poll();
}

WorkerProcess::~WorkerProcess() {
    const TimerScope scope(timers_);
    execution_.reset();
}

void Process::poll() {
    const TimerScope scope(timers_);
    do {
        if (timers_.due && *timers_.due <= clock_.now().steady) {
            TimerScope::wake(timers_);
        }
        io_.poll();
    } while (timers_.due && *timers_.due <= clock_.now().steady);
}

void WorkerProcess::take_in(core::MessagesReceived messages) {
    const TimerScope scope(timers_);
    execution_->take_in(std::move(messages));
    poll();
}

void WorkerProcess::stop() {
    const TimerScope scope(timers_);
    execution_->stop();
    poll();
}

} // namespace exarch::simulation
