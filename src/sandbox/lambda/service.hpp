#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/functions/fleet.hpp"
#include "sandbox/iam/directory.hpp"
#include "sandbox/sqs/model/queues.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox {

namespace lambda {
struct Store;
} // namespace lambda

/// Lambda over its REST API, with functions that run: their processes are the host's, everything
/// else is here. Without clock and thread, like the other services; Invoke is answered by AskAgain
/// until its function has answered.
class LambdaService {
public:
    struct Parts {
        Directory& directory;
        Authoriser authoriser;
        sqs::Queues& queues;
        /// Null: no functions are hosted, and every call is refused.
        functions::Host* host = nullptr;
        std::uint64_t seed = 0;
    };
    /// What `parts` refers to must outlive it.
    explicit LambdaService(Parts parts);
    ~LambdaService();
    LambdaService(const LambdaService&) = delete;
    LambdaService& operator=(const LambdaService&) = delete;

    [[nodiscard]] static std::string action_of(const http::Request& request);
    [[nodiscard]] Answer answer(const ServiceCall& call, CallRecord& record);

    /// Event sources, retries and whatever is due. Returns when there will be more, if nothing else
    /// happens.
    std::optional<base::Instant> advance(base::Moment now);

    /// Whom the host tells what processes do; null where no functions are hosted.
    [[nodiscard]] functions::Fleet* fleet();

    /// For the referee: a function and its environments, by ARN, of an account.
    [[nodiscard]] boost::json::object describe(const base::AccountId& account) const;
    [[nodiscard]] boost::json::array log(std::int64_t since, std::string_view function) const;

private:
    Parts parts_;
    std::unique_ptr<lambda::Store> store_;
};

} // namespace exarch::sandbox
