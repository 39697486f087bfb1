#pragma once

#include "http/message.hpp"
#include "sandbox/call.hpp"
#include "sigv4/credentials.hpp"
#include "sigv4/signer.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace exarch::sandbox {

/// What a request says of its signature, taken apart but not yet believed.
struct Authorization {
    std::string access_key_id = {};
    /// `20261124`
    std::string date = {};
    std::string region = {};
    std::string service = {};
    /// In lower case. A request may name thousands.
    std::set<std::string, std::less<>> signed_headers = {};
    std::string signature = {};
    /// `20261124T001000Z`; empty where the request has none.
    std::string amz_date = {};
    /// Empty for keys that need none.
    std::string session_token = {};
    /// The signature stands in the query: a presigned URL.
    bool is_presigned = false;
    /// X-Amz-Expires of a presigned URL.
    std::optional<std::chrono::seconds> lifetime = {};
};

/// Reads the Authorization header, or the query of a presigned URL. Refused as AWS refuses: no
/// signature at all, one in both places, another algorithm, parts that are missing or don't parse.
[[nodiscard]] std::expected<Authorization, ServiceError>
read_authorization(const http::Request& request);

/// Verifies signatures of version 4 as the services do: the clock within five minutes, a presigned
/// URL within its lifetime, the scope's day that of the request, host and every X-Amz header
/// signed, the signature as calculated here.
class SignatureVerifier {
public:
    [[nodiscard]] std::expected<void, ServiceError> verify(const http::Request& request,
                                                           const Authorization& authorization,
                                                           const sigv4::Credentials& credentials,
                                                           base::Timestamp now);

private:
    sigv4::Signer signer_;
};

} // namespace exarch::sandbox
