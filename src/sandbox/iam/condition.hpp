#pragma once

#include "base/result.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox {

/// What is known about a call, by names in lower case: `aws:principalarn` → its value.
using ConditionKeys = std::map<std::string, std::string, std::less<>>;

enum class Comparison : std::uint8_t { equal, like, arn, boolean };

/// One line of a Condition block: it holds where the key has one of the values.
struct Condition {
    Comparison comparison = Comparison::equal;
    /// `StringNotEquals` and the like: holds where the key has none of the values, or is absent.
    bool is_negated = false;
    /// `…IfExists`: holds where the key is absent.
    bool if_exists = false;
    /// In lower case.
    std::string key;
    std::vector<std::string> values;

    friend bool operator==(const Condition&, const Condition&) = default;
};

/// `token.example.com:aud` or `…:sub`: what an identity provider says, known only while a role is
/// assumed by its word. In lower case.
[[nodiscard]] bool is_provider_key(std::string_view key);

[[nodiscard]] bool holds(const Condition& condition, const ConditionKeys& keys);

/// Reads a Condition block. Fails as not found on operators and keys that the sandbox can't judge,
/// so that none is ignored, and as invalid on what is no Condition block; the message names the
/// place below `place` and what there is.
[[nodiscard]] base::Result<std::vector<Condition>> parse_conditions(const boost::json::value& block,
                                                                    const std::string& place);

} // namespace exarch::sandbox
