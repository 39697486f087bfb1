#include "simulate/workload.hpp"

#include "base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace exarch::simulate {
namespace {

using base::Duration;

constexpr std::uint64_t entries_in_a_message = 10;
constexpr std::size_t recent_max = 1000;
constexpr Duration span_max = std::chrono::days(30);

base::Result<Arrival> refuse() {
    return std::unexpected(
        base::Error(base::ErrorKind::invalid,
                    "is no arrival; write burst, 'burst 10m' or 'steady 1h', of 30d at most"));
}

} // namespace

base::Result<Arrival> parse_arrival(std::string_view text) {
    const std::size_t space = text.find(' ');
    const std::string_view kind = text.substr(0, space);
    const bool is_steady = kind == "steady";
    if (!is_steady && kind != "burst") {
        return refuse();
    }
    Arrival arrival{.kind = is_steady ? Arrival::Kind::steady : Arrival::Kind::burst, .span = {}};
    if (space == std::string_view::npos) {
        return is_steady ? refuse() : arrival;
    }
    const auto span = base::parse_duration(text.substr(space + 1));
    if (!span.has_value() || *span > span_max || *span <= Duration()) {
        return refuse();
    }
    arrival.span = *span;
    return arrival;
}

Workload::Workload(const Arrival& arrival, std::uint64_t messages, std::uint64_t seed)
    : arrival_(arrival), messages_(messages), dice_(seed) {}

std::optional<Duration> Workload::next_at() const {
    return taken_ == messages_ ? std::nullopt : std::optional(next_at_);
}

std::string Workload::take() {
    EXARCH_ASSERT(taken_ < messages_);
    std::string text = body(taken_++);
    const double gap = static_cast<double>(arrival_.span.count()) / static_cast<double>(messages_);
    if (arrival_.kind == Arrival::Kind::burst) {
        next_at_ = Duration(static_cast<Duration::rep>(gap * static_cast<double>(taken_)));
    } else {
        // Of independent senders the gaps are exponential; who would come after the span comes at
        // its end.
        next_at_ += Duration(static_cast<Duration::rep>(-std::log(1 - dice_.fraction()) * gap));
        next_at_ = std::min(next_at_, arrival_.span);
    }
    return text;
}

SyntheticWorkload::SyntheticWorkload(SyntheticParams params, const Arrival& arrival,
                                     std::uint64_t seed)
    : Workload(arrival, (params.operations + entries_in_a_message - 1) / entries_in_a_message,
               seed),
      params_(std::move(params)) {}

std::string SyntheticWorkload::body(std::uint64_t number) {
    const std::uint64_t left = params_.operations - number * entries_in_a_message;
    std::string text = R"({"entries":[)";
    for (std::uint64_t i = 0; i < std::min(left, entries_in_a_message); ++i) {
        text += i == 0 ? "" : ",";
        text += entry();
    }
    return text + "]}";
}

std::string SyntheticWorkload::entry() {
    if (!recent_.empty() && chance(params_.duplicates)) {
        return recent_[below(recent_.size())];
    }
    const base::AccountId& account = params_.accounts[below(params_.accounts.size())];
    const std::uint64_t section = below(100);
    const std::string page =
        chance(params_.wildcards) ? "*" : fmt::format("page-{}.html", entries_);
    std::string text =
        fmt::format(R"({{"aws_account_id":"{0}","cloudfront_distribution_id":)"
                    R"("E{0}N{1}","invalidation_path":"/section{2}/{3}"}})",
                    account.value(), below(params_.distributions) + 1, section, page);
    if (recent_.size() < recent_max) {
        recent_.push_back(text);
    } else {
        recent_[entries_ % recent_max] = text;
    }
    ++entries_;
    return text;
}

} // namespace exarch::simulate
