#include "cli/submit/task_sender.hpp"

#include "cli/terminal/progress.hpp"
#include "worker/cloud.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <utility>

namespace exarch::cli {
namespace {

namespace asio = boost::asio;

class TaskSender {
public:
    TaskSender(Submission& submission, const std::string& queue_url, Surroundings surroundings)
        : submission_(submission), queue_(queue_url),
          progress_(surroundings.terminal, surroundings.clock), io_(1) {}

    base::Status send(Surroundings surroundings) {
        EXARCH_TRY(cloud_, worker::Cloud::open(io_.get_executor(), surroundings.clock,
                                               surroundings.environment, queue_.value()));
        EXARCH_TRY(sqs_, cloud_->sqs(queue_.value()));
        constexpr int batches_at_once = 8;
        under_way_ = is_fifo(queue_.value()) ? 1 : batches_at_once;
        for (int i = under_way_; i > 0; --i) {
            asio::co_spawn(io_, work(), [this](const std::exception_ptr& failure) {
                if (failure != nullptr) {
                    std::rethrow_exception(failure);
                }
                // What is left on the executor then is connections that idle.
                if (--under_way_ == 0) {
                    io_.stop();
                }
            });
        }
        io_.run();
        submission_.give_up_rest();
        return {};
    }

private:
    asio::awaitable<void> work() {
        std::optional<Batch> batch = submission_.next();
        while (batch.has_value()) {
            Batch rest = std::move(*batch);
            for (int attempt = 1; !rest.empty(); ++attempt) {
                std::vector<aws::OutgoingMessage> messages = submission_.messages_of(rest);
                const aws::Outcome<aws::SentBatch> outcome =
                    co_await sqs_->send_batch(queue_, std::move(messages));
                rest = submission_.take_answer(rest, outcome, attempt);
                show();
                if (!rest.empty()) {
                    asio::steady_timer timer(io_, Submission::backoff(attempt));
                    co_await timer.async_wait(asio::use_awaitable);
                }
            }
            batch = submission_.next();
        }
    }

    void show() {
        constexpr std::size_t bar_width = 30;
        const auto sent = static_cast<std::int64_t>(submission_.sent());
        const auto all = static_cast<std::int64_t>(submission_.tasks().size());
        progress_.show(
            fmt::format("sending {} {} of {} tasks", render_bar(sent, all, bar_width), sent, all));
    }

    Submission& submission_;
    aws::QueueUrl queue_;
    Progress progress_;
    asio::io_context io_;
    std::unique_ptr<worker::Cloud> cloud_;
    std::unique_ptr<aws::Sqs> sqs_;
    int under_way_ = 0;
};

} // namespace

bool is_fifo(std::string_view queue_url) {
    return queue_url.ends_with(".fifo");
}

base::Status send_all(Submission& submission, const std::string& queue_url,
                      Surroundings surroundings) {
    TaskSender sender(submission, queue_url, surroundings);
    return sender.send(surroundings);
}

} // namespace exarch::cli
