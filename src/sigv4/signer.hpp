#pragma once

#include "base/sha256.hpp"
#include "base/time.hpp"
#include "sigv4/canonical_request.hpp"
#include "sigv4/credentials.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace exarch::sigv4 {

/// Where a signature is valid.
struct SigningScope {
    /// `eu-west-1`
    std::string_view region;
    /// The service's signing name: `cloudfront`, `sqs`, `sts`.
    std::string_view service;
};

/// The headers to send with the request beside its own.
struct SignedHeaders {
    /// Value of `X-Amz-Date`.
    std::string amz_date;
    /// Value of `X-Amz-Security-Token`; empty: do not send it.
    base::Secret security_token;
    /// Value of `Authorization`.
    std::string authorization;
};

/// Signs requests with AWS Signature Version 4 in the Authorization header. Keeps the derived key
/// of each (secret, date, region, service), which saves four of five HMACs, and its buffers.
/// Knows no clock: the time is an argument. Not for use by two threads at once.
class Signer {
public:
    /// Signs `request` as sent at `now`. Adds nothing to the request: send the returned headers
    /// with it, and do not put headers of these names in it.
    [[nodiscard]] SignedHeaders sign(const SignableRequest& request, const Credentials& credentials,
                                     SigningScope scope, base::Timestamp now);

    /// The signature of a request that carries it in its query (a presigned URL): `target` has
    /// `X-Amz-Date`, with `signed_at` as its value, and all else of that kind, but no
    /// `X-Amz-Signature`. All headers given are signed.
    [[nodiscard]] std::string sign_query(const SignableRequest& request,
                                         const Credentials& credentials, SigningScope scope,
                                         base::Timestamp signed_at);

    /// The canonical request of the last sign(). Holds the session token: not for logs.
    [[nodiscard]] const CanonicalRequest& canonical_request() const { return canonical_; }
    /// The string to sign of the last sign().
    [[nodiscard]] const std::string& string_to_sign() const { return string_to_sign_; }

    /// Derived keys kept at most; beyond that all are forgotten and derived anew.
    static constexpr std::size_t keys_max = 4096;

private:
    struct DerivedKey {
        base::Secret secret;
        std::string date;
        base::Sha256 key;
    };
    struct KeyName {
        std::string access_key_id;
        std::string region;
        std::string service;
    };
    struct KeyNameView {
        std::string_view access_key_id;
        std::string_view region;
        std::string_view service;
    };
    /// Finds a KeyName by views of its parts, so that the common case copies nothing.
    struct KeyNameLess {
        using is_transparent = void;
        template <class Left, class Right>
        bool operator()(const Left& left, const Right& right) const {
            return parts(left) < parts(right);
        }
        template <class Name>
        static auto parts(const Name& name) {
            return std::tuple<std::string_view, std::string_view, std::string_view>(
                name.access_key_id, name.service, name.region);
        }
    };

    /// Of canonical_, with the scope's text.
    void write_string_to_sign(std::string_view amz_date, SigningScope scope);
    /// Of string_to_sign_, in hexadecimal.
    [[nodiscard]] std::string signature(const Credentials& credentials, SigningScope scope);
    const base::Sha256& derived_key(const Credentials& credentials, SigningScope scope,
                                    std::string_view date);

    std::map<KeyName, DerivedKey, KeyNameLess> keys_;
    CanonicalRequest canonical_;
    /// `20150830/us-east-1/iam/aws4_request`
    std::string credential_scope_;
    std::string string_to_sign_;
};

} // namespace exarch::sigv4
