#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <string>

namespace exarch::sandbox {

/// One line of the referee's log: a call that arrived, and what became of it.
struct CallRecord {
    std::int64_t number = 0;
    base::Timestamp time;
    std::string service;
    /// Empty where the request names none.
    std::string action;
    /// The caller's, and so the one that its rate counts in; empty until it is known.
    base::AccountId account;
    std::string caller;
    /// Of the signature's scope; empty until the caller is known.
    std::string region;
    /// The status of a success, the code of a refusal, `dropped`; empty while it is under way.
    std::string outcome;
    /// Whether it changed anything.
    bool effect = false;
    /// Empty where it was served as AWS would.
    std::string fault;
    /// What is the service's own: `distribution`, `paths`, `reference`, `role`, …
    boost::json::object details;
};

} // namespace exarch::sandbox
