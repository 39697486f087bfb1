#include "http/transport/tls.hpp"

#include "base/assert.hpp"

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace exarch::http {
namespace {

int socket_of(BIO* bio) {
    return static_cast<int>(std::bit_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool is_retry(ssize_t result) {
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that went away would end the
// process by SIGPIPE.
int write_socket(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(socket_of(bio), data, size, MSG_NOSIGNAL);
    if (is_retry(sent)) {
        BIO_set_retry_write(bio);
    }
    *written = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    return sent > 0 ? 1 : 0;
}

int read_socket(BIO* bio, char* data, std::size_t size, std::size_t* read) {
    BIO_clear_retry_flags(bio);
    const ssize_t got = ::recv(socket_of(bio), data, size, 0);
    if (is_retry(got)) {
        BIO_set_retry_read(bio);
    }
    if (got == 0) {
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    }
    *read = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0 ? 1 : 0;
}

long control_socket(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) {
        return 1;
    }
    if (command == BIO_CTRL_EOF) {
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    }
    return 0;
}

BIO_METHOD* make_socket_method() {
    BIO_METHOD* const method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "exarch socket");
    EXARCH_ASSERT(method != nullptr);
    BIO_meth_set_write_ex(method, &write_socket);
    BIO_meth_set_read_ex(method, &read_socket);
    BIO_meth_set_ctrl(method, &control_socket);
    return method;
}

// Takes over the reference to the session.
int keep_ticket(SSL* session, SSL_SESSION* ticket) {
    static_cast<TlsTicket*>(SSL_get_app_data(session))->reset(ticket);
    return 1;
}

void configure(SSL_CTX* context) {
    constexpr std::array<unsigned char, 9> protocols = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    bool good = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
    good = good && SSL_CTX_set_alpn_protos(context, protocols.data(), protocols.size()) == 0;
    EXARCH_ASSERT(good);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    // A record's head and content in one system call.
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context, &keep_ticket);
}

// A name is asked for (SNI) and verified; an address is only verified.
void expect_host(SSL* session, std::string host) {
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    if (!error) {
        const int good = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
        EXARCH_ASSERT(good == 1);
        return;
    }
    if (host.ends_with('.')) {
        host.pop_back();
    }
    bool good = SSL_set_tlsext_host_name(session, host.c_str()) == 1;
    // A certificate's subject is no name of a host: RFC 9525, 2.
    SSL_set_hostflags(session,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    good = good && SSL_set1_host(session, host.c_str()) == 1;
    EXARCH_ASSERT(good);
}

} // namespace

void TlsDeleter::operator()(SSL_CTX* context) const {
    SSL_CTX_free(context);
}

void TlsDeleter::operator()(SSL* session) const {
    SSL_free(session);
}

void TlsDeleter::operator()(SSL_SESSION* ticket) const {
    SSL_SESSION_free(ticket);
}

void TlsDeleter::operator()(BIO_METHOD* method) const {
    BIO_meth_free(method);
}

base::Result<std::shared_ptr<TlsContext>> TlsContext::open(const std::string& ca_bundle,
                                                           const base::Environment& environment) {
    EXARCH_TRY(auto roots, TrustedRoots::open(ca_bundle, environment));
    return std::shared_ptr<TlsContext>(new TlsContext(std::move(roots)));
}

TlsContext::TlsContext(std::unique_ptr<TrustedRoots> roots)
    : roots_(std::move(roots)), method_(make_socket_method()),
      context_(SSL_CTX_new(TLS_client_method())) {
    EXARCH_ASSERT(context_ != nullptr);
    configure(context_.get());
    roots_->serve(context_.get());
}

TlsSession TlsContext::begin(int socket, const std::string& host, TlsTicket& ticket) const {
    TlsSession session(SSL_new(context_.get()));
    BIO* const bio = BIO_new(method_.get());
    EXARCH_ASSERT(session != nullptr && bio != nullptr);
    BIO_set_data(bio, std::bit_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    SSL_set_bio(session.get(), bio, bio);
    SSL_set_app_data(session.get(), static_cast<void*>(&ticket));
    expect_host(session.get(), host);
    if (ticket != nullptr) {
        SSL_set_session(session.get(), ticket.get());
    }
    SSL_set_connect_state(session.get());
    return session;
}

std::string explain_tls_failure(const SSL* session) {
    const long verdict = SSL_get_verify_result(session);
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    if (verdict != X509_V_OK) {
        return fmt::format("its certificate is not trusted ({})",
                           X509_verify_cert_error_string(verdict));
    }
    const char* const reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
    return reason != nullptr ? reason : "the connection broke";
}

} // namespace exarch::http
