#pragma once

#include <boost/json.hpp>

#include <string>
#include <vector>

namespace exarch::aws {

struct KeyElement {
    std::string name;
    /// `S`, `N` or `B`
    std::string type;
    /// Of the items of one partition, rather than of the partition.
    bool is_sort_key = false;

    friend bool operator==(const KeyElement&, const KeyElement&) = default;
};

struct IndexDescription {
    std::string name;
    /// `ACTIVE`, `CREATING`, …
    std::string status;
    std::vector<KeyElement> key;
};

/// What DescribeTable tells that matters to who uses the table.
struct TableDescription {
    std::string arn;
    /// `ACTIVE`, `CREATING`, …
    std::string status;
    std::vector<KeyElement> key;
    std::vector<IndexDescription> indexes;
};

/// Whether DynamoDB deletes items that have expired, and how it knows them.
struct TimeToLive {
    /// `ENABLED`, `ENABLING`, `DISABLED` or `DISABLING`
    std::string status;
    /// Holds the time, in seconds since 1970; empty where nothing is deleted.
    std::string attribute;
};

/// Reads DynamoDB's TableDescription; what is missing stays empty.
[[nodiscard]] TableDescription description_of(const boost::json::object& table);

} // namespace exarch::aws
