#include "unit/ledger/table_storage.hpp"

#include "table/account_ledger.hpp"
#include "table/intake/intake.hpp"
#include "table/items/attributes.hpp"
#include "table/items/batch.hpp"
#include "table/items/keys.hpp"
#include "table/reporter/reporter.hpp"
#include "unit/ledger/support.hpp"
#include "unit/table/model_table.hpp"
#include "unit/table/real_table.hpp"
#include "unit/table/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

namespace exarch::ledger {
namespace {

using table::AccountLedger;

/// Which account a record of a call concerns, or of operations, is known by their numbers alone.
const base::AccountId any_account("111122223333");

/// The places of a task's operations in the order in which the parts of an account number them.
std::map<base::AccountId, std::vector<std::size_t>> places_by_account(const AcceptTask& task) {
    std::set<std::pair<LaneKey, std::size_t>> places;
    for (std::size_t place = 0; place < task.operations.size(); ++place) {
        places.emplace(task.lanes[task.operations[place].lane], place);
    }
    std::map<base::AccountId, std::vector<std::size_t>> by_account;
    for (const auto& [lane, place] : places) {
        by_account[lane.account].push_back(place);
    }
    return by_account;
}

/// Takes accounts one after another and hands their operations over in the order of acceptance.
class Collector final : public Restorer {
public:
    void open_call(OpenCall call) override { open.push_back(std::move(call)); }
    void incomplete_call(IncompleteCall call) override { incomplete.push_back(std::move(call)); }
    void learned_quota(LearnQuota quota) override { quotas.push_back(std::move(quota)); }
    void last_call(CallId call) override { last = std::max(last, call); }
    LaneNumber lane(const LaneKey& key) override {
        lanes.push_back(key);
        return static_cast<LaneNumber>(lanes.size() - 1);
    }
    void operation(LaneNumber lane, OpenOperation operation) override {
        senders.emplace_back(operation.sender);
        operations.emplace_back(lane, std::move(operation));
    }
    void hand_over(Restorer& restorer) {
        restorer.last_call(last);
        for (LearnQuota& quota : quotas) {
            restorer.learned_quota(std::move(quota));
        }
        for (OpenCall& call : open) {
            restorer.open_call(std::move(call));
        }
        for (IncompleteCall& call : incomplete) {
            restorer.incomplete_call(std::move(call));
        }
        for (std::size_t place = 0; place < operations.size(); ++place) {
            operations[place].second.sender = senders[place];
        }
        std::ranges::sort(operations, {}, [](const auto& each) { return each.second.id; });
        std::map<LaneNumber, LaneNumber> numbers;
        for (auto& [lane, operation] : operations) {
            if (!numbers.contains(lane)) {
                numbers[lane] = restorer.lane(lanes[lane]);
            }
            restorer.operation(numbers[lane], std::move(operation));
        }
    }

    std::vector<OpenCall> open;
    std::vector<IncompleteCall> incomplete;
    std::vector<LearnQuota> quotas;
    CallId last;
    std::vector<LaneKey> lanes;
    std::vector<std::string> senders;
    std::vector<std::pair<LaneNumber, OpenOperation>> operations;
};

} // namespace

/// What the table calls by an account and a number, and the test by a number alone.
class TableStorage::Numbers {
public:
    /// A task of the test's own numbers; where it stands in the table comes piece by piece.
    TaskReceipt add(const AcceptTask& task, TaskReceipt::Verdict verdict) {
        const bool is_accepted = verdict == TaskReceipt::Verdict::accepted;
        const TaskReceipt receipt{.verdict = verdict,
                                  .task = TaskId(++last_task_),
                                  .first_operation = is_accepted ? OperationId(last_operation_ + 1)
                                                                 : OperationId()};
        last_operation_ += is_accepted ? static_cast<std::int64_t>(task.operations.size()) : 0;
        Task added{.receipt = receipt, .places = {}, .sent = {}};
        if (is_accepted) {
            added.places = places_by_account(task);
        }
        tasks_.insert_or_assign(receipt.task, std::move(added));
        by_message_[{task.origin.queue, task.origin.message_id}] = receipt;
        if (is_accepted && !task.name.empty()) {
            by_name_.emplace(name_of(task), receipt);
        }
        return receipt;
    }
    /// A piece of it that was found in an account's log.
    void note(const base::AccountId& account, const table::Discovered& piece) {
        const auto& origin = piece.task.origin;
        const TaskId number = by_message_.at({origin.queue, origin.message_id}).task;
        Task& task = tasks_.at(number);
        numbers_.emplace(TaskKey(account, piece.receipt.task), number);
        keys_.emplace(number, TaskKey(account, piece.receipt.task));
        std::size_t& next = task.sent[account];
        for (std::size_t each = 0; each < piece.task.operations.size(); ++each) {
            const OperationKey key(
                account, piece.receipt.first_operation.plus(static_cast<std::int64_t>(each)));
            const OperationId id = task.receipt.first_operation.plus(
                static_cast<std::int64_t>(task.places.at(account).at(next++)));
            operations_.emplace(key, id);
            operation_keys_.emplace(id, key);
            items_.emplace(id, piece.task.operations[each].item);
        }
    }
    TaskReceipt known(const AcceptTask& task) const {
        const auto message = by_message_.find({task.origin.queue, task.origin.message_id});
        TaskReceipt receipt =
            message != by_message_.end() ? message->second : by_name_.at(name_of(task));
        receipt.verdict = TaskReceipt::Verdict::duplicate;
        return receipt;
    }
    OperationId number(const OperationKey& key) const {
        return key == OperationKey() ? OperationId() : operations_.at(key);
    }
    TaskId number(const TaskKey& key) const { return numbers_.at(key); }
    std::vector<TaskKey> keys(TaskId number) const {
        const auto [first, last] = keys_.equal_range(number);
        std::vector<TaskKey> keys;
        for (auto each = first; each != last; ++each) {
            keys.push_back(each->second);
        }
        return keys;
    }
    /// Of one that was never given: what no account has.
    OperationKey key(OperationId id) const {
        const auto found = operation_keys_.find(id);
        return found == operation_keys_.end() ? OperationKey(any_account, id) : found->second;
    }
    std::string item(OperationId id) const {
        const auto found = items_.find(id);
        return found == items_.end() ? std::string() : found->second;
    }

private:
    struct Task {
        TaskReceipt receipt;
        std::map<base::AccountId, std::vector<std::size_t>> places;
        std::map<base::AccountId, std::size_t> sent;
    };
    using Name = std::tuple<std::string, std::string, std::string>;
    static Name name_of(const AcceptTask& task) {
        return {task.origin.queue, task.origin.sender_id, task.name};
    }

    std::int64_t last_task_ = 0;
    std::int64_t last_operation_ = 0;
    std::map<TaskId, Task> tasks_;
    std::map<std::pair<std::string, std::string>, TaskReceipt> by_message_;
    std::map<Name, TaskReceipt> by_name_;
    std::map<TaskKey, TaskId> numbers_;
    std::multimap<TaskId, TaskKey> keys_;
    std::map<OperationKey, OperationId> operations_;
    std::map<OperationId, OperationKey> operation_keys_;
    std::map<OperationId, std::string> items_;
};

class TableStorage::Routed final : public Ledger {
public:
    Routed() {
        clock_.moment.wall = at(0);
        if (const char* address = std::getenv("EXARCH_DYNAMODB")) {
            const auto* test = testing::UnitTest::GetInstance()->current_test_info();
            real_ = std::make_unique<table::RealTable>(io_, address, test->name());
        }
    }

    base::Result<std::vector<TaskReceipt>> commit(std::span<const Record> records) override;
    base::Result<bool> prune(base::Timestamp settled_before,
                             base::Timestamp duplicates_before) override;
    base::Status load(Restorer& restorer) override;
    void reopen();

    table::Table& table() { return real_ == nullptr ? model_ : real_->table(); }
    boost::asio::io_context& io() { return io_; }
    Numbers& numbers() { return numbers_; }

private:
    base::Result<AccountLedger*> held(const base::AccountId& account);
    base::Status take(std::vector<AcceptTask> tasks, std::vector<TaskReceipt>& receipts);
    base::Status look_at_log(const base::AccountId& account);
    base::Status collect(const base::AccountId& account, Collector& all);
    base::AccountId account_of(CallId call) const;
    base::Status write_one(const BindCall& given);
    base::Status write_one(const CloseCall& given);
    base::Status write_one(const EndOperations& given);
    base::Status write_one(const CountAttempt& attempt) {
        return write(account_of(attempt.call), attempt);
    }
    base::Status write_one(const CompleteCall& complete) {
        return write(account_of(complete.call), complete);
    }
    base::Status write_one(const LearnQuota& quota) { return write(quota.account, quota); }
    base::Status write_one(const NoteBreaker& breaker) {
        return write(breaker.lane.account, breaker);
    }
    base::Status write_one(const AcceptTask& task) { return write(any_account, task); }
    base::Status write(const base::AccountId& account, Record record);
    std::vector<OperationId> within(const base::AccountId& account,
                                    const std::vector<OperationId>& ids) const;

    boost::asio::io_context io_;
    table::ManualClock clock_;
    table::ModelStore store_;
    table::ModelTable model_{store_};
    std::unique_ptr<table::RealTable> real_;
    table::Retention retention_;
    table::IntakeTerms intake_terms_;
    Numbers numbers_;
    std::map<base::AccountId, std::unique_ptr<AccountLedger>> held_;
    std::set<base::AccountId> accounts_;
    std::map<CallId, base::AccountId> calls_;
    /// What the test sends under a call, where no operation asks for it.
    std::map<CallId, std::vector<std::string>> items_;
    int holders_ = 1;
    bool has_failed_ = false;
};

base::Result<AccountLedger*> TableStorage::Routed::held(const base::AccountId& account) {
    std::unique_ptr<AccountLedger>& ledger = held_[account];
    if (ledger == nullptr) {
        const table::AccountLedgerParts parts{table(), clock_, {}, retention_};
        std::string holder = std::to_string(holders_) + "-" + account.value();
        EXARCH_TRY(auto acquired,
                   table::run(io_, AccountLedger::acquire(parts, account, std::move(holder))));
        EXPECT_NE(acquired.ledger, nullptr);
        ledger = std::move(acquired.ledger);
        EXARCH_CHECK(table::run(io_, ledger->read(10'000)));
        accounts_.insert(account);
    }
    return ledger.get();
}

base::Status TableStorage::Routed::look_at_log(const base::AccountId& account) {
    EXARCH_TRY(AccountLedger * ledger, held(account));
    EXARCH_TRY(const auto pieces, table::run(io_, ledger->read_on(10'000)));
    for (const table::Discovered& piece : pieces) {
        numbers_.note(account, piece);
    }
    return table::run(io_, ledger->commit({}));
}

base::Status TableStorage::Routed::take(std::vector<AcceptTask> tasks,
                                        std::vector<TaskReceipt>& receipts) {
    std::set<base::AccountId> accounts{table::rejections_account()};
    for (const AcceptTask& task : tasks) {
        clock_.moment.wall = std::max(clock_.moment.wall, task.accepted_at);
        for (const LaneKey& lane : task.lanes) {
            accounts.insert(lane.account);
        }
    }
    // Held before, so that what comes is discovered.
    for (const base::AccountId& account : accounts) {
        EXARCH_TRY([[maybe_unused]] AccountLedger * ledger, held(account));
    }
    table::Intake intake(table(), clock_, retention_, intake_terms_);
    EXARCH_TRY(const auto taken, table::run(io_, intake.take(tasks)));
    using Verdict = table::Taken::Verdict;
    for (std::size_t place = 0; place < tasks.size(); ++place) {
        EXPECT_NE(taken[place].verdict, Verdict::in_doubt);
        const bool is_known = taken[place].verdict == Verdict::duplicate;
        const bool is_conflict = taken[place].verdict == Verdict::conflict;
        receipts.push_back(
            is_known ? numbers_.known(tasks[place])
                     : numbers_.add(tasks[place], is_conflict ? TaskReceipt::Verdict::conflict
                                                              : TaskReceipt::Verdict::accepted));
    }
    for (const base::AccountId& account : accounts) {
        EXARCH_CHECK(look_at_log(account));
    }
    return {};
}

std::vector<OperationId> TableStorage::Routed::within(const base::AccountId& account,
                                                      const std::vector<OperationId>& ids) const {
    std::vector<OperationId> found;
    for (const OperationId id : ids) {
        const OperationKey key = numbers_.key(id);
        if (key.account == account) {
            found.push_back(key.number);
        }
    }
    return found;
}

base::Status TableStorage::Routed::write(const base::AccountId& account, Record record) {
    EXARCH_TRY(AccountLedger * ledger, held(account));
    return table::run(io_, ledger->commit(std::vector{std::move(record)}));
}

base::AccountId TableStorage::Routed::account_of(CallId call) const {
    const auto found = calls_.find(call);
    return found == calls_.end() ? any_account : found->second;
}

/// A table keeps of a call which of its operations' items it sends; the contract's calls send what
/// nobody asks for.
base::Status TableStorage::Routed::write_one(const BindCall& given) {
    BindCall bind = given;
    calls_.emplace(bind.call, bind.lane.account);
    const auto is_asked_for = [&](const std::string& item) {
        return std::ranges::any_of(given.operations,
                                   [&](OperationId id) { return numbers_.item(id) == item; });
    };
    if (!std::ranges::all_of(bind.items, is_asked_for)) {
        items_[bind.call] = std::exchange(bind.items, {numbers_.item(bind.operations.at(0))});
    }
    bind.operations = within(bind.lane.account, given.operations);
    return write(given.lane.account, bind);
}

base::Status TableStorage::Routed::write_one(const CloseCall& given) {
    CloseCall close = given;
    close.failed = within(account_of(given.call), given.failed);
    return write(account_of(given.call), close);
}

base::Status TableStorage::Routed::write_one(const EndOperations& given) {
    for (const base::AccountId& account : std::set(accounts_)) {
        EndOperations end = given;
        end.operations = within(account, given.operations);
        if (!end.operations.empty()) {
            EXARCH_CHECK(write(account, end));
        }
    }
    return {};
}

base::Result<std::vector<TaskReceipt>>
TableStorage::Routed::commit(std::span<const Record> records) {
    if (has_failed_) {
        return std::unexpected(base::Error(base::ErrorKind::system, "it has failed before"));
    }
    std::vector<TaskReceipt> receipts;
    for (std::size_t next = 0; next < records.size();) {
        std::vector<AcceptTask> tasks;
        for (; next < records.size(); ++next) {
            const auto* task = std::get_if<AcceptTask>(&records[next]);
            // An intake takes what one queue brings.
            if (task == nullptr ||
                (!tasks.empty() && tasks.front().origin.queue != task->origin.queue)) {
                break;
            }
            tasks.push_back(*task);
        }
        const base::Status written =
            tasks.empty()
                ? std::visit([&](const auto& each) { return write_one(each); }, records[next++])
                : take(std::move(tasks), receipts);
        if (!written.has_value()) {
            has_failed_ = true;
            return std::unexpected(written.error());
        }
    }
    return receipts;
}

base::Status TableStorage::Routed::collect(const base::AccountId& account, Collector& all) {
    EXARCH_TRY(AccountLedger * ledger, held(account));
    const std::size_t before = all.operations.size();
    EXARCH_CHECK(ledger->load(all));
    for (auto& [lane, operation] : std::span(all.operations).subspan(before)) {
        operation.id = numbers_.number(OperationKey(account, operation.id));
        operation.task = numbers_.number(TaskKey(account, operation.task));
    }
    for (OpenCall& call : all.open) {
        if (call.lane.account == account) {
            std::ranges::transform(call.operations, call.operations.begin(), [&](OperationId id) {
                return numbers_.number(OperationKey(account, id));
            });
        }
    }
    return {};
}

base::Status TableStorage::Routed::load(Restorer& restorer) {
    Collector all;
    for (const base::AccountId& account : std::set(accounts_)) {
        EXARCH_CHECK(collect(account, all));
    }
    for (OpenCall& call : all.open) {
        call.items = items_.contains(call.id) ? items_.at(call.id) : call.items;
    }
    for (IncompleteCall& call : all.incomplete) {
        call.items = items_.contains(call.id) ? items_.at(call.id) : call.items;
    }
    all.hand_over(restorer);
    return {};
}

/// DynamoDB's time to live does it: whatever has expired goes.
base::Result<bool> TableStorage::Routed::prune(base::Timestamp settled_before,
                                               base::Timestamp duplicates_before) {
    const auto seconds = [](base::Timestamp time) {
        return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    };
    std::erase_if(store_.items, [&](const auto& entry) {
        const auto& [key, item] = entry;
        const bool is_claim = key.first.starts_with("message#") || key.first.starts_with("name#");
        const base::Timestamp before = is_claim ? duplicates_before + intake_terms_.duplicates
                                                : settled_before + retention_.settled;
        return item.contains("expires") &&
               table::integer_or_zero(item, "expires") < seconds(before);
    });
    return false;
}

void TableStorage::Routed::reopen() {
    held_.clear();
    ++holders_;
    has_failed_ = false;
    const table::LeaseTerms terms;
    clock_.pass(terms.duration + terms.clocks_apart + std::chrono::seconds(1));
    for (const base::AccountId& account : std::set(accounts_)) {
        EXPECT_TRUE(look_at_log(account).has_value());
    }
}

class TableStorage::Translated final : public Reporter {
public:
    explicit Translated(Routed& ledger) : ledger_(ledger), reporter_(ledger.table(), ledger.io()) {}

    base::Status open_work(Restorer& restorer) override { return ledger_.load(restorer); }
    base::Result<TotalsReport> totals() override { return reporter_.totals(); }
    base::Result<std::vector<AccountReport>> accounts() override { return reporter_.accounts(); }
    /// What has ended is not counted by lane.
    base::Result<std::vector<LaneReport>> lanes() override {
        EXARCH_TRY(std::vector<LaneReport> lanes, reporter_.lanes());
        std::erase_if(lanes, [](const LaneReport& lane) { return lane.lane.action.empty(); });
        return lanes;
    }
    base::Result<std::vector<TaskReport>> tasks(const std::string& name) override;
    base::Result<std::vector<EndedOperation>> unsuccessful(const TaskKey& task,
                                                           std::int64_t limit) override;
    base::Status endings(const EndingQuery& query, const EndingSink& sink) override {
        return reporter_.endings(
            query, [&](EndedOperation ended) { return sink(translated(std::move(ended))); });
    }

private:
    EndedOperation translated(EndedOperation ended) {
        ended.id = ledger_.numbers().number(ended.id);
        ended.task = ledger_.numbers().number(ended.task);
        return ended;
    }

    Routed& ledger_;
    table::TableReporter reporter_;
};

base::Result<std::vector<TaskReport>> TableStorage::Translated::tasks(const std::string& name) {
    EXARCH_TRY(std::vector<TaskReport> found, reporter_.tasks(name));
    const std::optional<TaskKey> key = parse_task_key(name);
    if (key.has_value() && found.empty()) {
        for (const TaskKey& piece : ledger_.numbers().keys(key->number)) {
            EXARCH_TRY(std::vector<TaskReport> by_key, reporter_.tasks(format(piece)));
            std::ranges::move(by_key, std::back_inserter(found));
        }
    }
    std::map<TaskId, TaskReport, std::greater<>> by_number;
    for (TaskReport& task : found) {
        const TaskId number = ledger_.numbers().number(task.task);
        task.task = number;
        task.pieces.clear();
        by_number.emplace(number, std::move(task));
    }
    std::vector<TaskReport> told;
    told.reserve(by_number.size());
    for (auto& [number, task] : by_number) {
        told.push_back(std::move(task));
    }
    return told;
}

base::Result<std::vector<EndedOperation>>
TableStorage::Translated::unsuccessful(const TaskKey& task, std::int64_t limit) {
    TaskKey asked;
    if (task != TaskKey()) {
        const std::vector<TaskKey> keys = ledger_.numbers().keys(task.number);
        asked = keys.empty() ? TaskKey(any_account, task.number) : keys.front();
    }
    EXARCH_TRY(std::vector<EndedOperation> found, reporter_.unsuccessful(asked, limit));
    for (EndedOperation& ended : found) {
        ended = translated(std::move(ended));
    }
    return found;
}

TableStorage::TableStorage()
    : ledger_(std::make_unique<Routed>()), reporter_(std::make_unique<Translated>(*ledger_)) {}

TableStorage::~TableStorage() = default;

Ledger& TableStorage::ledger() {
    return *ledger_;
}

Reporter& TableStorage::reporter() {
    return *reporter_;
}

void TableStorage::reopen() {
    ledger_->reopen();
}

std::string TableStorage::exempts(const std::string& test) {
    static const std::map<std::string, std::string> reasons{
        {"without_message_id_and_name_nothing_is_a_duplicate",
         "a claim is called by the message's id or its task's name; SQS gives each message an id"},
        {"after_a_failure_nothing_more_is_written",
         "an account's holder is at its end then; whoever takes messages in needs no holder"},
        {"settled_work_is_forgotten_and_still_counted",
         "what was done with a batch is kept until all of the batch is settled"},
        {"duplicates_are_known_for_their_time_and_no_longer",
         "a task with a name is known by that alone; its message is kept by SQS for 14 days at "
         "most"},
        {"a_task_without_operations_goes_when_it_is_no_duplicate_any_more",
         "rejections are kept as long as what is settled"}};
    if (test == "a_task_of_rejections_only_is_recorded" &&
        std::getenv("EXARCH_DYNAMODB") != nullptr) {
        return "texts are UTF-8 in DynamoDB, and in whatever SQS brings";
    }
    const auto found = reasons.find(test);
    return found == reasons.end() ? std::string() : found->second;
}

} // namespace exarch::ledger
