#pragma once

#include "base/result.hpp"
#include "core/core.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace exarch::worker {

/// What carries out the tasks of the messages it is given, by whatever ledger. One executor's
/// thread.
class Execution {
public:
    struct Callbacks {
        /// What they ask for is durable.
        std::function<void(std::vector<core::MessageHandle>)> delete_messages;
        /// They were not taken in, and are to come again.
        std::function<void(std::vector<core::MessageHandle>)> let_go;
        /// It cannot go on: the process has to end. Told once.
        std::function<void(base::Error)> failed;
    };

    virtual ~Execution() = default;
    /// Begins with what the ledger holds open.
    virtual void start() = 0;
    virtual void take_in(core::MessagesReceived messages) = 0;
    /// Begins nothing more. What is under way ends as it will.
    virtual void stop() = 0;
    /// A small step of forgetting, where nobody else forgets; as often as a second.
    virtual void prune() {}

    /// As of the core.
    [[nodiscard]] virtual bool wants_messages() const = 0;
    [[nodiscard]] virtual std::size_t
    fitting(std::span<const core::ReceivedMessage> messages) const = 0;
    [[nodiscard]] virtual core::RunCounts counts() const = 0;
    [[nodiscard]] virtual std::size_t open_operations() const = 0;
    /// Looks at every lane.
    [[nodiscard]] virtual core::Outlook outlook() const = 0;
    /// Commits that wait or are being written.
    [[nodiscard]] virtual std::size_t backlog() const = 0;
    /// True where nothing is on its way: no call, no commit.
    [[nodiscard]] virtual bool is_idle() const = 0;
};

} // namespace exarch::worker
