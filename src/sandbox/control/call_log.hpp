#pragma once

#include "sandbox/call_record.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace exarch::sandbox {

/// The referee's log: every call that arrived, in that order. Bounded in records and in what they
/// hold: the oldest go first.
class CallLog {
public:
    /// A new record, numbered; the log and whoever serves the call share it.
    std::shared_ptr<CallRecord> open(base::Timestamp now);
    /// The call has been answered: what its record holds is known, and counts.
    void close(const CallRecord& record);

    /// Those from `first` on, as JSON.
    [[nodiscard]] boost::json::array since(std::int64_t first) const;
    [[nodiscard]] std::int64_t total() const { return total_; }

    static constexpr std::size_t records_max = 100'000;
    static constexpr std::size_t details_bytes_max = std::size_t{256} * 1024 * 1024;

private:
    struct Entry {
        std::shared_ptr<CallRecord> record;
        std::size_t details_bytes = 0;
    };

    void drop_oldest();

    std::deque<Entry> entries_;
    std::size_t details_bytes_ = 0;
    std::int64_t total_ = 0;
};

} // namespace exarch::sandbox
