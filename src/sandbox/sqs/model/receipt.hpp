#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox::sqs {

/// What a receipt handle stands for: one delivery of one message of one queue.
struct Receipt {
    /// Of the queue's whole life: one created anew under the same name has another.
    std::uint64_t queue = 0;
    std::uint64_t message = 0;
    std::uint64_t delivery = 0;

    friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// An opaque handle, as clients get it.
[[nodiscard]] std::string format_receipt(const Receipt& receipt);

/// None where the text is no handle that format_receipt ever made.
[[nodiscard]] std::optional<Receipt> parse_receipt(std::string_view handle);

} // namespace exarch::sandbox::sqs
