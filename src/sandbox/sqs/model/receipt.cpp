#include "sandbox/sqs/model/receipt.hpp"

#include "sandbox/dice.hpp"
#include "sandbox/sqs/model/digest.hpp"

namespace exarch::sandbox::sqs {
namespace {

// Real handles begin like this too; nobody should rely on it.
constexpr std::string_view handle_prefix = "AQEB";
constexpr std::size_t number_bytes = 8;
constexpr unsigned byte_bits = 8;

// Finds typing errors and handles made up; it isn't meant to stop a forger.
std::uint64_t check_of(const Receipt& receipt) {
    return scramble(receipt.queue + scramble(receipt.message + scramble(receipt.delivery)));
}

void append(std::string& bytes, std::uint64_t number) {
    for (std::size_t i = 0; i < number_bytes; ++i) {
        bytes += static_cast<char>((number >> (byte_bits * i)) & 0xffU);
    }
}

std::uint64_t read(std::string_view bytes, std::size_t position) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < number_bytes; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[position * number_bytes + i]);
        number |= static_cast<std::uint64_t>(byte) << (byte_bits * i);
    }
    return number;
}

} // namespace

std::string format_receipt(const Receipt& receipt) {
    std::string bytes;
    for (const std::uint64_t number :
         {receipt.queue, receipt.message, receipt.delivery, check_of(receipt)}) {
        append(bytes, number);
    }
    return std::string(handle_prefix) + encode_base64(bytes);
}

std::optional<Receipt> parse_receipt(std::string_view handle) {
    constexpr std::size_t numbers = 4;
    if (!handle.starts_with(handle_prefix)) {
        return std::nullopt;
    }
    const std::optional<std::string> bytes = decode_base64(handle.substr(handle_prefix.size()));
    if (!bytes.has_value() || bytes->size() != numbers * number_bytes) {
        return std::nullopt;
    }
    const Receipt receipt{read(*bytes, 0), read(*bytes, 1), read(*bytes, 2)};
    return read(*bytes, 3) == check_of(receipt) ? std::optional(receipt) : std::nullopt;
}

} // namespace exarch::sandbox::sqs
