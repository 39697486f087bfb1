#include "sigv4/signer.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <span>

namespace exarch::sigv4 {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t date_length = 8;

/// `20150830T123600Z`
std::string format_amz_date(base::Timestamp now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
    return fmt::format(FMT_COMPILE("{:04}{:02}{:02}T{:02}{:02}{:02}Z"),
                       static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

std::string_view view(const base::Sha256& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

} // namespace

const base::Sha256& Signer::derived_key(const Credentials& credentials, SigningScope scope,
                                        std::string_view date) {
    const KeyNameView name{credentials.access_key_id.value(), scope.region, scope.service};
    auto found = keys_.find(name);
    if (found == keys_.end()) {
        if (keys_.size() >= keys_max) {
            keys_.clear();
        }
        KeyName owned{std::string(name.access_key_id), std::string(name.region),
                      std::string(name.service)};
        found = keys_.emplace(std::move(owned), DerivedKey()).first;
    }
    DerivedKey& derived = found->second;
    if (derived.date != date || derived.secret != credentials.secret_access_key) {
        const base::Secret start("AWS4" + credentials.secret_access_key.reveal());
        const base::Sha256 date_key = base::hmac_sha256(start.reveal(), date);
        const base::Sha256 region_key = base::hmac_sha256(view(date_key), scope.region);
        const base::Sha256 service_key = base::hmac_sha256(view(region_key), scope.service);
        derived.key = base::hmac_sha256(view(service_key), "aws4_request");
        derived.date = date;
        derived.secret = credentials.secret_access_key;
    }
    return derived.key;
}

SignedHeaders Signer::sign(const SignableRequest& request, const Credentials& credentials,
                           SigningScope scope, base::Timestamp now) {
    SignedHeaders headers;
    headers.amz_date = format_amz_date(now);
    headers.security_token = credentials.session_token;
    const std::array<HeaderView, 2> added = {
        {{"X-Amz-Date", headers.amz_date},
         {"X-Amz-Security-Token", headers.security_token.reveal()}}};
    const std::size_t added_count = headers.security_token.empty() ? 1 : 2;
    build_canonical_request(request, std::span(added).first(added_count), canonical_);

    write_string_to_sign(headers.amz_date, scope);
    headers.authorization =
        fmt::format(FMT_COMPILE("{} Credential={}/{}, SignedHeaders={}, Signature={}"), algorithm,
                    credentials.access_key_id.value(), credential_scope_, canonical_.signed_headers,
                    signature(credentials, scope));
    return headers;
}

std::string Signer::sign_query(const SignableRequest& request, const Credentials& credentials,
                               SigningScope scope, base::Timestamp signed_at) {
    build_canonical_request(request, {}, canonical_);
    write_string_to_sign(format_amz_date(signed_at), scope);
    return signature(credentials, scope);
}

void Signer::write_string_to_sign(std::string_view amz_date, SigningScope scope) {
    credential_scope_.clear();
    fmt::format_to(std::back_inserter(credential_scope_), FMT_COMPILE("{}/{}/{}/aws4_request"),
                   amz_date.substr(0, date_length), scope.region, scope.service);
    string_to_sign_.clear();
    fmt::format_to(std::back_inserter(string_to_sign_), FMT_COMPILE("{}\n{}\n{}\n{}"), algorithm,
                   amz_date, credential_scope_, base::format_hex(base::sha256(canonical_.text)));
}

std::string Signer::signature(const Credentials& credentials, SigningScope scope) {
    const std::string_view date = std::string_view(credential_scope_).substr(0, date_length);
    return base::format_hex(
        base::hmac_sha256(view(derived_key(credentials, scope, date)), string_to_sign_));
}

} // namespace exarch::sigv4
