#pragma once

#include "base/result.hpp"
#include "cli/command_line.hpp"
#include "cli/submit/outgoing_task.hpp"

#include <vector>

namespace exarch::cli {

/// All tasks that a command line names, in order, not looked at yet. Reads the files, and stdin for
/// `-`. Fails as invalid, naming the file, where one can't be read, is larger than 256 MiB or holds
/// no task.
[[nodiscard]] base::Result<std::vector<RawTask>> collect_tasks(const TaskSource& source);

} // namespace exarch::cli
