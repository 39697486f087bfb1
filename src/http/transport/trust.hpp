#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::http {

/// The trusted roots. OpenSSL parses every certificate of a bundle, which takes 30 ms for the 140
/// of a Linux distribution; this one only decodes them, and parses those that a peer's chain asks
/// for.
class TrustedRoots {
public:
    /// Reads the PEM certificates in `ca_bundle`; where it is empty those in the file that
    /// AWS_CA_BUNDLE or SSL_CERT_FILE name, else in the first of the places where Debian, Alpine
    /// and AL2023 keep theirs. Fails as system where the file cannot be read or holds none.
    [[nodiscard]] static base::Result<std::unique_ptr<TrustedRoots>>
    open(const std::string& ca_bundle, const base::Environment& environment);

    /// Makes `context` look for issuers here. The roots must outlive it.
    void serve(SSL_CTX* context);

    /// Puts the roots that bear that name (as DER) into the store, and all of them where none is
    /// written the same way. Does nothing the second time.
    void supply(X509_STORE* store, std::string_view name);

    [[nodiscard]] std::size_t size() const { return certificates_.size(); }

private:
    struct Certificate {
        std::string der;
        bool supplied = false;
    };

    explicit TrustedRoots(std::vector<Certificate> certificates);
    static std::vector<Certificate> decode(std::string_view pem);

    std::vector<Certificate> certificates_;
};

} // namespace exarch::http
