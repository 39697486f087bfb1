#include "lambda/table/ticks.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <boost/json/object.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace exarch::lambda {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::string_view account_key = "aws_account_id";
/// SQS's longest DelaySeconds, as its API reference of SendMessage has it.
constexpr std::chrono::seconds delay_longest{900};
constexpr base::JsonLimits tick_limits{.depth_max = 2, .bytes_max = 1024};

} // namespace

std::string format_tick(const base::AccountId& account) {
    return fmt::format(R"({{"{}":"{}"}})", account_key, account.value());
}

std::optional<base::AccountId> parse_tick(std::string_view body) {
    const auto parsed = base::parse_json(body, tick_limits);
    const json::object* object = parsed.has_value() ? parsed->if_object() : nullptr;
    const json::value* account = object == nullptr ? nullptr : object->if_contains(account_key);
    if (account == nullptr || !account->is_string() ||
        !base::is_account_id(account->get_string())) {
        return std::nullopt;
    }
    return base::AccountId(std::string(account->get_string()));
}

std::optional<std::chrono::seconds> delay_of(const Tick& tick, base::Timestamp now) {
    const auto delay = std::chrono::ceil<std::chrono::seconds>(
        std::max<base::Timestamp::duration>(tick.due - now, {}));
    return delay > delay_longest ? std::nullopt : std::optional(delay);
}

std::vector<Tick> ticks_of_sweep(const std::vector<table::DueAccount>& accounts,
                                 base::Timestamp now) {
    std::vector<Tick> ticks;
    for (const table::DueAccount& each : accounts) {
        const bool is_lost = each.due <= now - sweep_every;
        const bool comes_before_the_next = each.due > now && each.due <= now + sweep_every;
        if (is_lost || comes_before_the_next) {
            ticks.push_back({each.account, each.due});
        }
    }
    return ticks;
}

asio::awaitable<base::Status> TickQueue::send(std::vector<Tick> ticks) const {
    std::vector<aws::OutgoingMessage> messages;
    const base::Timestamp now = clock_.now().wall;
    for (const Tick& tick : ticks) {
        if (const auto delay = delay_of(tick, now)) {
            aws::OutgoingMessage message;
            message.body = format_tick(tick.account);
            message.delay = *delay;
            messages.push_back(std::move(message));
        }
    }
    Unsent unsent;
    for (std::size_t first = 0; first < messages.size(); first += aws::sqs_batch_entries_max) {
        const std::size_t last = std::min(first + aws::sqs_batch_entries_max, messages.size());
        std::vector<aws::OutgoingMessage> batch(
            messages.begin() + static_cast<std::ptrdiff_t>(first),
            messages.begin() + static_cast<std::ptrdiff_t>(last));
        Unsent left = co_await send_batch(std::move(batch));
        if (left.count > 0) {
            unsent = {.count = unsent.count + left.count, .why = std::move(left.why)};
        }
    }
    if (unsent.count > 0) {
        co_return std::unexpected(
            base::Error(base::ErrorKind::unreachable,
                        fmt::format("{} of {} ticks could not be sent to {}: {}", unsent.count,
                                    messages.size(), url_.value(), unsent.why)));
    }
    co_return base::Status();
}

asio::awaitable<TickQueue::Unsent>
TickQueue::send_batch(std::vector<aws::OutgoingMessage> messages) const {
    constexpr int attempts_max = 2;
    Unsent unsent;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        std::vector<aws::OutgoingMessage> batch = messages;
        aws::QueueUrl url = url_;
        const auto sent = co_await send_(std::move(url), std::move(batch));
        if (sent.has_value() && sent->failures.empty()) {
            co_return Unsent();
        }
        unsent = sent.has_value() ? Unsent{.count = sent->failures.size(),
                                           .why = sent->failures.front().failure.message}
                                  : Unsent{.count = messages.size(), .why = sent.error().message};
    }
    co_return unsent;
}

bool is_queue(std::string_view arn, const aws::QueueUrl& url) {
    const auto parts = base::split_arn(arn);
    const auto identity = aws::identity_of(url);
    if (!parts || !identity) {
        return false;
    }
    const auto& [prefix, partition, service, region, account, name] = *parts;
    const auto its_region = aws::region_of(aws::canonical_url(url));
    return account == identity->account.value() && name == identity->name &&
           (!its_region || region == its_region->value());
}

} // namespace exarch::lambda
