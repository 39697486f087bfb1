#include "worker/depth_reader.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace exarch::worker {

namespace asio = boost::asio;

void DepthReader::begin(std::function<void(bool are_empty)> told) {
    if (is_stopping_) {
        return;
    }
    is_reading_ = true;
    asio::co_spawn(
        executor_, read(std::move(told)),
        asio::bind_cancellation_slot(cancel_.slot(), [this](const std::exception_ptr& failure) {
            is_reading_ = false;
            if (failure) {
                std::rethrow_exception(failure);
            }
        }));
}

void DepthReader::stop() {
    is_stopping_ = true;
    cancel_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> DepthReader::read(std::function<void(bool are_empty)> told) {
    // A cancelled queue answers that it was; that is no exception here.
    co_await asio::this_coro::throw_if_cancelled(false);
    bool are_empty = true;
    for (queue::Queue* queue : queues_) {
        const auto depth = co_await queue->depth();
        if (is_stopping_) {
            co_return;
        }
        if (!depth.has_value()) {
            log_.warn("{}; trying again", depth.error().message());
            co_return;
        }
        are_empty = are_empty && depth->is_empty();
    }
    told(are_empty);
}

} // namespace exarch::worker
