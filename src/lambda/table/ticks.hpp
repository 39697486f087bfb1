#pragma once

#include "aws/sqs.hpp"
#include "base/identifier.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "table/due_accounts.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::lambda {

/// Says that an account may have something to do. It carries no authority: whoever gets it looks
/// into the table, and does what stands there.
struct Tick {
    base::AccountId account;
    /// Nothing is to do before.
    base::Timestamp due;

    friend bool operator==(const Tick&, const Tick&) = default;
};

/// `{"aws_account_id":"111122223333"}`
[[nodiscard]] std::string format_tick(const base::AccountId& account);
/// None where it is anything else.
[[nodiscard]] std::optional<base::AccountId> parse_tick(std::string_view body);

/// How long SQS is to keep a tick back: to the whole second in which it is due. None where that is
/// longer than SQS can (15 minutes): the sweep finds it.
[[nodiscard]] std::optional<std::chrono::seconds> delay_of(const Tick& tick, base::Timestamp now);

/// What a sweep sends, of accounts that are due by the next sweep: ticks for those whose own must
/// be lost, and for those that come due before the next one, for of waits too long for a tick
/// nobody else knows.
[[nodiscard]] std::vector<Tick> ticks_of_sweep(const std::vector<table::DueAccount>& accounts,
                                               base::Timestamp now);
/// A rule calls it each minute; so long a tick may be late before it counts as lost.
inline constexpr std::chrono::milliseconds sweep_every = std::chrono::minutes(1);

/// The queue of ticks. `clock` must outlive it, and it the coroutines that it returned.
class TickQueue {
public:
    /// As aws::Sqs::send_batch().
    using Send = std::function<boost::asio::awaitable<aws::Outcome<aws::SentBatch>>(
        aws::QueueUrl, std::vector<aws::OutgoingMessage>)>;

    TickQueue(Send send, const base::Clock& clock, aws::QueueUrl url)
        : send_(std::move(send)), clock_(clock), url_(std::move(url)) {}

    [[nodiscard]] const aws::QueueUrl& url() const { return url_; }
    /// Sends them, each once more where it is not known to be sent: a tick too many does nothing.
    /// Fails where some are not sent, and says how many; the sweep makes up for them.
    [[nodiscard]] boost::asio::awaitable<base::Status> send(std::vector<Tick> ticks) const;

private:
    struct Unsent {
        std::size_t count = 0;
        std::string why;
    };
    [[nodiscard]] boost::asio::awaitable<Unsent>
    send_batch(std::vector<aws::OutgoingMessage> messages) const;

    Send send_;
    const base::Clock& clock_;
    aws::QueueUrl url_;
};

/// Whether an ARN, as an event source mapping names a queue, is that of the queue with this URL:
/// both name its account and itself, and its region, where the URL is one of AWS's.
[[nodiscard]] bool is_queue(std::string_view arn, const aws::QueueUrl& url);

} // namespace exarch::lambda
