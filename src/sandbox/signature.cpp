#include "sandbox/signature.hpp"

#include "base/text.hpp"
#include "sandbox/error_shape.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace exarch::sandbox {
namespace {

using std::chrono::minutes;

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr minutes tolerance(5);

std::unexpected<ServiceError> refuse(std::string_view code, std::string message) {
    return std::unexpected(
        ServiceError{.status = 403, .code = std::string(code), .message = std::move(message)});
}

std::unexpected<ServiceError> incomplete(std::string message) {
    return refuse("IncompleteSignature", std::move(message));
}

std::unexpected<ServiceError> mismatch(std::string message) {
    return refuse("SignatureDoesNotMatch", std::move(message));
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

/// `Credential=…` → `…`, of the parts between the commas.
std::string_view part_of(std::string_view text, std::string_view name) {
    std::size_t at = text.find(name);
    while (at != std::string_view::npos && at > 0 && text[at - 1] != ' ' && text[at - 1] != ',') {
        at = text.find(name, at + 1);
    }
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view value = text.substr(at + name.size());
    return value.substr(0, value.find_first_of(", "));
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
        fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                    text.substr(9, 2), text.substr(11, 2), text.substr(13, 2)));
    return parsed.has_value() ? std::optional(*parsed) : std::nullopt;
}

std::expected<void, ServiceError> check_clock(std::string_view date, base::Timestamp signed_at,
                                              base::Timestamp now) {
    if (signed_at < now - tolerance) {
        return mismatch(fmt::format("Signature expired: {} is now earlier than {} ({} - 5 min.)",
                                    date, format_amz_date(now - tolerance), format_amz_date(now)));
    }
    if (signed_at > now + tolerance) {
        return mismatch(
            fmt::format("Signature not yet current: {} is still later than {} ({} + 5 min.)", date,
                        format_amz_date(now + tolerance), format_amz_date(now)));
    }
    return {};
}

bool has_signed(const Authorization& authorization, std::string_view name) {
    return std::ranges::find(authorization.signed_headers, name) !=
           authorization.signed_headers.end();
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

/// The headers that were signed, but for the two that the signer adds itself.
std::vector<sigv4::HeaderView> signable_headers(const http::Request& request,
                                                const Authorization& authorization) {
    std::vector<sigv4::HeaderView> headers;
    for (const auto& [name, value] : request.headers) {
        const std::string lower = base::lowered(name);
        const bool is_added = lower == "x-amz-date" || lower == "x-amz-security-token";
        if (!is_added && has_signed(authorization, lower)) {
            headers.push_back({name, value});
        }
    }
    return headers;
}

} // namespace

std::expected<Authorization, ServiceError> read_authorization(const http::Request& request) {
    if (request.target.contains("X-Amz-Signature=")) {
        return std::unexpected(
            not_in_this_sandbox("A signature in the URL", "the Authorization header"));
    }
    const std::string_view header = request.headers.get("Authorization").value_or("");
    if (header.empty()) {
        return refuse("MissingAuthenticationToken", "Request is missing Authentication Token");
    }
    if (!header.starts_with(algorithm) || !header.substr(algorithm.size()).starts_with(' ')) {
        return incomplete(fmt::format(
            "Authorization header requires the algorithm {}, and nothing else is in this sandbox.",
            algorithm));
    }
    for (const std::string_view name : {"Credential=", "SignedHeaders=", "Signature="}) {
        if (part_of(header, name).empty()) {
            return incomplete(fmt::format("Authorization header requires '{}' parameter.",
                                          name.substr(0, name.size() - 1)));
        }
    }
    const auto scope = split(part_of(header, "Credential="), '/');
    if (scope.size() != 5 || scope[0].empty() || scope[4] != "aws4_request") {
        return incomplete(fmt::format("Credential must have exactly 5 slash-delimited elements, "
                                      "e.g. keyid/date/region/service/term, got '{}'",
                                      part_of(header, "Credential=")));
    }
    return Authorization{.access_key_id = scope[0],
                         .date = scope[1],
                         .region = scope[2],
                         .service = scope[3],
                         .signed_headers = split(part_of(header, "SignedHeaders="), ';'),
                         .signature = std::string(part_of(header, "Signature="))};
}

std::expected<void, ServiceError> SignatureVerifier::verify(const http::Request& request,
                                                            const Authorization& authorization,
                                                            const sigv4::Credentials& credentials,
                                                            base::Timestamp now) {
    const std::string_view date = request.headers.get("X-Amz-Date").value_or("");
    const auto signed_at = parse_amz_date(date);
    if (!signed_at) {
        return incomplete(fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'.", date));
    }
    if (authorization.date != date.substr(0, 8)) {
        return mismatch(fmt::format("Date in Credential scope does not match YYYYMMDD from "
                                    "ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'.",
                                    authorization.date, date.substr(0, 8), date));
    }
    if (const auto checked = check_clock(date, *signed_at, now); !checked.has_value()) {
        return checked;
    }
    if (const auto checked = check_signed_headers(request, authorization); !checked.has_value()) {
        return checked;
    }
    const auto headers = signable_headers(request, authorization);
    const sigv4::SignedHeaders expected =
        signer_.sign({request.method, request.target, headers, request.body}, credentials,
                     {authorization.region, authorization.service}, *signed_at);
    if (part_of(expected.authorization, "Signature=") != authorization.signature) {
        return mismatch("The request signature we calculated does not match the signature you "
                        "provided. Check your AWS Secret Access Key and signing method. Consult "
                        "the service documentation for details.");
    }
    return {};
}

} // namespace exarch::sandbox
