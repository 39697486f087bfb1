#pragma once

#include "base/result.hpp"

#include <boost/json.hpp>

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox {

/// A JSON Web Signature, taken apart (RFC 7515).
struct JsonWebSignature {
    /// `RS256`
    std::string algorithm;
    std::string key_id;
    /// What was signed: header and payload, as they stand in the token.
    std::string_view text;
    /// Decoded.
    std::string signature;
};

enum class SignatureVerdict : std::uint8_t {
    good,
    wrong,
    /// None of the keys is the one that the header names, or the algorithm is not one of theirs.
    no_key,
};

/// The public keys of an identity provider, as it publishes them (RFC 7517). Copies share the keys.
class KeySet {
public:
    /// Reads `{"keys": […]}`: RSA of 2,048 bits or more, and the curves P-256, P-384 and P-521.
    /// Fails as invalid on anything else, and names the place.
    [[nodiscard]] static base::Result<KeySet> parse(const boost::json::value& jwks,
                                                    const std::string& place);

    /// RS256, RS384, RS512, ES256, ES384 and ES512: what STS takes.
    [[nodiscard]] SignatureVerdict verify(const JsonWebSignature& signature) const;

private:
    struct Key {
        std::string id;
        /// `RSA`, or a curve.
        std::string kind;
        std::shared_ptr<EVP_PKEY> public_key;
    };

    [[nodiscard]] static base::Result<Key> parse_key(const boost::json::value& value,
                                                     const std::string& place);

    std::vector<Key> keys_;
};

/// The bytes of Base64 as tokens write it: `-` and `_`, and no padding. None where it's no such.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

} // namespace exarch::sandbox
