#pragma once

#include "base/log.hpp"
#include "queue/queue.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <utility>
#include <vector>

namespace exarch::worker {

/// Reads how full the queues are, beside whatever else goes on: a queue may take a minute to say
/// that it does not answer. `log` and the queues must outlive it and the executor's work. One
/// executor's thread.
class DepthReader {
public:
    DepthReader(boost::asio::any_io_executor executor, base::Log& log)
        : executor_(std::move(executor)), log_(log) {}

    void add(queue::Queue& queue) { queues_.push_back(&queue); }

    /// Reads all queues once and tells whether all are empty; tells nothing where one did not say.
    /// Not while a reading is under way.
    void begin(std::function<void(bool are_empty)> told);
    /// Begins no more; a reading under way is cancelled.
    void stop();

    [[nodiscard]] bool is_reading() const { return is_reading_; }

private:
    [[nodiscard]] boost::asio::awaitable<void> read(std::function<void(bool are_empty)> told);

    boost::asio::any_io_executor executor_;
    base::Log& log_;
    std::vector<queue::Queue*> queues_;
    boost::asio::cancellation_signal cancel_;
    bool is_reading_ = false;
    bool is_stopping_ = false;
};

} // namespace exarch::worker
