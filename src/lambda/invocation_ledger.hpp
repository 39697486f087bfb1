#pragma once

#include "base/log.hpp"
#include "ledger/ledger.hpp"
#include "ledger/memory.hpp"
#include "ledger/report.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace exarch::lambda {

/// Calls that are done and hold slots still: what one invocation leaves to the next in the process.
using CallsInProgress = std::map<ledger::CallId, ledger::IncompleteCall>;

/// The ledger of one invocation: in memory, and gone with it. Notes which messages are settled,
/// and tells the log of everything that did not succeed: nothing else will remember it.
/// `in_progress` and `log` must outlive it.
class InvocationLedger final : public ledger::Ledger {
public:
    InvocationLedger(CallsInProgress& in_progress, base::Log& log)
        : in_progress_(in_progress), log_(log) {}

    /// Hands over the calls in progress, and no operation.
    [[nodiscard]] base::Status load(ledger::Restorer& restorer) override;
    [[nodiscard]] base::Result<std::vector<ledger::TaskReceipt>>
    commit(std::span<const ledger::Record> records) override;
    /// There is nothing to forget.
    [[nodiscard]] base::Result<bool> prune(base::Timestamp settled_before,
                                           base::Timestamp duplicates_before) override;

    /// Whether each of the message's operations has ended, or it asks for nothing that could be
    /// carried out. One whose outcome nobody knows has not.
    [[nodiscard]] bool is_settled(const ledger::MessageOrigin& origin) const;
    [[nodiscard]] std::size_t open_operations() const { return open_; }

private:
    using MessageKey = std::pair<std::string, std::string>;

    struct Message {
        std::string id;
        std::size_t open = 0;
    };
    struct Operation {
        std::size_t message = 0;
        ledger::LaneKey lane;
        std::string item;
        bool is_open = true;
    };

    void note(const ledger::AcceptTask& task, const ledger::TaskReceipt& receipt);
    void note(const ledger::BindCall& bind);
    void note(const ledger::CloseCall& close);
    void note(const ledger::EndOperations& end);
    void tell_rejections(const ledger::AcceptTask& task) const;
    void tell_unsuccessful(const ledger::EndedOperation& like,
                           std::span<const ledger::OperationId> operations) const;
    /// False of what belongs to an earlier invocation, of which the memory knows nothing.
    [[nodiscard]] bool is_own(const ledger::Record& record) const;
    [[nodiscard]] Operation& operation(ledger::OperationId id);
    [[nodiscard]] const Operation& operation(ledger::OperationId id) const;
    void end(std::span<const ledger::OperationId> operations);

    CallsInProgress& in_progress_;
    base::Log& log_;
    ledger::MemoryLedger memory_;
    std::vector<Message> messages_;
    std::map<MessageKey, std::size_t> message_of_;
    std::map<ledger::TaskId, std::size_t> message_of_task_;
    /// By their ids, which are given from 1 without gaps.
    std::vector<Operation> operations_;
    std::size_t open_ = 0;
    std::map<ledger::CallId, ledger::BindCall> bound_;
};

} // namespace exarch::lambda
