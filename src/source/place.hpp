#pragma once

#include "base/identifier.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::source {

/// Where a configuration is kept.
struct Place {
    enum class Kind : std::uint8_t {
        file,
        /// Of AWS Systems Manager's Parameter Store.
        parameter,
        /// Of a DynamoDB table: items that share a partition key, the latest and each version.
        table,
    };

    Kind kind = Kind::file;
    /// A file's path, or a parameter's or table's name or ARN.
    std::string name = {};
    /// The partition key of a table's items: `config`.
    std::string item = {};
    /// None: the latest. A file has none.
    std::optional<std::int64_t> version = {};

    friend bool operator==(const Place&, const Place&) = default;
};

/// Reads `ssm:/exarch/config`, `dynamodb:exarch#config`, either with `:3` behind it for that
/// version; anything else is a file. Fails as invalid: what is wrong, and what would be right.
[[nodiscard]] base::Result<Place> parse_place(std::string_view text);

/// As it is written.
[[nodiscard]] std::string format(const Place& place);

/// What errors call it at a version: `ssm:/exarch/config (version 3)`.
[[nodiscard]] std::string format_at(const Place& place, std::int64_t version);

/// The region in an ARN; none where the name is none.
[[nodiscard]] std::optional<base::Region> region_of(const Place& place);

/// Where an ARN is made of a name.
struct Neighbourhood {
    std::string partition;
    base::Region region;
    /// `*` where it is not known.
    std::string account = "*";
};

/// The ARN of the parameter or table, as a policy names it; the name itself where it is one.
[[nodiscard]] std::string arn_of(const Place& place, const Neighbourhood& around);

} // namespace exarch::source
