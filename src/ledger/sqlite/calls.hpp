#pragma once

#include "ledger/record.hpp"
#include "ledger/sqlite/intake.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace exarch::ledger {

/// `call.state`. The first two are what a restart has to know of.
enum class CallState : std::uint8_t { open = 0, done = 1, complete = 2, refused = 3, unknown = 4 };

/// Writes what becomes of operations: the calls that carry them, and how they end.
class Calls {
public:
    Calls(Database& database, Desk desk);

    [[nodiscard]] base::Status bind(const BindCall& record);
    void count(const CountAttempt& record);
    [[nodiscard]] base::Status close(const CloseCall& record);
    [[nodiscard]] base::Status complete(const CompleteCall& record);
    [[nodiscard]] base::Status end(const EndOperations& record);

private:
    struct OpenCallRow {
        std::int64_t lane = 0;
        std::vector<OperationId> operations;
    };
    /// How operations end without success; `call` is none where no call carried them.
    struct Ending {
        OperationState from = OperationState::bound;
        OperationState to = OperationState::failed;
        std::optional<std::int64_t> call;
        std::optional<std::string_view> reason;
        std::int64_t ended_at = 0;
    };

    [[nodiscard]] base::Result<OpenCallRow> read_open(CallId call);
    [[nodiscard]] base::Status move(OperationId id, OperationState from, OperationState to);
    [[nodiscard]] base::Status settle(const CloseCall& record, const OpenCallRow& call);
    [[nodiscard]] base::Status settle_refused(const CloseCall& record, const OpenCallRow& call,
                                              const Ending& ending);
    [[nodiscard]] base::Status end_all(std::span<const OperationId> operations,
                                       const Ending& ending);

    Desk desk_;
    std::string items_;
    Statement insert_call_;
    Statement insert_content_;
    Statement read_call_;
    Statement close_call_;
    Statement read_state_;
    Statement complete_call_;
    Statement insert_ended_;
};

} // namespace exarch::ledger
