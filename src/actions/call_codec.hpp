#pragma once

#include "actions/action.hpp"
#include "aws/endpoint.hpp"
#include "aws/error.hpp"
#include "aws/service_request.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::actions {

/// What one sending of a call came to.
struct Answer {
    Verdict verdict = Verdict::unknown;
    /// What AWS calls the result; empty where it did not tell.
    std::string result_id;
    base::RequestId request_id;
    /// Code and message, for people.
    std::string reason;

    friend bool operator==(const Answer&, const Answer&) = default;
};

/// How far AWS is with a call's work: core::ProgressRead tells what each means.
enum class Progress : std::uint8_t { in_progress, complete, unreadable, absent, throttled, failed };

/// One page of what AWS's records say about a resource, newest first.
struct RecordPage {
    struct Entry {
        std::string result_id;
        std::optional<base::Timestamp> created_at;
    };
    std::vector<Entry> entries;
    std::optional<std::string> next_marker;
};

using Reply = aws::Outcome<aws::Reply>;

/// How an action's calls are spelt to AWS and what AWS's replies mean for it. Pure.
class CallCodec {
public:
    virtual ~CallCodec() = default;

    /// The service that the calls go to, as aws::Endpoints names it.
    [[nodiscard]] virtual std::string_view service() const = 0;

    /// The call itself. `reference` makes sending it again safe.
    [[nodiscard]] virtual aws::ServiceRequest request(const aws::Endpoint& endpoint,
                                                      std::string_view resource,
                                                      std::span<const std::string> items,
                                                      std::string_view reference) const = 0;
    [[nodiscard]] virtual Answer read(const Reply& reply) const = 0;

    [[nodiscard]] virtual aws::ServiceRequest
    progress_request(const aws::Endpoint& endpoint, std::string_view resource,
                     std::string_view result_id) const = 0;
    [[nodiscard]] virtual Progress read_progress(const Reply& reply) const = 0;

    /// AWS's own records of calls, to find one whose answer was lost.
    [[nodiscard]] virtual aws::ServiceRequest records_request(const aws::Endpoint& endpoint,
                                                              std::string_view resource,
                                                              std::string_view marker) const = 0;
    [[nodiscard]] virtual aws::Outcome<RecordPage> read_records(const Reply& reply) const = 0;
    /// The reference in the reply to a progress_request.
    [[nodiscard]] virtual aws::Outcome<std::string> read_reference(const Reply& reply) const = 0;
};

} // namespace exarch::actions
