#include "aws/partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace exarch::aws {
namespace {

struct PartitionRule {
    std::string_view region_prefix;
    Partition partition;
};

/// The first prefix that fits decides; the last fits everything.
constexpr std::array<PartitionRule, 8> rules = {{
    {"cn-", {"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1"}},
    {"us-gov-", {"aws-us-gov", "amazonaws.com", "api.aws", "us-gov-west-1"}},
    {"eusc-", {"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"}},
    {"us-iso-", {"aws-iso", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"}},
    {"us-isob-", {"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"}},
    {"eu-isoe-", {"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"}},
    {"us-isof-", {"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"}},
    {"", {"aws", "amazonaws.com", "api.aws", "us-east-1"}},
}};

} // namespace

const Partition& partition_of(const base::Region& region) {
    const auto* const rule = std::ranges::find_if(rules, [&region](const PartitionRule& each) {
        return region.value().starts_with(each.region_prefix);
    });
    return rule->partition;
}

base::Status require_same_partition(const base::Region& region, const base::Region& home,
                                    std::string_view what) {
    const std::string_view there = partition_of(region).name;
    const std::string_view here = partition_of(home).name;
    if (there == here) {
        return {};
    }
    return std::unexpected(base::Error(
        base::ErrorKind::invalid,
        fmt::format("{} is {}, in the partition {}, but this process works from {}, in {}: roles "
                    "can't be assumed across; serve that account by a worker in a region of {}",
                    what, region.value(), there, home.value(), here, there)));
}

bool is_region_name(std::string_view text) {
    constexpr std::size_t length_max = 32;
    const auto is_letter = [](char letter) { return letter >= 'a' && letter <= 'z'; };
    const auto is_allowed = [&is_letter](char letter) {
        return is_letter(letter) || (letter >= '0' && letter <= '9') || letter == '-';
    };
    return !text.empty() && text.size() <= length_max && is_letter(text.front()) &&
           text.back() != '-' && std::ranges::all_of(text, is_allowed);
}

} // namespace exarch::aws
