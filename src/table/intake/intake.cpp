#include "table/intake/intake.hpp"

#include "base/assert.hpp"
#include "table/concurrently.hpp"
#include "table/intake/conflict.hpp"
#include "table/items/attributes.hpp"
#include "table/items/batch.hpp"
#include "table/items/keys.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace exarch::table {

namespace asio = boost::asio;

namespace {

/// How much of a batch parts take together.
struct Amount {
    std::size_t bytes = 0;
    std::size_t bytes_at_most = 0;
    std::size_t operations = 0;

    [[nodiscard]] Amount plus(const Amount& other) const {
        return {.bytes = bytes + other.bytes,
                .bytes_at_most = bytes_at_most + other.bytes_at_most,
                .operations = operations + other.operations};
    }
    [[nodiscard]] bool is_too_much() const {
        constexpr std::size_t operations_max = 100'000;
        return bytes > batch_bytes_max || bytes_at_most > aws::dynamodb_item_bytes_max ||
               operations > operations_max;
    }
};

Amount amount_of(const ledger::AcceptTask& part) {
    return {.bytes = weight(part),
            .bytes_at_most = bytes_at_most(part),
            .operations = part.operations.size()};
}

} // namespace

/// What goes into an account's log under one number.
struct Intake::Load {
    base::AccountId account;
    std::int64_t number = 0;
    /// A message and one of its parts.
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    Amount amount;
};

std::vector<Intake::Load> Intake::load_up(const std::vector<Message>& messages) {
    std::vector<Load> loads;
    std::map<base::AccountId, std::size_t> open;
    for (std::size_t message = 0; message < messages.size(); ++message) {
        const std::vector<TaskPart>& parts = messages[message].parts;
        for (std::size_t part = 0; part < parts.size(); ++part) {
            const Amount amount = amount_of(parts[part].task);
            const auto found = open.find(parts[part].account);
            const bool fits =
                found != open.end() && !loads[found->second].amount.plus(amount).is_too_much();
            const std::size_t place = fits ? found->second : loads.size();
            if (!fits) {
                Load load;
                load.account = parts[part].account;
                loads.push_back(std::move(load));
                open[parts[part].account] = place;
            }
            loads[place].parts.emplace_back(message, part);
            loads[place].amount = loads[place].amount.plus(amount);
        }
    }
    return loads;
}

asio::awaitable<base::Result<std::vector<Taken>>>
Intake::take(std::vector<ledger::AcceptTask> tasks) {
    std::vector<Taken> taken(tasks.size());
    Waiting waiting;
    for (std::size_t place = 0; place < tasks.size(); ++place) {
        waiting.emplace_hint(waiting.end(), place, std::move(tasks[place]));
    }
    Claims claims({.table = table_,
                   .clock = clock_,
                   .retention = retention_,
                   .terms = terms_,
                   .batches = batches_});
    while (!waiting.empty()) {
        Waiting unlike = take_unlike(waiting);
        EXARCH_CO_CHECK(co_await take_round(unlike, claims, taken));
        waiting.merge(unlike);
    }
    co_return taken;
}

/// Of copies that came together, and tasks of one name, one goes first: the others then meet its
/// claim like anybody's.
Intake::Waiting Intake::take_unlike(Waiting& waiting) {
    Waiting unlike;
    std::set<std::pair<std::string, std::string>> claims;
    for (auto each = waiting.begin(); each != waiting.end();) {
        const auto next = std::next(each);
        const aws::Item key = claim_key(each->second);
        const bool is_first = claims
                                  .emplace(text_or_empty(key, partition_attribute),
                                           text_or_empty(key, sort_attribute))
                                  .second;
        if (is_first) {
            unlike.insert(waiting.extract(each));
        }
        each = next;
    }
    return unlike;
}

/// Leaves in `tasks` what is to be taken in by another round.
asio::awaitable<base::Status> Intake::take_round(Waiting& tasks, Claims& claims,
                                                 std::vector<Taken>& taken) {
    std::vector<Message> messages = messages_of(std::exchange(tasks, {}));
    std::vector<Load> loads = load_up(messages);
    EXARCH_CO_CHECK(co_await reserve(loads));
    for (const Load& load : loads) {
        for (const auto [message, part] : load.parts) {
            messages[message].places[part] = {load.account, load.number};
        }
    }
    EXARCH_CO_CHECK(co_await claims.claim(messages));
    EXARCH_CO_CHECK(co_await concurrently(loads.size(), terms_.width, [&](std::size_t place) {
        return write(loads[place], messages);
    }));
    EXARCH_CO_CHECK(co_await reject_conflicts(messages));
    for (Message& message : messages) {
        if (message.is_left) {
            tasks.emplace(message.place, std::move(message.task));
        } else {
            taken[message.place] = verdict_of(message);
        }
    }
    co_return base::Status();
}

std::vector<Message> Intake::messages_of(Waiting tasks) {
    std::vector<Message> messages;
    messages.reserve(tasks.size());
    for (auto& [place, task] : tasks) {
        Message message;
        message.place = place;
        message.task = std::move(task);
        message.parts = split(message.task);
        message.places.resize(message.parts.size());
        message.is_mine.resize(message.parts.size(), false);
        message.is_written.resize(message.parts.size(), false);
        messages.push_back(std::move(message));
    }
    return messages;
}

Taken Intake::verdict_of(const Message& message) {
    Taken taken{.verdict = message.verdict, .accounts = {}, .reason = message.refusal};
    const bool is_whole = std::ranges::count(message.is_written, false) == 0;
    if (message.verdict == Taken::Verdict::in_doubt && is_whole) {
        taken.verdict = Taken::Verdict::accepted;
        for (const TaskPart& part : message.parts) {
            const bool is_new =
                !part.rest_of && (taken.accounts.empty() || taken.accounts.back() != part.account);
            if (is_new && part.account != rejections_account()) {
                taken.accounts.push_back(part.account);
            }
        }
    }
    return taken;
}

/// Numbers for all loads of an account at once. The logs of accounts that get work become due.
asio::awaitable<base::Status> Intake::reserve(std::vector<Load>& loads) {
    std::map<base::AccountId, std::vector<Load*>> by_account;
    for (Load& load : loads) {
        by_account[load.account].push_back(&load);
    }
    std::vector<std::vector<Load*>> of_one_account;
    of_one_account.reserve(by_account.size());
    for (auto& [account, its_loads] : by_account) {
        of_one_account.push_back(std::move(its_loads));
    }
    co_return co_await concurrently(of_one_account.size(), terms_.width, [&](std::size_t place) {
        return number(of_one_account[place]);
    });
}

asio::awaitable<base::Status> Intake::number(const std::vector<Load*>& of_one_account) {
    const base::AccountId account = of_one_account.front()->account;
    const auto count = static_cast<std::int64_t>(of_one_account.size());
    EXARCH_CO_TRY(std::int64_t number, co_await reserve_numbers(account, count));
    for (Load* load : of_one_account) {
        load->number = number++;
    }
    co_return base::Status();
}

asio::awaitable<base::Result<std::int64_t>> Intake::reserve_numbers(base::AccountId account,
                                                                    std::int64_t count) {
    const aws::AttributeValue now = milliseconds(clock_.now().wall);
    aws::UpdateItem update{
        .key = log_key(account),
        .update = {.text = "SET #next = #next + :count",
                   .names = {{"#next", "next"}, {"#due", "due"}},
                   .values = {{":count", aws::AttributeValue(count)}, {":now", now}}},
        .condition = "#due <= :now"};
    EXARCH_CO_TRY(aws::Written written, co_await table_.update(update));
    if (!written.is_applied) {
        // Only now, since it moves the log in the index, which costs as much again.
        update.update.text = "SET #next = if_not_exists(#next, :one) + :count, #due = :now, "
                             "#kind = :kind";
        update.update.names.emplace_back("#kind", "kind");
        update.update.values.emplace(":one", aws::AttributeValue(std::int64_t{1}));
        update.update.values.emplace(":kind", aws::AttributeValue("log"));
        update.condition.clear();
        EXARCH_CO_TRY(written, co_await table_.update(update));
        if (account != rejections_account()) {
            woken_.push_back(account);
        }
    }
    EXARCH_CO_TRY(const std::int64_t next, number_at(written.item, "next"));
    co_return next - count;
}

/// What it holds is decided by the claims: nothing at all where all its messages are known, which
/// closes the gap that its number would be.
asio::awaitable<base::Status> Intake::write(Load& load, std::vector<Message>& messages) {
    Batch batch = gap(load.number);
    for (const auto [message, part] : load.parts) {
        if (messages[message].is_mine[part]) {
            const ledger::AcceptTask& task = messages[message].parts[part].task;
            batch.is_void = false;
            batch.queue = task.origin.queue;
            batch.accepted_at = task.accepted_at;
            batch.tasks.push_back(task);
        }
    }
    aws::PutItem put = placing(load.account, batch, clock_.now().wall, terms_, retention_);
    const aws::Item mine = put.item;
    const base::Result<aws::Written> written = co_await table_.put(std::move(put));
    if (!written.has_value()) {
        const bool is_unfit = written.error().kind() == base::ErrorKind::invalid;
        co_return is_unfit ? co_await give_up(load, messages, written.error())
                           : std::unexpected(written.error());
    }
    // Where the answer to a first attempt was lost, the second one meets its own item.
    if (written->is_applied || written->item == mine) {
        for (const auto [message, part] : load.parts) {
            messages[message].is_written[part] =
                messages[message].is_written[part] || messages[message].is_mine[part];
        }
    }
    co_return base::Status();
}

/// The table refuses it for what it holds, and always will: its messages alone stay in doubt, and
/// nobody has to wait for its number. A table that does not take a gap either is wrong itself.
asio::awaitable<base::Status> Intake::give_up(const Load& load, std::vector<Message>& messages,
                                              const base::Error& refusal) {
    aws::PutItem put =
        placing(load.account, gap(load.number), clock_.now().wall, terms_, retention_);
    EXARCH_CO_TRY([[maybe_unused]] const aws::Written written, co_await table_.put(std::move(put)));
    for (const auto [message, part] : load.parts) {
        if (messages[message].is_mine[part]) {
            messages[message].refusal = refusal.message();
        }
    }
    co_return base::Status();
}

/// They are recorded as what they are: messages that hold nothing but rejections.
asio::awaitable<base::Status> Intake::reject_conflicts(std::vector<Message>& messages) {
    std::vector<ledger::AcceptTask> rejected;
    std::vector<Message*> conflicts;
    for (Message& message : messages) {
        if (message.verdict == Taken::Verdict::conflict) {
            rejected.push_back(table::rejected(message.task, message.known_digest));
            conflicts.push_back(&message);
        }
    }
    if (rejected.empty()) {
        co_return base::Status();
    }
    EXARCH_CO_TRY(const std::vector<Taken> taken, co_await take(std::move(rejected)));
    for (std::size_t place = 0; place < taken.size(); ++place) {
        if (taken[place].verdict != Taken::Verdict::accepted) {
            conflicts[place]->verdict = taken[place].verdict;
            conflicts[place]->refusal = taken[place].reason;
        }
    }
    co_return base::Status();
}

} // namespace exarch::table
