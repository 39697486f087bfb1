#include "sandbox/iam/key_set.hpp"

#include "base/assert.hpp"
#include "sandbox/control/json_reader.hpp"
#include "sandbox/sqs/model/digest.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <utility>

namespace exarch::sandbox {
namespace {

using base::Result;

template <class T, void (*Free)(T*)>
struct Freed {
    void operator()(T* pointer) const { Free(pointer); }
};
using Number = std::unique_ptr<BIGNUM, Freed<BIGNUM, &BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD, &OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM, &OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX, &EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX, &EVP_MD_CTX_free>>;
using CurveSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG, &ECDSA_SIG_free>>;

struct Curve {
    std::string_view name;
    const char* group;
    /// Of a coordinate, and of half a signature.
    std::size_t bytes;
};

constexpr std::array<Curve, 3> curves{
    {{"P-256", "P-256", 32}, {"P-384", "P-384", 48}, {"P-521", "P-521", 66}}};

struct Algorithm {
    std::string_view name;
    std::string_view kind;
    const char* digest;
};

constexpr std::array<Algorithm, 6> algorithms{{{"RS256", "RSA", "SHA256"},
                                               {"RS384", "RSA", "SHA384"},
                                               {"RS512", "RSA", "SHA512"},
                                               {"ES256", "P-256", "SHA256"},
                                               {"ES384", "P-384", "SHA384"},
                                               {"ES512", "P-521", "SHA512"}}};

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
    return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

/// Null where OpenSSL finds that it is none: a point that is not on its curve, say.
std::shared_ptr<EVP_PKEY> make_key(const char* kind, OSSL_PARAM_BLD* builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
    EVP_PKEY* made = nullptr;
    const bool is_made =
        parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
    return is_made ? std::shared_ptr<EVP_PKEY>(made, &EVP_PKEY_free) : nullptr;
}

Result<std::string> read_bytes(const JsonReader& reader, std::string_view member) {
    EXARCH_CHECK(reader.required(member));
    EXARCH_TRY(const std::string text, reader.text(member, ""));
    auto bytes = decode_base64url(text);
    if (!bytes || bytes->empty()) {
        return base::invalid(reader.place(member) + ": must be in Base64 as JWKS writes it");
    }
    return std::move(*bytes);
}

Result<std::shared_ptr<EVP_PKEY>> read_rsa(const JsonReader& reader) {
    constexpr int bits_min = 2048;
    EXARCH_TRY(const std::string modulus, read_bytes(reader, "n"));
    EXARCH_TRY(const std::string exponent, read_bytes(reader, "e"));
    const Number n = number_of(modulus);
    const Number e = number_of(exponent);
    const Builder builder(OSSL_PARAM_BLD_new());
    if (BN_num_bits(n.get()) < bits_min ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return base::invalid(
            fmt::format("{}: an RSA key has at least {} bits", reader.place("n"), bits_min));
    }
    auto key = make_key("RSA", builder.get());
    return key ? Result<std::shared_ptr<EVP_PKEY>>(std::move(key))
               : base::invalid(reader.place("n") + ": is no RSA key");
}

Result<std::shared_ptr<EVP_PKEY>> read_point(const JsonReader& reader, const Curve& curve) {
    EXARCH_TRY(const std::string x, read_bytes(reader, "x"));
    EXARCH_TRY(const std::string y, read_bytes(reader, "y"));
    // Uncompressed, as SEC 1 writes points.
    const std::string point = "\x04" + x + y;
    const Builder builder(OSSL_PARAM_BLD_new());
    auto key = x.size() == curve.bytes && y.size() == curve.bytes &&
                       OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                                       curve.group, 0) == 1 &&
                       OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                        point.data(), point.size()) == 1
                   ? make_key("EC", builder.get())
                   : nullptr;
    return key ? Result<std::shared_ptr<EVP_PKEY>>(std::move(key))
               : base::invalid(fmt::format("{}: is no point of {}", reader.place("x"), curve.name));
}

/// The two numbers of an ECDSA signature side by side → as OpenSSL wants them.
std::string der_of(std::string_view signature) {
    const std::size_t half = signature.size() / 2;
    Number r = number_of(signature.substr(0, half));
    Number s = number_of(signature.substr(half));
    const CurveSignature both(ECDSA_SIG_new());
    if (both == nullptr || r == nullptr || s == nullptr) {
        return {};
    }
    // The numbers are its own from here on.
    EXARCH_ASSERT(ECDSA_SIG_set0(both.get(), r.release(), s.release()) == 1);
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(both.get(), &der);
    std::string text(reinterpret_cast<const char*>(der),
                     static_cast<std::size_t>(std::max(length, 0)));
    OPENSSL_free(der);
    return text;
}

bool is_signed_by(EVP_PKEY* key, const char* digest, std::string_view text,
                  std::string_view signature) {
    const DigestContext context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key,
                                   nullptr) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                            text.size()) == 1;
}

} // namespace

Result<KeySet> KeySet::parse(const boost::json::value& jwks, const std::string& place) {
    EXARCH_TRY(const JsonReader reader, JsonReader::of(jwks, place));
    EXARCH_CHECK(reader.required("keys"));
    EXARCH_TRY(const auto elements, reader.elements("keys"));
    KeySet set;
    for (const auto& [value, key_place] : elements) {
        EXARCH_TRY(Key key, parse_key(*value, key_place));
        set.keys_.push_back(std::move(key));
    }
    return set;
}

Result<KeySet::Key> KeySet::parse_key(const boost::json::value& value, const std::string& place) {
    EXARCH_TRY(const JsonReader reader, JsonReader::of(value, place));
    Key key;
    EXARCH_TRY(key.id, reader.text("kid", ""));
    EXARCH_TRY(key.kind, reader.text("kty", ""));
    if (key.kind == "RSA") {
        EXARCH_TRY(key.public_key, read_rsa(reader));
        return key;
    }
    EXARCH_TRY(std::string curve_name, reader.text("crv", ""));
    const auto* const curve = std::ranges::find(curves, curve_name, &Curve::name);
    if (key.kind != "EC" || curve == curves.end()) {
        return base::invalid(fmt::format(
            "{}: must have kty RSA, or EC with crv P-256, P-384 or P-521", reader.place("kty")));
    }
    key.kind = std::move(curve_name);
    EXARCH_TRY(key.public_key, read_point(reader, *curve));
    return key;
}

SignatureVerdict KeySet::verify(const JsonWebSignature& signature) const {
    const auto* const algorithm =
        std::ranges::find(algorithms, signature.algorithm, &Algorithm::name);
    if (algorithm == algorithms.end()) {
        return SignatureVerdict::no_key;
    }
    const auto key = std::ranges::find_if(keys_, [&](const Key& each) {
        return each.id == signature.key_id && each.kind == algorithm->kind;
    });
    if (key == keys_.end()) {
        return SignatureVerdict::no_key;
    }
    std::string bytes = signature.signature;
    if (const auto* const curve = std::ranges::find(curves, key->kind, &Curve::name);
        curve != curves.end()) {
        bytes = bytes.size() == 2 * curve->bytes ? der_of(bytes) : std::string();
    }
    return is_signed_by(key->public_key.get(), algorithm->digest, signature.text, bytes)
               ? SignatureVerdict::good
               : SignatureVerdict::wrong;
}

std::optional<std::string> decode_base64url(std::string_view text) {
    std::string padded(text);
    for (char& digit : padded) {
        if (digit == '+' || digit == '/' || digit == '=') {
            return std::nullopt;
        }
        digit = digit == '-' ? '+' : digit == '_' ? '/' : digit;
    }
    padded.append((4 - padded.size() % 4) % 4, '=');
    return sqs::decode_base64(padded);
}

} // namespace exarch::sandbox
