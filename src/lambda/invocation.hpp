#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace exarch::lambda {

/// One call of the function, as the Runtime API hands it over.
struct Invocation {
    base::RequestId request_id;
    /// When Lambda ends it, answered or not; none where it did not say.
    std::optional<base::Timestamp> deadline;
    /// X-Ray's header; empty where there is none.
    std::string trace_id;
    /// JSON, if its sender kept to the rules.
    std::string event;
};

/// What a function does with an invocation.
class Handler {
public:
    virtual ~Handler() = default;

    /// The answer, as JSON. Fails where the invocation as a whole can't be served: as invalid where
    /// its event is at fault.
    [[nodiscard]] virtual boost::asio::awaitable<base::Result<std::string>>
    handle(Invocation invocation) = 0;

    /// True where it should not be given another: Lambda starts a fresh process in its place.
    [[nodiscard]] virtual bool is_spent() const = 0;
};

} // namespace exarch::lambda
