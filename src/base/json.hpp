#pragma once

#include "base/result.hpp"

#include <boost/json.hpp>

#include <cstddef>
#include <string_view>

namespace exarch::base {

/// What parse_json refuses beyond the grammar.
struct JsonLimits {
    /// Nesting of arrays and objects; deeper text is refused before it is built.
    std::size_t depth_max = 32;
    /// Length of the text in bytes. SQS's own limit for a message is 1 MiB.
    std::size_t bytes_max = 1'048'576;
};

/// Reads one JSON document (RFC 8259, UTF-8). Fails as invalid, naming the line (where there are
/// several), the column in bytes and what is wrong there: bad grammar, trailing text, a key that
/// appears twice in one object (whose meaning would be a guess), more depth or bytes than `limits`
/// allow. Memory comes from `storage`.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text, JsonLimits limits = {},
                                                    boost::json::storage_ptr storage = {});

} // namespace exarch::base
