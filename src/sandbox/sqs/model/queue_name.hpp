#pragma once

#include "base/identifier.hpp"
#include "sandbox/sqs/fallible.hpp"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox::sqs {

/// Where a queue is, whose it is, and what it's called: what its URL and its ARN say.
struct QueueName {
    base::Region region;
    base::AccountId account;
    std::string name;

    friend auto operator<=>(const QueueName&, const QueueName&) = default;
};

/// `arn:aws:sqs:eu-west-1:111122223333:tasks`; the partition follows from the region.
[[nodiscard]] std::string format_arn(const QueueName& queue);

/// None where the text is no ARN of a queue.
[[nodiscard]] std::optional<QueueName> parse_arn(std::string_view arn);

/// Account and name from the last two parts of a queue's URL, whatever the host. A name alone is
/// that of a queue of `account`, the caller's. The region is that of the request's signature.
[[nodiscard]] std::optional<QueueName>
parse_queue_url(std::string_view url, const base::Region& region, const base::AccountId& account);

/// 1 to 80 letters, digits, `-` and `_`; a FIFO queue's ends in `.fifo` and no other's does.
[[nodiscard]] Permitted check_queue_name(std::string_view name, bool is_fifo);

} // namespace exarch::sandbox::sqs
