#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/record.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::ledger {

/// Milliseconds since 1970, as every time is stored.
[[nodiscard]] std::int64_t encode_time(base::Timestamp time);
[[nodiscard]] std::optional<std::int64_t> encode_time(std::optional<base::Timestamp> time);
[[nodiscard]] base::Timestamp decode_time(std::int64_t milliseconds);
[[nodiscard]] std::optional<base::Timestamp> decode_time(std::optional<std::int64_t> milliseconds);

/// What an optional text is stored as.
[[nodiscard]] std::optional<std::string_view> null_if_empty(std::string_view text);

/// A UUID or a digest as half as many bytes, where the text is one in canonical form (lower case,
/// hyphens where they belong); the text as it is otherwise, NULL where it is empty. Exact both
/// ways. Refers to the text it is made from.
class CompactText {
public:
    explicit CompactText(std::string_view text);
    CompactText(const CompactText&) = delete;
    CompactText& operator=(const CompactText&) = delete;

    /// Whether bytes() are the short form, for a BLOB; for TEXT otherwise.
    [[nodiscard]] bool is_short() const { return size_ != 0; }
    /// Views into this object or into the text.
    [[nodiscard]] std::string_view bytes() const;

private:
    std::string_view text_;
    std::array<char, 32> short_{};
    std::size_t size_ = 0;
};

/// The text of a CompactText's short form, of 16 bytes (a UUID) or 32 (a digest).
[[nodiscard]] std::string expand_compact(std::string_view short_form);

/// Ids in their order, runs shortened: `3-17,19,5-6`.
[[nodiscard]] std::string encode_operations(std::span<const OperationId> operations);
/// Fails as corrupt on anything that encode_operations does not write, and on more than ten
/// million ids, which only damage can ask for.
[[nodiscard]] base::Result<std::vector<OperationId>> decode_operations(std::string_view text);

/// One item a line, each ended by a newline; no item contains one.
void append_item(std::string& lines, std::string_view item);
[[nodiscard]] std::vector<std::string> decode_items(std::string_view lines);
/// The item in line `index`, empty where there is none. A view into `lines`.
[[nodiscard]] std::string_view item_at(std::string_view lines, std::int64_t index);

} // namespace exarch::ledger
