#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/sqs/params.hpp"

#include <memory>
#include <string>

namespace exarch::sandbox {

/// SQS for all accounts and regions, in both of its protocols, kept in memory. Without clock and
/// thread: the time comes with each call, and a long poll is answered by AskAgain until there is
/// something to deliver. Not safe to use from several threads at once.
class SqsService {
public:
    SqsService(Authoriser authoriser, SqsParams params);
    ~SqsService();
    SqsService(const SqsService&) = delete;
    SqsService& operator=(const SqsService&) = delete;

    /// The operation that a request names, in either protocol; empty where it names none.
    [[nodiscard]] static std::string action_of(const http::Request& request);

    /// A refusal is an answer, in the shape of the protocol that the request speaks.
    [[nodiscard]] Answer answer(const ServiceCall& call, CallRecord& record);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace exarch::sandbox
