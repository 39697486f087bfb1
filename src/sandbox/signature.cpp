#include "sandbox/signature.hpp"

#include "base/text.hpp"
#include "sandbox/text.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace exarch::sandbox {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
/// Not documented by service; seen are "- 15 min." in refusals of SQS and STS, and "- 5 min." in
/// those of services like CloudFront. The two that bear with more take no notice of X-Amz-Expires
/// either, as those have told who hand their URLs around.
bool is_lenient(std::string_view service) {
    return service == "sqs" || service == "sts";
}

/// How far clocks may be apart.
minutes tolerance_of(std::string_view service) {
    return minutes(is_lenient(service) ? 15 : 5);
}

std::unexpected<ServiceError> incomplete(std::string message) {
    return refuse(403, "IncompleteSignature", std::move(message));
}

std::unexpected<ServiceError> mismatch(std::string message) {
    return refuse(403, "SignatureDoesNotMatch", std::move(message));
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::set<std::string, std::less<>> read_signed_headers(std::string_view text) {
    std::set<std::string, std::less<>> names;
    for (const std::string& name : split(text, ';')) {
        names.insert(name);
    }
    return names;
}

/// What commas and blanks part in an Authorization header.
struct HeaderParts {
    std::string_view credential;
    std::string_view signature;
    std::string_view signed_headers;
    /// The first part that is no `key=value`.
    std::string_view stray;
};

void read_part(HeaderParts& parts, std::string_view part) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
        parts.stray = parts.stray.empty() ? part : parts.stray;
        return;
    }
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = part.substr(equals + 1);
    if (name == "Credential") {
        parts.credential = value;
    } else if (name == "Signature") {
        parts.signature = value;
    } else if (name == "SignedHeaders") {
        parts.signed_headers = value;
    }
}

/// Takes what is before the separator off the text, and the separator.
std::string_view take_until(std::string_view& text, char separator) {
    const std::string_view taken = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(taken.size() + 1, text.size()));
    return taken;
}

HeaderParts parts_of(std::string_view text) {
    HeaderParts parts;
    while (!text.empty()) {
        // One after the other, which is much quicker than to look for either.
        std::string_view words = take_until(text, ',');
        while (!words.empty()) {
            read_part(parts, take_until(words, ' '));
        }
    }
    return parts;
}

/// Whatever a header of any algorithm lacks, sentence by sentence.
std::string missing_in(const HeaderParts& parts, const http::Request& request) {
    std::string missing;
    for (const auto& [name, value] :
         {std::pair("Credential", parts.credential), std::pair("Signature", parts.signature),
          std::pair("SignedHeaders", parts.signed_headers)}) {
        if (value.empty()) {
            missing += fmt::format("Authorization header requires '{}' parameter. ", name);
        }
    }
    if (!request.headers.get("X-Amz-Date") && !request.headers.get("Date")) {
        missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                   "header. ";
    }
    return missing;
}

std::string format_amz_date(base::Timestamp time) {
    std::string text = base::format(std::chrono::floor<std::chrono::seconds>(time));
    std::erase_if(text, [](char letter) { return letter == '-' || letter == ':'; });
    return text;
}

/// `20261124T001000Z`, and only that.
std::optional<base::Timestamp> parse_amz_date(std::string_view text) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z' || !is_digits(text.substr(0, 8)) ||
        !is_digits(text.substr(9, 6))) {
        return std::nullopt;
    }
    const auto parsed = base::parse_timestamp(
        fmt::format(FMT_COMPILE("{}-{}-{}T{}:{}:{}Z"), text.substr(0, 4), text.substr(4, 2),
                    text.substr(6, 2), text.substr(9, 2), text.substr(11, 2), text.substr(13, 2)));
    return parsed.has_value() ? std::optional(*parsed) : std::nullopt;
}

/// How long after its date a signature holds.
seconds lifetime_of(const Authorization& authorization) {
    const seconds usual = tolerance_of(authorization.service);
    return is_lenient(authorization.service) ? usual : authorization.lifetime.value_or(usual);
}

std::string format_lifetime(seconds lifetime) {
    return lifetime % minutes(1) == seconds(0) ? fmt::format("{} min.", lifetime / minutes(1))
                                               : fmt::format("{} sec.", lifetime.count());
}

std::expected<void, ServiceError> check_clock(const Authorization& authorization,
                                              base::Timestamp signed_at, base::Timestamp now) {
    const seconds lifetime = lifetime_of(authorization);
    if (signed_at < now - lifetime) {
        return mismatch(fmt::format("Signature expired: {} is now earlier than {} ({} - {})",
                                    authorization.amz_date, format_amz_date(now - lifetime),
                                    format_amz_date(now), format_lifetime(lifetime)));
    }
    const minutes tolerance = tolerance_of(authorization.service);
    if (signed_at > now + tolerance) {
        return mismatch(
            fmt::format("Signature not yet current: {} is still later than {} ({} + {})",
                        authorization.amz_date, format_amz_date(now + tolerance),
                        format_amz_date(now), format_lifetime(tolerance)));
    }
    return {};
}

bool has_signed(const Authorization& authorization, std::string_view name) {
    return authorization.signed_headers.contains(name);
}

/// What is not signed could be anybody's.
std::expected<void, ServiceError> check_signed_headers(const http::Request& request,
                                                       const Authorization& authorization) {
    if (!has_signed(authorization, "host")) {
        return mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                        "Authorization.");
    }
    for (const auto& [name, value] : request.headers) {
        const std::string lower = base::lowered(name);
        if (lower.starts_with("x-amz-") && !has_signed(authorization, lower)) {
            return mismatch(
                fmt::format("'{}' must be a 'SignedHeader' in the AWS Authorization.", name));
        }
    }
    for (const std::string& name : authorization.signed_headers) {
        if (!request.headers.get(name)) {
            return mismatch(fmt::format("The signed header '{}' is not in the request.", name));
        }
        if (!sigv4::is_signed_header(name)) {
            return mismatch(
                fmt::format("'{}' changes on the way and cannot be signed here.", name));
        }
    }
    return {};
}

/// The headers that were signed, but for the two that the signer adds itself where it signs them.
std::vector<sigv4::HeaderView> signable_headers(const http::Request& request,
                                                const Authorization& authorization) {
    std::vector<sigv4::HeaderView> headers;
    for (const auto& [name, value] : request.headers) {
        const std::string lower = base::lowered(name);
        const bool is_added = !authorization.is_presigned &&
                              (lower == "x-amz-date" || lower == "x-amz-security-token");
        if (!is_added && has_signed(authorization, lower)) {
            headers.push_back({name, value});
        }
    }
    return headers;
}

std::string_view query_of(const http::Request& request) {
    const std::string_view target = request.target;
    return target.substr(std::min(target.find('?'), target.size()));
}

/// The target that was signed: all of it but the signature.
std::string without_signature(std::string_view target) {
    constexpr std::string_view name = "X-Amz-Signature=";
    std::size_t begin = target.find(name);
    while (begin != std::string_view::npos && target[begin - 1] != '?' &&
           target[begin - 1] != '&') {
        begin = target.find(name, begin + 1);
    }
    if (begin == std::string_view::npos) {
        return std::string(target);
    }
    const std::size_t end = std::min(target.find('&', begin), target.size());
    std::string text(target.substr(0, begin - 1));
    if (end < target.size()) {
        text += target[begin - 1];
        text += target.substr(end + 1);
    }
    return text;
}

std::expected<void, ServiceError> read_scope(Authorization& authorization,
                                             std::string_view credential) {
    const auto scope = split(credential, '/');
    if (scope.size() != 5 || scope[0].empty() || scope[4] != "aws4_request") {
        return incomplete(fmt::format("Credential must have exactly 5 slash-delimited elements, "
                                      "e.g. keyid/date/region/service/term, got '{}'",
                                      credential));
    }
    authorization.access_key_id = scope[0];
    authorization.date = scope[1];
    authorization.region = scope[2];
    authorization.service = scope[3];
    return {};
}

std::expected<std::optional<seconds>, ServiceError> read_lifetime(const Form& query) {
    constexpr int longest = 604'800;
    const std::string_view text = value_of(query, "X-Amz-Expires");
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_good =
        error == std::errc() && end == text.data() + text.size() && value > 0 && value <= longest;
    if (!text.empty() && !is_good) {
        return incomplete(fmt::format("X-Amz-Expires must be a number of seconds from 1 to {}, "
                                      "not '{}'",
                                      longest, text));
    }
    return is_good ? std::optional(seconds(value)) : std::nullopt;
}

std::expected<Authorization, ServiceError> read_query(const http::Request& request) {
    // Services read theirs as they like; all but the first signature is signed with the rest.
    const auto query = parse_form(query_of(request).substr(1), Repeated::first_counts);
    if (!query) {
        return refuse(403, "MalformedQueryString", "The query string contains a syntax error");
    }
    if (request.headers.get("Authorization")) {
        return mismatch("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' "
                        "as HTTP header.");
    }
    std::string missing;
    for (const std::string_view name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                                        "X-Amz-SignedHeaders", "X-Amz-Date"}) {
        if (value_of(*query, name).empty()) {
            missing += fmt::format("AWS query-string parameters must include '{}'. ", name);
        }
    }
    if (!missing.empty()) {
        return incomplete(missing + "Re-examine the query-string parameters.");
    }
    if (value_of(*query, "X-Amz-Algorithm") != algorithm) {
        return incomplete(
            fmt::format("X-Amz-Algorithm must be {}: nothing else is in this sandbox.", algorithm));
    }
    Authorization authorization{
        .signed_headers = read_signed_headers(value_of(*query, "X-Amz-SignedHeaders")),
        .signature = std::string(value_of(*query, "X-Amz-Signature")),
        .amz_date = std::string(value_of(*query, "X-Amz-Date")),
        .session_token = std::string(value_of(*query, "X-Amz-Security-Token")),
        .is_presigned = true};
    EXARCH_CHECK(read_scope(authorization, value_of(*query, "X-Amz-Credential")));
    EXARCH_TRY(authorization.lifetime, read_lifetime(*query));
    return authorization;
}

std::expected<Authorization, ServiceError> read_header(const http::Request& request) {
    const std::string_view header = request.headers.get("Authorization").value_or("");
    if (header.empty()) {
        return refuse(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    }
    const std::string_view named = header.substr(0, header.find(' '));
    const HeaderParts parts = parts_of(header.substr(named.size()));
    if (named == algorithm && !parts.stray.empty()) {
        return incomplete(fmt::format("'{}' not a valid key=value pair (missing equal-sign) in "
                                      "Authorization header: '{}'.",
                                      parts.stray, header));
    }
    const std::string missing = missing_in(parts, request);
    if (!missing.empty()) {
        return incomplete(fmt::format("{}Authorization={}", missing, header));
    }
    if (named != algorithm) {
        return incomplete(fmt::format(
            "Authorization header requires the algorithm {}, and nothing else is in this sandbox.",
            algorithm));
    }
    Authorization authorization{
        .signed_headers = read_signed_headers(parts.signed_headers),
        .signature = std::string(parts.signature),
        .amz_date = std::string(request.headers.get("X-Amz-Date").value_or("")),
        .session_token = std::string(request.headers.get("X-Amz-Security-Token").value_or(""))};
    EXARCH_CHECK(read_scope(authorization, parts.credential));
    return authorization;
}

} // namespace

std::expected<Authorization, ServiceError> read_authorization(const http::Request& request) {
    const std::string_view query = query_of(request);
    const bool is_presigned =
        query.contains("X-Amz-Algorithm=") || query.contains("X-Amz-Signature=");
    return is_presigned ? read_query(request) : read_header(request);
}

std::expected<void, ServiceError> SignatureVerifier::verify(const http::Request& request,
                                                            const Authorization& authorization,
                                                            const sigv4::Credentials& credentials,
                                                            base::Timestamp now) {
    const std::string_view date = authorization.amz_date;
    const auto signed_at = parse_amz_date(date);
    if (!signed_at) {
        return incomplete(fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'.", date));
    }
    if (authorization.date != date.substr(0, 8)) {
        return mismatch(fmt::format("Date in Credential scope does not match YYYYMMDD from "
                                    "ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'.",
                                    authorization.date, date.substr(0, 8), date));
    }
    EXARCH_CHECK(check_clock(authorization, *signed_at, now));
    EXARCH_CHECK(check_signed_headers(request, authorization));
    const auto headers = signable_headers(request, authorization);
    const sigv4::SigningScope scope{authorization.region, authorization.service};
    const std::string target =
        authorization.is_presigned ? without_signature(request.target) : request.target;
    const sigv4::SignableRequest signable{request.method, target, headers, request.body};
    const std::string expected =
        authorization.is_presigned
            ? signer_.sign_query(signable, credentials, scope, *signed_at)
            : std::string(
                  parts_of(signer_.sign(signable, credentials, scope, *signed_at).authorization)
                      .signature);
    if (expected != authorization.signature) {
        return mismatch("The request signature we calculated does not match the signature you "
                        "provided. Check your AWS Secret Access Key and signing method. Consult "
                        "the service documentation for details.");
    }
    return {};
}

} // namespace exarch::sandbox
