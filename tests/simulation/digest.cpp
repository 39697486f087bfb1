#include "simulation/digest.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <optional>

namespace exarch::simulation {
namespace {

using namespace core;

/// Puts things into a digest field by field; lists and texts with their lengths, so that nothing
/// runs into what comes after it.
class Feeder {
public:
    explicit Feeder(Digest& digest) : digest_(digest) {}

    void operator()(const MessagesReceived& one) {
        number(one.messages.size());
        for (const ReceivedMessage& message : one.messages) {
            number(message.handle);
            text(message.origin.message_id);
            text(message.body);
        }
    }
    void operator()(const Committed& one) {
        number(one.revision);
        receipts(one.receipts);
    }
    void operator()(const core::TasksDiscovered& one) {
        for (const ledger::AcceptTask& task : one.tasks) {
            (*this)(task);
        }
        receipts(one.receipts);
    }
    void operator()(const CallDeparted& one) { number(one.call.value()); }
    void operator()(const CallAnswered& one) {
        number(one.call.value());
        number(static_cast<std::uint64_t>(one.verdict));
        text(one.result_id);
        text(one.reason);
        number(one.sent_at ? one.sent_at->time_since_epoch().count() : -1);
        number(one.round_trip ? one.round_trip->count() : -1);
    }
    void operator()(const ProgressRead& one) {
        number(one.call.value());
        number(static_cast<std::uint64_t>(one.progress));
    }
    void operator()(const CallProved& one) {
        number(one.call.value());
        number(static_cast<std::uint64_t>(one.proof));
        text(one.result_id);
    }
    void operator()(const TimePassed&) {}
    void operator()(const Stopping&) {}

    void operator()(const Commit& one) {
        number(one.revision);
        number(one.records.size());
        for (const ledger::Record& record : one.records) {
            number(record.index());
            std::visit(*this, record);
        }
    }
    void operator()(const DeleteMessages& one) {
        number(one.messages.size());
        for (const MessageHandle handle : one.messages) {
            number(handle);
        }
    }
    void operator()(const SendCall& one) {
        number(one.call.value());
        lane(one.lane);
        text(one.reference);
        texts(one.items);
    }
    void operator()(const ReadProgress& one) {
        number(one.call.value());
        text(one.result_id);
    }
    void operator()(const ProveCall& one) {
        number(one.call.value());
        text(one.reference);
        time(one.bound_at);
        number(one.spacing.count());
    }
    void operator()(const core::EndProof& one) { number(one.call.value()); }
    void operator()(const Report& one) {
        number(static_cast<std::uint64_t>(one.is_warning));
        text(one.text);
    }

    void operator()(const ledger::AcceptTask& one) {
        text(one.origin.message_id);
        text(one.name);
        text(one.digest);
        time(one.accepted_at);
        number(one.operations.size());
        for (const ledger::NewOperation& operation : one.operations) {
            lane(one.lanes[operation.lane]);
            text(operation.item);
            number(operation.priority);
            time(operation.not_before.value_or(base::Timestamp::min()));
            time(operation.deadline.value_or(base::Timestamp::max()));
        }
        for (const ledger::Rejection& rejection : one.rejections) {
            text(rejection.place);
            text(rejection.reason);
            text(rejection.excerpt);
        }
    }
    void operator()(const ledger::BindCall& one) {
        number(one.call.value());
        lane(one.lane);
        text(one.reference);
        texts(one.items);
        operations(one.operations);
        time(one.bound_at);
    }
    void operator()(const ledger::CountAttempt& one) {
        number(one.call.value());
        number(static_cast<std::uint64_t>(one.end));
    }
    void operator()(const ledger::CloseCall& one) {
        number(one.call.value());
        number(static_cast<std::uint64_t>(one.end));
        text(one.result_id);
        text(one.reason);
        operations(one.failed);
        time(one.closed_at);
    }
    void operator()(const ledger::EndOperations& one) {
        number(static_cast<std::uint64_t>(one.end));
        operations(one.operations);
        text(one.reason);
        time(one.ended_at);
    }
    void operator()(const ledger::CompleteCall& one) {
        number(one.call.value());
        time(one.completed_at);
    }
    void operator()(const ledger::LearnQuota& one) {
        text(one.account.value());
        text(one.api);
        number(std::bit_cast<std::uint64_t>(one.rate));
        time(one.learned_at);
    }
    void operator()(const ledger::NoteBreaker& one) {
        lane(one.lane);
        number(static_cast<std::uint64_t>(one.open));
        text(one.reason);
    }

private:
    void receipts(const std::vector<ledger::TaskReceipt>& all) {
        for (const ledger::TaskReceipt& receipt : all) {
            number(static_cast<std::uint64_t>(receipt.verdict));
            number(receipt.task.value());
            number(receipt.first_operation.value());
        }
    }
    template <class Integer>
    void number(Integer value) {
        digest_.add(static_cast<std::uint64_t>(value));
    }
    void text(std::string_view value) { digest_.add(value); }
    void time(base::Timestamp value) { number(value.time_since_epoch().count()); }
    void lane(const ledger::LaneKey& key) {
        text(key.account.value());
        text(key.action);
        text(key.resource);
    }
    void texts(const std::vector<std::string>& values) {
        number(values.size());
        for (const std::string& value : values) {
            text(value);
        }
    }
    void operations(const std::vector<ledger::OperationId>& ids) {
        number(ids.size());
        for (const ledger::OperationId id : ids) {
            number(id.value());
        }
    }

    Digest& digest_;
};

} // namespace

void Digest::add(std::string_view text) {
    add(text.size());
    while (!text.empty()) {
        std::uint64_t word = 0;
        const std::size_t bytes = std::min(text.size(), sizeof(word));
        std::memcpy(&word, text.data(), bytes);
        add(word);
        text.remove_prefix(bytes);
    }
}

void Digest::add(base::Moment at, const Event& event) {
    add(static_cast<std::uint64_t>(at.steady.time_since_epoch().count()));
    add(static_cast<std::uint64_t>(at.wall.time_since_epoch().count()));
    add(event.index());
    std::visit(Feeder(*this), event);
}

void Digest::add(std::span<const Effect> effects) {
    for (const Effect& effect : effects) {
        add(effect.index());
        std::visit(Feeder(*this), effect);
    }
}

std::string Digest::text() const {
    return fmt::format("{:016x}", state_);
}

} // namespace exarch::simulation
