#include "http/transport/trust.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace exarch::http {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::array<const char*, 4> system_bundles = {
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",   // Amazon Linux
    "/etc/ssl/cert.pem",                  // Alpine
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
};

std::optional<std::string> read_file(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        return std::nullopt; // A stream opens a folder well, and throws when it is read.
    }
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.good() && !file.eof()) {
        return std::nullopt;
    }
    return text;
}

struct Choice {
    std::string path;
    std::string named_by;
};

Choice choose(const std::string& ca_bundle, const base::Environment& environment) {
    if (!ca_bundle.empty()) {
        return {.path = ca_bundle, .named_by = "the configuration"};
    }
    for (const char* variable : {"AWS_CA_BUNDLE", "SSL_CERT_FILE"}) {
        if (auto path = environment.get(variable)) {
            return {.path = std::move(*path), .named_by = variable};
        }
    }
    return {};
}

std::string decode_base64(std::string_view text) {
    std::string bytes(text.size(), '\0');
    const std::unique_ptr<EVP_ENCODE_CTX, decltype(&EVP_ENCODE_CTX_free)> context(
        EVP_ENCODE_CTX_new(), &EVP_ENCODE_CTX_free);
    auto* const out = reinterpret_cast<unsigned char*>(bytes.data());
    int length = 0;
    int rest = 0;
    EVP_DecodeInit(context.get());
    const bool good = EVP_DecodeUpdate(context.get(), out, &length,
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size())) >= 0 &&
                      EVP_DecodeFinal(context.get(), out + length, &rest) >= 0;
    bytes.resize(good ? static_cast<std::size_t>(length + rest) : 0);
    return bytes;
}

// Called for every certificate whose issuer OpenSSL looks for.
int find_issuer(X509** issuer, X509_STORE_CTX* context, X509* certificate) {
    X509_STORE* const store = X509_STORE_CTX_get0_store(context);
    auto* const roots = static_cast<TrustedRoots*>(X509_STORE_get_ex_data(store, 0));
    const unsigned char* name = nullptr;
    std::size_t name_bytes = 0;
    if (X509_NAME_get0_der(X509_get_issuer_name(certificate), &name, &name_bytes) == 1) {
        roots->supply(store, {reinterpret_cast<const char*>(name), name_bytes});
    }
    return X509_STORE_CTX_get1_issuer(issuer, context, certificate);
}

} // namespace

TrustedRoots::TrustedRoots(std::vector<Certificate> certificates)
    : certificates_(std::move(certificates)) {}

base::Result<std::unique_ptr<TrustedRoots>>
TrustedRoots::open(const std::string& ca_bundle, const base::Environment& environment) {
    const Choice choice = choose(ca_bundle, environment);
    std::optional<std::string> pem;
    if (!choice.path.empty()) {
        pem = read_file(choice.path);
    }
    for (std::size_t i = 0; choice.path.empty() && !pem && i < system_bundles.size(); ++i) {
        pem = read_file(system_bundles[i]);
    }
    auto certificates = decode(pem.value_or(""));
    if (!certificates.empty()) {
        return std::unique_ptr<TrustedRoots>(new TrustedRoots(std::move(certificates)));
    }
    if (choice.path.empty()) {
        return std::unexpected(Error(
            ErrorKind::system, "no trusted CA certificates were found on this system; install the "
                               "package ca-certificates, or name a PEM file in AWS_CA_BUNDLE"));
    }
    return std::unexpected(Error(
        ErrorKind::system,
        fmt::format("{}, named by {}, {}; it must be a file of trusted CA certificates in PEM form",
                    choice.path, choice.named_by,
                    pem ? "holds no certificate" : "cannot be read")));
}

std::vector<TrustedRoots::Certificate> TrustedRoots::decode(std::string_view pem) {
    constexpr std::string_view begin_line = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view end_line = "-----END CERTIFICATE-----";
    std::vector<Certificate> certificates;
    for (std::size_t begin = pem.find(begin_line); begin != std::string_view::npos;
         begin = pem.find(begin_line, begin)) {
        begin += begin_line.size();
        const std::size_t end = pem.find(end_line, begin);
        if (end == std::string_view::npos) {
            break;
        }
        std::string der = decode_base64(pem.substr(begin, end - begin));
        if (!der.empty()) {
            certificates.push_back({.der = std::move(der)});
        }
        begin = end;
    }
    return certificates;
}

void TrustedRoots::serve(SSL_CTX* context) {
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    X509_STORE_set_ex_data(store, 0, this);
    X509_STORE_set_get_issuer(store, &find_issuer);
}

void TrustedRoots::supply(X509_STORE* store, std::string_view name) {
    const auto bears_name = [&](const Certificate& root) { return root.der.contains(name); };
    const bool is_known = std::ranges::any_of(certificates_, bears_name);
    for (Certificate& root : certificates_) {
        if (root.supplied || (is_known && !bears_name(root))) {
            continue;
        }
        root.supplied = true;
        const auto* bytes = reinterpret_cast<const unsigned char*>(root.der.data());
        const std::unique_ptr<X509, decltype(&X509_free)> parsed(
            d2i_X509(nullptr, &bytes, static_cast<long>(root.der.size())), &X509_free);
        if (parsed != nullptr) {
            X509_STORE_add_cert(store, parsed.get());
        }
    }
    ERR_clear_error();
}

} // namespace exarch::http
