#pragma once

#include "base/environment.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "lambda/events/sqs_event.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <vector>

/// What all ways to serve `exarch.control` have in common.
namespace exarch::lambda {

/// What they stand on. All of it must outlive the handler and the executor's work.
struct ControlParts {
    boost::asio::any_io_executor executor;
    const base::Clock& clock;
    const base::Environment& environment;
    base::Entropy& entropy;
    base::Log& log;
};

/// Tells of the messages that go back to their queue because they can't be read.
inline void tell_of_flaws(base::Log& log, const std::vector<SqsRecord>& records) {
    for (const SqsRecord& record : records) {
        if (!record.flaw.empty()) {
            log.error("message {}: goes back to the queue unread: {}", record.origin.message_id,
                      record.flaw);
        }
    }
}

} // namespace exarch::lambda
