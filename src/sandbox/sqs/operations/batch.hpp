#pragma once

#include "sandbox/sqs/fallible.hpp"
#include "sandbox/sqs/protocol/parameters.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox::sqs {

/// One entry of a batch, with the Id by which its outcome is told.
struct BatchEntry {
    std::string id;
    Parameters parameters;
};

/// The Entries of a request: one to ten, their ids well formed and distinct. `kind` is what SQS
/// calls an entry: `SendMessageBatchRequestEntry`. Outlived by the request.
[[nodiscard]] Fallible<std::vector<BatchEntry>> read_entries(const Parameters& parameters,
                                                             std::string_view kind);

/// The outcome of a batch, entry by entry.
class BatchResult {
public:
    void add_success(std::string_view id, boost::json::object details);
    void add_failure(std::string_view id, const ServiceError& error);
    [[nodiscard]] boost::json::object take() &&;

private:
    boost::json::array successful_;
    boost::json::array failed_;
};

} // namespace exarch::sandbox::sqs
