#include "sandbox/sqs/model/digest.hpp"

#include "base/assert.hpp"
#include "base/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>

namespace exarch::sandbox::sqs {
namespace {

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t group_digits = 4;
constexpr std::size_t group_bytes = 3;

const unsigned char* as_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::size_t padding_of(std::string_view text) {
    if (text.ends_with("==")) {
        return 2;
    }
    return text.ends_with('=') ? 1 : 0;
}

} // namespace

std::string md5_hex(std::string_view bytes) {
    // Found by its name once: that takes longer than to digest a short text.
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md5(
        EVP_MD_fetch(nullptr, "MD5", nullptr), &EVP_MD_free);
    EXARCH_ASSERT(md5 != nullptr);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    const int good =
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, md5.get(), nullptr);
    EXARCH_ASSERT(good == 1);
    return base::format_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string encode_base64(std::string_view bytes) {
    // OpenSSL ends what it writes with a zero, which is not part of the text.
    std::string text((bytes.size() + group_bytes - 1) / group_bytes * group_digits + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                       as_bytes(bytes), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    const std::size_t padding = padding_of(text);
    const std::string_view digits = text.substr(0, text.size() - padding);
    if (text.size() % group_digits != 0 ||
        digits.find_first_not_of(base64_digits) != std::string_view::npos) {
        return std::nullopt;
    }
    std::string bytes(text.size() / group_digits * group_bytes, '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                       as_bytes(text), static_cast<int>(text.size()));
    if (length < 0) {
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

} // namespace exarch::sandbox::sqs
