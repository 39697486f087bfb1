#pragma once

#include "base/result.hpp"
#include "sigv4/credentials.hpp"

#include <cstddef>
#include <string_view>

namespace exarch::aws {

/// No document with credentials or tokens is larger.
inline constexpr std::size_t document_bytes_max = std::size_t{64} * 1024;

/// Reads what container endpoints and instance metadata answer:
/// `{"AccessKeyId": …, "SecretAccessKey": …, "Token": …, "Expiration": "2026-11-24T06:00:00Z"}`,
/// and `"Code": "Success"` where there is a code. Fails as unreachable (it may be better in a
/// while) on anything else, without quoting it. `source` names where it came from.
[[nodiscard]] base::Result<sigv4::Credentials> parse_credentials_document(std::string_view body,
                                                                          std::string_view source);

/// Reads what a credential_process prints: `{"Version": 1, "AccessKeyId": …, "SecretAccessKey": …,
/// "SessionToken": …, "Expiration": …}`, the last two where they end. Fails in the same way.
[[nodiscard]] base::Result<sigv4::Credentials> parse_process_document(std::string_view output,
                                                                      std::string_view source);

} // namespace exarch::aws
