#pragma once

#include "base/result.hpp"
#include "cli/submit/submission.hpp"
#include "cli/surroundings.hpp"

#include <string>

namespace exarch::cli {

/// Sends everything of a submission to the queue, several batches at a time where order does not
/// matter, and blocks until each task is sent or has failed; shows progress. Fails as invalid only
/// where AWS's own configuration can't be understood: then nothing was sent.
[[nodiscard]] base::Status send_all(Submission& submission, const std::string& queue_url,
                                    Surroundings surroundings);

/// SQS's own rule for names of FIFO queues.
[[nodiscard]] bool is_fifo(std::string_view queue_url);

} // namespace exarch::cli
