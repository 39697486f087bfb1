#pragma once

#include "ledger/record.hpp"

#include <string>
#include <string_view>

namespace exarch::ledger {

/// The reason of a task that bears the id of another one of its sender. Both digests are told where
/// that one's is known.
[[nodiscard]] inline std::string conflict_reason(const AcceptTask& task,
                                                 std::string_view known_digest) {
    std::string reason = "this sender has sent another task under the id " + task.name;
    if (!known_digest.empty()) {
        reason.append(": the digest of its content is ").append(known_digest);
        reason.append(", of this one's ").append(task.digest);
    }
    return reason.append(": give new content a new id");
}

} // namespace exarch::ledger
