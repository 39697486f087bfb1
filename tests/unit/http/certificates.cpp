#include "certificates.hpp"

#include "base/assert.hpp"
#include "base/environment.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <string_view>
#include <utility>

namespace exarch::http {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

Key make_key() {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free};
}

template <class Write>
std::string write_pem(Write write) {
    const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
    EXARCH_ASSERT(write(memory.get()) == 1);
    char* text = nullptr;
    const long bytes = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(bytes)};
}

std::string format_pem(X509* certificate) {
    return write_pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

std::string format_pem(EVP_PKEY* key) {
    return write_pem([&](BIO* out) {
        return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context = {};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
    EXARCH_ASSERT(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

struct Draft {
    const std::string& name;
    long valid_from;
    long valid_until;
};

Certificate draft(const Draft& params, EVP_PKEY* key) {
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    base::SystemEntropy entropy;
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()),
                            std::stoull(entropy.hex(7), nullptr, 16));
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), params.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), params.valid_until);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(params.name.c_str()), -1, -1,
                               0);
    return certificate;
}

} // namespace

struct TestAuthority::State {
    Key key = make_key();
    Certificate certificate{nullptr, &X509_free};
};

TestAuthority::TestAuthority(std::string name) : state_(std::make_unique<State>()) {
    constexpr long day = 86'400;
    X509* issuer = nullptr;
    state_->certificate =
        draft({.name = name, .valid_from = -day, .valid_until = day}, state_->key.get());
    issuer = state_->certificate.get();
    X509_set_issuer_name(issuer, X509_get_subject_name(issuer));
    add_extension(issuer, issuer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(issuer, issuer, NID_key_usage, "critical,keyCertSign");
    EXARCH_ASSERT(X509_sign(issuer, state_->key.get(), EVP_sha256()) > 0);
    root_ = format_pem(issuer);
    base::SystemEntropy entropy;
    path_ = std::filesystem::temp_directory_path() / ("exarch-root-" + entropy.hex(8) + ".pem");
    std::ofstream(path_) << root_;
}

TestAuthority::~TestAuthority() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

Identity TestAuthority::issue(const CertificateParams& params) const {
    const Key key = make_key();
    const Certificate leaf = draft({.name = params.common_name,
                                    .valid_from = params.valid_from,
                                    .valid_until = params.valid_until},
                                   key.get());
    X509* const issuer = state_->certificate.get();
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer));
    std::string alternatives;
    for (const std::string& name : params.names) {
        alternatives += (alternatives.empty() ? "DNS:" : ",DNS:") + name;
    }
    for (const std::string& address : params.addresses) {
        alternatives += (alternatives.empty() ? "IP:" : ",IP:") + address;
    }
    if (!alternatives.empty()) {
        add_extension(leaf.get(), issuer, NID_subject_alt_name, alternatives);
    }
    EXARCH_ASSERT(X509_sign(leaf.get(), state_->key.get(), EVP_sha256()) > 0);
    return {.certificate = format_pem(leaf.get()), .key = format_pem(key.get())};
}

} // namespace exarch::http
