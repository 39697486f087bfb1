#include "base/sha256.hpp"

#include "base/assert.hpp"

#include <openssl/evp.h>

#include <initializer_list>
#include <memory>

namespace exarch::base {
namespace {

// Looking the algorithm up and allocating a context cost more than hashing a short text, so each
// thread keeps both.
class Hasher {
public:
    Hasher()
        : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free),
          context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        EXARCH_ASSERT(algorithm_ != nullptr);
        EXARCH_ASSERT(context_ != nullptr);
    }

    Sha256 digest(std::initializer_list<std::string_view> parts) {
        Sha256 result;
        bool good = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1;
        for (const std::string_view part : parts) {
            good = good && EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1;
        }
        good = good && EVP_DigestFinal_ex(context_.get(), result.data(), nullptr) == 1;
        EXARCH_ASSERT(good);
        return result;
    }

private:
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_;
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

Hasher& hasher() {
    thread_local Hasher instance;
    return instance;
}

std::string_view view(const Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

} // namespace

Sha256 sha256(std::string_view bytes) {
    return hasher().digest({bytes});
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
    constexpr std::size_t block_bytes = 64;
    Sha256 hashed_key;
    if (key.size() > block_bytes) {
        hashed_key = sha256(key);
        key = view(hashed_key);
    }
    std::array<char, block_bytes> inner;
    std::array<char, block_bytes> outer;
    inner.fill(0x36);
    outer.fill(0x5c);
    for (std::size_t i = 0; i < key.size(); ++i) {
        inner[i] = static_cast<char>(inner[i] ^ key[i]);
        outer[i] = static_cast<char>(outer[i] ^ key[i]);
    }
    const Sha256 first = hasher().digest({{inner.data(), inner.size()}, bytes});
    return hasher().digest({{outer.data(), outer.size()}, view(first)});
}

std::string format_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(bytes.size() * 2, '0');
    auto digit = text.begin();
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        *digit++ = digits[value >> 4U];
        *digit++ = digits[value & 0xfU];
    }
    return text;
}

std::string format_hex(const Sha256& digest) {
    return format_hex(view(digest));
}

} // namespace exarch::base
