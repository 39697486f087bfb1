#pragma once

#include "sandbox/call_record.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace exarch::sandbox {

/// The referee's log: every call that arrived, in that order. Bounded: the oldest go first.
class CallLog {
public:
    /// A new record, numbered; the log and whoever serves the call share it.
    std::shared_ptr<CallRecord> open(base::Timestamp now);

    /// Those from `first` on, as JSON.
    [[nodiscard]] boost::json::array since(std::int64_t first) const;
    [[nodiscard]] std::int64_t total() const { return total_; }

    static constexpr std::size_t records_max = 100'000;

private:
    std::deque<std::shared_ptr<CallRecord>> records_;
    std::int64_t total_ = 0;
};

} // namespace exarch::sandbox
