#pragma once

#include "sandbox/functions/invocation.hpp"

#include <set>
#include <string>
#include <string_view>

namespace exarch::sandbox::functions {

/// Which messages of a batch failed: those stay in the queue, hidden until their time, and all
/// others are deleted. With ReportBatchItemFailures the function says which in its answer:
///
/// - `{"batchItemFailures": [{"itemIdentifier": "…"}]}`: these;
/// - no answer, `null`, `{}`, an empty or null `batchItemFailures`: none;
/// - no JSON, another type, an item without `itemIdentifier`, with an empty or a null one, or with
///   that of a message which is not in the batch: all.
///
/// Without it the answer says nothing. A function that failed failed at all of them.
[[nodiscard]] std::set<std::string> failed_messages(const Outcome& outcome,
                                                    const std::set<std::string>& batch,
                                                    bool reports_item_failures);

} // namespace exarch::sandbox::functions
