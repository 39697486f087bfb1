#include "sandbox/sqs/model/queue_name.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::sandbox::sqs {
namespace {

constexpr std::size_t name_characters_max = 80;
constexpr std::string_view fifo_suffix = ".fifo";

std::string_view partition_of(std::string_view region) {
    if (region.starts_with("cn-")) {
        return "aws-cn";
    }
    if (region.starts_with("us-gov-")) {
        return "aws-us-gov";
    }
    return region.starts_with("eusc-") ? "aws-eusc" : "aws";
}

bool is_name_part(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool has_name_form(std::string_view name) {
    if (name.size() > name_characters_max) {
        return false;
    }
    if (name.ends_with(fifo_suffix)) {
        name.remove_suffix(fifo_suffix.size());
    }
    return !name.empty() && std::ranges::all_of(name, is_name_part);
}

} // namespace

std::string format_arn(const QueueName& queue) {
    return fmt::format(FMT_COMPILE("arn:{}:sqs:{}:{}:{}"), partition_of(queue.region.value()),
                       queue.region.value(), queue.account.value(), queue.name);
}

std::optional<QueueName> parse_arn(std::string_view arn) {
    constexpr std::size_t parts_count = 6;
    std::array<std::string_view, parts_count> parts;
    for (std::size_t i = 0; i < parts_count; ++i) {
        const std::size_t colon = i + 1 < parts_count ? arn.find(':') : arn.size();
        if (colon == std::string_view::npos) {
            return std::nullopt;
        }
        parts[i] = arn.substr(0, colon);
        arn.remove_prefix(std::min(colon + 1, arn.size()));
    }
    const auto& [scheme, partition, service, region, account, name] = parts;
    if (scheme != "arn" || service != "sqs" || partition != partition_of(region) ||
        region.empty() || !base::is_account_id(account) || !has_name_form(name)) {
        return std::nullopt;
    }
    return QueueName{base::Region(region), base::AccountId(account), std::string(name)};
}

std::optional<QueueName> parse_queue_url(std::string_view url, const base::Region& region,
                                         const base::AccountId& account) {
    if (has_name_form(url)) {
        return QueueName{region, account, std::string(url)};
    }
    const std::size_t scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        const std::size_t path = url.find('/', scheme + 3);
        url = url.substr(std::min(path, url.size()));
    }
    if (!url.starts_with('/')) {
        return std::nullopt;
    }
    url.remove_prefix(1);
    const std::size_t slash = url.find('/');
    if (slash == std::string_view::npos || !base::is_account_id(url.substr(0, slash)) ||
        !has_name_form(url.substr(slash + 1))) {
        return std::nullopt;
    }
    return QueueName{region, base::AccountId(url.substr(0, slash)),
                     std::string(url.substr(slash + 1))};
}

Permitted check_queue_name(std::string_view name, bool is_fifo) {
    if (is_fifo && (!name.ends_with(fifo_suffix) || !has_name_form(name))) {
        return invalid_parameter("The name of a FIFO queue can only include alphanumeric "
                                 "characters, hyphens, or underscores, must end with .fifo suffix "
                                 "and be 1 to 80 in length.");
    }
    if (!is_fifo && (name.ends_with(fifo_suffix) || !has_name_form(name))) {
        return invalid_parameter("Can only include alphanumeric characters, hyphens, or "
                                 "underscores. 1 to 80 in length");
    }
    return {};
}

} // namespace exarch::sandbox::sqs
