#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"

#include <string_view>

namespace exarch::aws {

/// A separate AWS: credentials, accounts and ARNs never cross from one to another.
struct Partition {
    /// As in ARNs: `aws`, `aws-cn`, `aws-us-gov`, `aws-eusc`, `aws-iso`, …
    std::string_view name;
    /// `amazonaws.com`
    std::string_view dns_suffix;
    /// The same of endpoints that answer by IPv6 too: `api.aws`.
    std::string_view dual_stack_dns_suffix;
    /// Where services without regions are signed: `us-east-1`.
    std::string_view global_region;

    friend bool operator==(const Partition&, const Partition&) = default;
};

/// By the region's name, of regions not yet born too; `aws` where nothing else fits.
/// Source: botocore's partitions.json (regionRegex of each partition).
[[nodiscard]] const Partition& partition_of(const base::Region& region);

/// Fails as invalid, in one line, where `region` is of another partition than `home`, in which our
/// credentials are. `what` names the setting that asks for it.
[[nodiscard]] base::Status require_same_partition(const base::Region& region,
                                                  const base::Region& home, std::string_view what);

/// True for names such as `eu-west-1`, which may be put into a host name.
[[nodiscard]] bool is_region_name(std::string_view text);

} // namespace exarch::aws
