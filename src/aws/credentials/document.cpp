#include "aws/credentials/document.hpp"

#include "aws/detail/json.hpp"
#include "aws/detail/text.hpp"
#include "base/json.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>

namespace exarch::aws {
namespace {

std::unexpected<base::Error> unusable(std::string_view source, std::string_view what) {
    return std::unexpected(base::Error(base::ErrorKind::unreachable,
                                       fmt::format("{} gave no credentials: {}", source, what)));
}

base::Result<sigv4::Credentials> read_keys(const boost::json::object& object,
                                           std::string_view token_name, std::string_view source) {
    sigv4::Credentials credentials;
    credentials.access_key_id = sigv4::AccessKeyId(string_member(object, "AccessKeyId"));
    credentials.secret_access_key =
        base::Secret(std::string(string_member(object, "SecretAccessKey")));
    credentials.session_token = base::Secret(std::string(string_member(object, token_name)));
    if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
        return unusable(source, "AccessKeyId or SecretAccessKey is missing");
    }
    const boost::json::value* const end = object.if_contains("Expiration");
    if (end == nullptr || end->is_null() || *end == "") {
        return credentials;
    }
    const base::Result<base::Timestamp> expires_at =
        base::parse_timestamp(string_member(object, "Expiration"));
    if (!expires_at.has_value()) {
        return unusable(source, "its Expiration is no time");
    }
    credentials.expires_at = *expires_at;
    return credentials;
}

} // namespace

base::Result<sigv4::Credentials> parse_credentials_document(std::string_view body,
                                                            std::string_view source) {
    const base::Result<boost::json::value> document =
        base::parse_json(body, {.bytes_max = document_bytes_max});
    if (!document.has_value() || !document->is_object()) {
        return unusable(source, "its answer is no JSON object");
    }
    const boost::json::object& object = document->get_object();
    const std::string_view code = string_member(object, "Code");
    if (!code.empty() && code != "Success") {
        constexpr std::size_t shown_max = 256;
        return unusable(source,
                        fmt::format("{}: {}", printable(code, shown_max),
                                    printable(string_member(object, "Message"), shown_max)));
    }
    return read_keys(object, "Token", source);
}

base::Result<sigv4::Credentials> parse_process_document(std::string_view output,
                                                        std::string_view source) {
    const base::Result<boost::json::value> document =
        base::parse_json(output, {.bytes_max = document_bytes_max});
    if (!document.has_value() || !document->is_object()) {
        return unusable(source, "it must print one JSON object and nothing else");
    }
    const boost::json::object& object = document->get_object();
    const boost::json::value* const version = object.if_contains("Version");
    if (version == nullptr || *version != 1) {
        return unusable(source, "it must print Version 1, the only one there is");
    }
    return read_keys(object, "SessionToken", source);
}

} // namespace exarch::aws
