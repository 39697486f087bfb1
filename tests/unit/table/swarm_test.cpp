#include "table/account_ledger.hpp"
#include "table/intake/intake.hpp"
#include "table/items/batch.hpp"
#include "table/items/call.hpp"
#include "table/items/keys.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/support.hpp"

#include <boost/asio/detached.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace exarch::table {
namespace {

namespace asio = boost::asio;
using ledger::CallEnd;
using ledger::CallId;
using ledger::OperationId;

/// What every worker has done, as an onlooker sees it who knows of no ledger.
struct Outside {
    /// Messages that nobody has deleted.
    std::vector<ledger::AcceptTask> queue;
    /// What each reference was first sent with.
    std::map<std::string, std::vector<std::string>> sent;
    int takeovers = 0;
    int deaths = 0;
};

/// A worker that takes messages in, holds accounts, and carries out what it finds there, until its
/// table lets it die.
class Worker {
public:
    Worker(Outside& outside, ModelTable& table, ManualClock& clock, std::string name,
           std::uint32_t seed)
        : outside_(outside), table_(table), clock_(clock), name_(std::move(name)), random_(seed) {}

    asio::awaitable<void> work(int rounds) {
        Intake intake(table_, clock_, {});
        for (int round = 0; round < rounds && !table_.is_dead(); ++round) {
            clock_.pass(std::chrono::milliseconds(random_() % 4'000));
            co_await take_some(intake);
            for (const base::AccountId& account : {account_one, account_two}) {
                co_await serve(account);
            }
        }
    }

private:
    struct Held {
        std::unique_ptr<AccountLedger> ledger;
        std::map<OperationId, std::pair<ledger::LaneKey, std::string>> pending;
        std::map<CallId, ledger::OpenCall> open;
    };

    /// Reads the open work of an account when it is taken over.
    struct Reader final : ledger::Restorer {
        explicit Reader(Held& into) : held(into) {}
        void open_call(ledger::OpenCall call) override {
            for (const OperationId id : call.operations) {
                bound.insert(id);
            }
            held.open.emplace(call.id, std::move(call));
        }
        void incomplete_call(ledger::IncompleteCall call) override {
            incomplete.push_back(call.id);
        }
        void learned_quota(ledger::LearnQuota) override {}
        void last_call(CallId call) override { last = call; }
        ledger::LaneNumber lane(const ledger::LaneKey& key) override {
            lanes.push_back(key);
            return static_cast<ledger::LaneNumber>(lanes.size() - 1);
        }
        void operation(ledger::LaneNumber lane, ledger::OpenOperation operation) override {
            if (!bound.contains(operation.id)) {
                held.pending.emplace(operation.id, std::pair(lanes.at(lane), operation.item));
            }
        }
        Held& held;
        std::set<OperationId> bound;
        std::vector<ledger::LaneKey> lanes;
        std::vector<CallId> incomplete;
        CallId last;
    };

    /// Each message may be received by several workers at once.
    asio::awaitable<void> take_some(Intake& intake) {
        std::vector<ledger::AcceptTask> tasks;
        for (const ledger::AcceptTask& task : outside_.queue) {
            if (random_() % 4 == 0 && tasks.size() < 10) {
                tasks.push_back(task);
                tasks.back().accepted_at = clock_.moment.wall;
            }
        }
        const auto taken = co_await intake.take(tasks);
        if (!taken.has_value()) {
            co_return;
        }
        for (std::size_t place = 0; place < tasks.size(); ++place) {
            if ((*taken)[place].verdict != Taken::Verdict::in_doubt) {
                std::erase_if(outside_.queue, [&](const ledger::AcceptTask& each) {
                    return each.origin.message_id == tasks[place].origin.message_id;
                });
            }
        }
    }

    asio::awaitable<void> serve(base::AccountId account) {
        Held& held = held_[account];
        if (held.ledger == nullptr && !co_await acquire(account, held)) {
            co_return;
        }
        auto found = co_await held.ledger->read_on(60);
        if (!found.has_value() || !note(held, *found)) {
            lose(held);
            co_return;
        }
        const std::vector<ledger::Record> records = next_records(held);
        const base::Status written = co_await held.ledger->commit(records);
        if (!written.has_value()) {
            lose(held);
            co_return;
        }
        carry_out(held, records);
        if (random_() % 6 == 0 && held.open.empty()) {
            const bool is_done = held.ledger->view().is_finished();
            const auto due = is_done ? std::nullopt : std::optional(clock_.moment.wall);
            const auto released = co_await held.ledger->release(due);
            if (!released.has_value() || *released) {
                lose(held);
            }
        }
    }

    asio::awaitable<bool> acquire(base::AccountId account, Held& held) {
        const std::string holder = name_ + "-" + std::to_string(++acquisitions_);
        const AccountLedgerParts parts{table_, clock_, {}, {}};
        auto acquired = co_await AccountLedger::acquire(parts, account, holder);
        if (!acquired.has_value() || acquired->ledger == nullptr) {
            co_return false;
        }
        held.ledger = std::move(acquired->ledger);
        const base::Status loaded = co_await held.ledger->read(60);
        if (!loaded.has_value()) {
            EXPECT_TRUE(table_.is_dead()) << loaded.error().message();
            lose(held);
            co_return false;
        }
        outside_.takeovers += held.ledger->view().lease().taken_over_from.has_value() ? 1 : 0;
        Reader reader(held);
        EXPECT_TRUE(held.ledger->load(reader).has_value());
        last_call_ = reader.last;
        incomplete_[account] = reader.incomplete;
        co_return true;
    }

    static bool note(Held& held, const std::vector<Discovered>& found) {
        for (const Discovered& each : found) {
            std::int64_t place = 0;
            for (const ledger::NewOperation& operation : each.task.operations) {
                held.pending.emplace(each.receipt.first_operation.plus(place++),
                                     std::pair(each.task.lanes[operation.lane], operation.item));
            }
        }
        return true;
    }

    /// Binds some of what is pending, and ends some of what was bound before.
    std::vector<ledger::Record> next_records(Held& held) {
        std::vector<ledger::Record> records;
        for (const auto& [id, open] : held.open) {
            if (random_() % 2 == 0) {
                ledger::CloseCall close;
                close.call = id;
                close.end = random_() % 4 == 0 ? CallEnd::refused : CallEnd::done;
                close.closed_at = clock_.moment.wall;
                records.emplace_back(std::move(close));
            }
        }
        for (const CallId id : incomplete_[held.ledger->account()]) {
            records.emplace_back(ledger::CompleteCall{id, clock_.moment.wall});
        }
        if (!held.pending.empty() && random_() % 3 != 0) {
            const ledger::LaneKey lane = held.pending.begin()->second.first;
            ledger::BindCall bind;
            bind.call =
                CallId(std::max(held.ledger->view().lease().last_call, last_call_.value()) + 1);
            bind.lane = lane;
            bind.reference = name_ + "/" + std::to_string(++acquisitions_);
            bind.bound_at = clock_.moment.wall;
            for (const auto& [id, wish] : held.pending) {
                if (wish.first == lane && bind.items.size() < 5) {
                    bind.operations.push_back(id);
                    bind.items.push_back(wish.second);
                }
            }
            std::ranges::reverse(bind.items);
            records.emplace_back(std::move(bind));
        }
        return records;
    }

    /// What happens in the world once the records are durable.
    void carry_out(Held& held, const std::vector<ledger::Record>& records) {
        incomplete_[held.ledger->account()].clear();
        for (const ledger::Record& record : records) {
            if (const auto* bind = std::get_if<ledger::BindCall>(&record)) {
                for (const OperationId id : bind->operations) {
                    held.pending.erase(id);
                }
                held.open[bind->call] = {bind->call,  bind->lane,       bind->reference,
                                         bind->items, bind->operations, bind->bound_at};
            } else if (const auto* close = std::get_if<ledger::CloseCall>(&record)) {
                end(held, *close);
            }
        }
        for (const auto& [id, open] : held.open) {
            const auto [first, is_new] = outside_.sent.emplace(open.reference, open.items);
            EXPECT_EQ(first->second, open.items) << "a reference carries two batches";
        }
    }

    void end(Held& held, const ledger::CloseCall& close) {
        const ledger::OpenCall open = held.open.at(close.call);
        held.open.erase(close.call);
        if (close.end == CallEnd::done) {
            incomplete_[held.ledger->account()].push_back(close.call);
            return;
        }
        std::vector<std::string> items = open.items;
        std::ranges::reverse(items);
        for (std::size_t place = 0; place < open.operations.size(); ++place) {
            held.pending.emplace(open.operations[place], std::pair(open.lane, items[place]));
        }
    }

    static void lose(Held& held) { held = Held(); }

    Outside& outside_;
    ModelTable& table_;
    ManualClock& clock_;
    std::string name_;
    std::mt19937 random_;
    std::map<base::AccountId, Held> held_;
    std::map<base::AccountId, std::vector<CallId>> incomplete_;
    CallId last_call_;
    int acquisitions_ = 0;
};

/// Messages of one or more operations in two accounts, each operation unlike all others.
std::vector<ledger::AcceptTask> some_messages(std::mt19937& random) {
    std::vector<ledger::AcceptTask> tasks;
    int item = 0;
    for (int message = 0; message < 30; ++message) {
        ledger::AcceptTask task = task_of("m-" + std::to_string(message), {});
        task.lanes = {lane_of("E1"), lane_of("E2"), lane_of("E3", account_two)};
        for (auto left = 1 + random() % 4; left > 0; --left) {
            ledger::NewOperation operation;
            operation.lane = static_cast<std::uint32_t>(random() % 3);
            operation.item = "/" + std::to_string(item++);
            task.operations.push_back(operation);
        }
        tasks.push_back(std::move(task));
    }
    return tasks;
}

std::map<OperationId, std::string> items_of(const Batch& batch) {
    std::map<OperationId, std::string> items;
    std::int64_t number = 0;
    for (const ledger::AcceptTask& task : batch.tasks) {
        for (const ledger::NewOperation& operation : task.operations) {
            items[operation_id(batch.number, number++)] = operation.item;
        }
    }
    return items;
}

/// How often the table says that each item was carried out.
std::map<std::string, int> carried_out(const ModelStore& store, const base::AccountId& account) {
    std::map<OperationId, std::string> items;
    std::map<std::int64_t, std::vector<OperationId>> calls;
    std::vector<OperationId> done;
    for (const auto& [place, item] : store.items) {
        if (place.first != account_partition(account)) {
            continue;
        }
        if (number_of(place.second, Numbered::batch).has_value()) {
            items.merge(items_of(read_batch(account, item).value()));
        } else if (number_of(place.second, Numbered::call).has_value()) {
            const CallItem call = read_call(account, item).value();
            calls[call.number] = call.operations;
        } else if (number_of(place.second, Numbered::end).has_value()) {
            const ledger::CloseCall end = read_end(account, item).value();
            if (end.end == CallEnd::done) {
                std::ranges::copy(calls.at(end.call.value()), std::back_inserter(done));
            }
        }
    }
    std::map<std::string, int> counts;
    for (const OperationId id : done) {
        ++counts[items.at(id)];
    }
    return counts;
}

Outside run_swarm(std::uint32_t seed) {
    std::mt19937 random(seed);
    ModelStore store;
    ManualClock clock;
    Outside outside;
    outside.queue = some_messages(random);
    std::map<std::string, int> wished;
    for (const ledger::AcceptTask& task : outside.queue) {
        for (const ledger::NewOperation& operation : task.operations) {
            wished[operation.item] = 1;
        }
    }
    for (int generation = 0; generation < 6; ++generation) {
        asio::io_context io;
        std::vector<std::unique_ptr<ModelTable>> tables;
        std::vector<std::unique_ptr<Worker>> workers;
        const bool is_last = generation == 5;
        for (int each = 0; each < 3; ++each) {
            Faults faults;
            faults = {.delays_max = 5,
                      .repeated_percent = is_last ? 0 : 10,
                      .refused_percent = is_last ? 0 : 10,
                      .dies_at = {}};
            if (!is_last) {
                faults.dies_at = random() % 200;
            }
            tables.push_back(std::make_unique<ModelTable>(store, random(), faults));
            const std::string name = std::to_string(generation) + "." + std::to_string(each);
            workers.push_back(
                std::make_unique<Worker>(outside, *tables.back(), clock, name, random()));
            asio::co_spawn(io, workers.back()->work(is_last ? 200 : 60), asio::detached);
        }
        io.run();
        for (const std::unique_ptr<ModelTable>& table : tables) {
            outside.deaths += table->is_dead() ? 1 : 0;
        }
    }
    EXPECT_TRUE(outside.queue.empty()) << outside.queue.size() << " messages left";
    std::map<std::string, int> done = carried_out(store, account_one);
    done.merge(carried_out(store, account_two));
    EXPECT_EQ(done, wished);
    return outside;
}

TEST(TableSwarmTest, workers_that_die_and_meet_carry_out_every_wish_once) {
    int takeovers = 0;
    int deaths = 0;
    for (std::uint32_t seed = 1; seed <= 12 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const Outside outside = run_swarm(seed);
        takeovers += outside.takeovers;
        deaths += outside.deaths;
    }
    EXPECT_GT(deaths, 50) << "too peaceful a world to tell anything";
    EXPECT_GT(takeovers, 20);
}

} // namespace
} // namespace exarch::table
