#pragma once

#include "sandbox/call.hpp"
#include "sandbox/call_record.hpp"
#include "sandbox/sqs/model/queues.hpp"
#include "sandbox/sqs/params.hpp"

#include <memory>
#include <string>
#include <vector>

namespace exarch::sandbox {

/// A queue that the referee wants, with attributes as CreateQueue takes them.
struct QueuePlan {
    base::Region region;
    std::string name;
    sqs::AttributeTexts attributes = {};
};

/// What the referee is told of a queue.
struct QueueState {
    base::AccountId account;
    std::string arn;
    sqs::Queue::Counts messages;
};

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

    /// Makes a queue without asking whether anybody may. Refused as CreateQueue is.
    [[nodiscard]] sqs::Permitted add(const base::AccountId& account, const QueuePlan& plan,
                                     base::Moment now);
    [[nodiscard]] std::vector<QueueState> queues(base::Moment now);
    /// What event sources read from.
    [[nodiscard]] sqs::Queues& all_queues();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace exarch::sandbox
