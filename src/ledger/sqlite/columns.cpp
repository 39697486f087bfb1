#include "ledger/sqlite/columns.hpp"

#include <algorithm>
#include <charconv>

namespace exarch::ledger {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t uuid_length = 36;
constexpr std::size_t digest_length = 64;
constexpr std::int64_t operations_max = 10'000'000;

bool is_hyphen_place(std::size_t index) {
    return index == 8 || index == 13 || index == 18 || index == 23;
}

int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

void append_number(std::string& text, std::int64_t number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    text.append(digits.data(), end.ptr);
}

base::Error bad_list(std::string_view text) {
    return base::Error(base::ErrorKind::corrupt, "a call's list of operations cannot be read: `" +
                                                     std::string(text.substr(0, 40)) + "`");
}

bool read_number(std::string_view& text, std::int64_t& number) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc() || number < 0) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
    return true;
}

bool skip(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

} // namespace

std::int64_t encode_time(base::Timestamp time) {
    return time.time_since_epoch().count();
}

std::optional<std::int64_t> encode_time(std::optional<base::Timestamp> time) {
    return time ? std::optional(encode_time(*time)) : std::nullopt;
}

base::Timestamp decode_time(std::int64_t milliseconds) {
    return base::Timestamp(std::chrono::milliseconds(milliseconds));
}

std::optional<base::Timestamp> decode_time(std::optional<std::int64_t> milliseconds) {
    return milliseconds ? std::optional(decode_time(*milliseconds)) : std::nullopt;
}

std::optional<std::string_view> null_if_empty(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

CompactText::CompactText(std::string_view text) : text_(text) {
    const bool uuid = text.size() == uuid_length;
    if (!uuid && text.size() != digest_length) {
        return;
    }
    std::size_t digits = 0;
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (uuid && is_hyphen_place(index)) {
            if (text[index] != '-') {
                return;
            }
            continue;
        }
        const int value = digit_value(text[index]);
        if (value < 0) {
            return;
        }
        char& byte = short_[digits / 2];
        byte = static_cast<char>(static_cast<unsigned char>(byte) << 4U | value);
        ++digits;
    }
    size_ = digits / 2;
}

std::string_view CompactText::bytes() const {
    return is_short() ? std::string_view(short_.data(), size_) : text_;
}

std::string expand_compact(std::string_view short_form) {
    std::string text;
    const bool uuid = short_form.size() == 16;
    for (const char byte : short_form) {
        if (uuid && is_hyphen_place(text.size())) {
            text += '-';
        }
        const auto value = static_cast<unsigned char>(byte);
        text += hex_digits[value >> 4U];
        text += hex_digits[value & 0xfU];
    }
    return text;
}

std::string encode_operations(std::span<const OperationId> operations) {
    std::string text;
    for (std::size_t start = 0; start < operations.size();) {
        std::size_t end = start + 1;
        while (end < operations.size() &&
               operations[end].value() == operations[end - 1].value() + 1) {
            ++end;
        }
        if (start != 0) {
            text += ',';
        }
        append_number(text, operations[start].value());
        if (end - start > 1) {
            text += '-';
            append_number(text, operations[end - 1].value());
        }
        start = end;
    }
    return text;
}

base::Result<std::vector<OperationId>> decode_operations(std::string_view text) {
    std::vector<OperationId> operations;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::int64_t first = 0;
        if (!read_number(rest, first)) {
            return std::unexpected(bad_list(text));
        }
        std::int64_t last = first;
        if (skip(rest, '-') && (!read_number(rest, last) || last <= first)) {
            return std::unexpected(bad_list(text));
        }
        if (last - first >= operations_max - static_cast<std::int64_t>(operations.size())) {
            return std::unexpected(bad_list(text));
        }
        for (std::int64_t id = first; id <= last; ++id) {
            operations.emplace_back(id);
        }
        if (!rest.empty() && (!skip(rest, ',') || rest.empty())) {
            return std::unexpected(bad_list(text));
        }
    }
    // The same ids can be written in other ways, of which none is ours.
    if (encode_operations(operations) != text) {
        return std::unexpected(bad_list(text));
    }
    return operations;
}

void append_item(std::string& lines, std::string_view item) {
    lines.append(item).append("\n");
}

std::vector<std::string> decode_items(std::string_view lines) {
    std::vector<std::string> items;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        items.emplace_back(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return items;
}

std::string_view item_at(std::string_view lines, std::int64_t index) {
    for (; index > 0 && !lines.empty(); --index) {
        lines.remove_prefix(std::min(std::min(lines.find('\n'), lines.size()) + 1, lines.size()));
    }
    return lines.substr(0, lines.find('\n'));
}

} // namespace exarch::ledger
