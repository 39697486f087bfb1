#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "http/transport/trust.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace exarch::http {

/// Releases OpenSSL's objects.
struct TlsDeleter {
    void operator()(SSL_CTX* context) const;
    void operator()(SSL* session) const;
    void operator()(SSL_SESSION* ticket) const;
    void operator()(BIO_METHOD* method) const;
};

/// What a server gives for a shorter handshake next time; the newest, or none.
using TlsTicket = std::unique_ptr<SSL_SESSION, TlsDeleter>;
using TlsSession = std::unique_ptr<SSL, TlsDeleter>;

/// What all TLS connections of a client share: TLS 1.2 or later, the trusted roots, peers verified.
/// There is no way to make one that does not verify. One thread.
class TlsContext {
public:
    /// As TrustedRoots::open() chooses and fails.
    [[nodiscard]] static base::Result<std::shared_ptr<TlsContext>>
    open(const std::string& ca_bundle, const base::Environment& environment);

    /// A session about to begin on that socket, which asks for and verifies `host` (a name or an
    /// IP address), resumes by the ticket where there is one, and leaves new ones there. The
    /// context and `ticket` must outlive it.
    [[nodiscard]] TlsSession begin(int socket, const std::string& host, TlsTicket& ticket) const;

private:
    explicit TlsContext(std::unique_ptr<TrustedRoots> roots);

    std::unique_ptr<TrustedRoots> roots_;
    std::unique_ptr<BIO_METHOD, TlsDeleter> method_;
    std::unique_ptr<SSL_CTX, TlsDeleter> context_;
};

/// Why the session failed, for people: what is wrong with the certificate, or what OpenSSL's error
/// queue holds, which is emptied.
[[nodiscard]] std::string explain_tls_failure(const SSL* session);

} // namespace exarch::http
