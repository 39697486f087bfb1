#pragma once

#include "http/message.hpp"
#include "sandbox/call.hpp"
#include "sigv4/credentials.hpp"
#include "sigv4/signer.hpp"

#include <expected>
#include <string>
#include <vector>

namespace exarch::sandbox {

/// What the Authorization header says, taken apart but not yet believed.
struct Authorization {
    std::string access_key_id;
    /// `20261124`
    std::string date;
    std::string region;
    std::string service;
    /// In lower case, as they stand there.
    std::vector<std::string> signed_headers;
    std::string signature;
};

/// Reads the Authorization header. Refused as AWS refuses: no signature at all, another algorithm,
/// parts that are missing or don't parse. Presigned URLs are refused as not in this sandbox.
[[nodiscard]] std::expected<Authorization, ServiceError>
read_authorization(const http::Request& request);

/// Verifies signatures of version 4 as the services do: the clock within five minutes, the scope's
/// day that of the request, host and every X-Amz header signed, the signature as calculated here.
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
