#pragma once

#include "base/result.hpp"
#include "core/event.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace exarch::worker {

/// Makes an engine's commits durable, in order, while the engine goes on. One executor's thread.
class CommitWriter {
public:
    struct Callbacks {
        /// In the order of revisions.
        std::function<void(std::vector<core::Committed>)> committed;
        /// Nothing can be written any more. Told once; nothing is written after it.
        std::function<void(base::Error)> failed;
    };

    virtual ~CommitWriter() = default;
    /// Once, before the first commit: whom it tells.
    virtual void tell(Callbacks callbacks) = 0;
    virtual void submit(core::Commit commit) = 0;
    /// Commits that wait or are being written.
    [[nodiscard]] virtual std::size_t backlog() const = 0;
    /// True where no commit waits or is being written.
    [[nodiscard]] bool is_idle() const { return backlog() == 0; }
};

} // namespace exarch::worker
