#include "tls_server.hpp"

#include "raw_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

// Asio's TLS is needed by this test alone.
#include <boost/asio/ssl/impl/src.hpp>

#include <array>
#include <cstring>
#include <utility>

namespace exarch::http {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

namespace {

// OpenSSL wants six parameters of it, which a lambda may have.
constexpr auto choose_protocol = [](SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                                    const unsigned char* offered, unsigned int offered_bytes,
                                    void*) {
    static constexpr std::array<unsigned char, 9> own = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, chosen_bytes, own.data(), own.size(), offered, offered_bytes);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
};

std::string describe(SSL* session) {
    const char* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    const unsigned char* protocol = nullptr;
    unsigned int bytes = 0;
    SSL_get0_alpn_selected(session, &protocol, &bytes);
    std::string text = name != nullptr ? name : "";
    text += '|';
    text.append(reinterpret_cast<const char*>(protocol), bytes);
    return text + '|' + SSL_get_version(session);
}

} // namespace

struct TlsServer::State {
    State(asio::io_context& io, TlsServerParams with)
        : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          context(asio::ssl::context::tls_server), params(std::move(with)) {
        context.use_certificate_chain(asio::buffer(params.identity.certificate));
        context.use_private_key(asio::buffer(params.identity.key), asio::ssl::context::pem);
        SSL_CTX* const raw = context.native_handle();
        // Level 0, so that the old versions can be offered at all.
        SSL_CTX_set_security_level(raw, 0);
        SSL_CTX_set_min_proto_version(raw, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(raw, params.version_max);
        if (params.negotiates) {
            SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
        }
    }

    static asio::awaitable<void> accept(std::shared_ptr<State> self) {
        for (;;) {
            auto [error, socket] = co_await self->acceptor.async_accept(tuple);
            if (error) {
                co_return;
            }
            asio::co_spawn(self->acceptor.get_executor(), serve(self, std::move(socket)),
                           asio::detached);
        }
    }

    static asio::awaitable<void> serve(std::shared_ptr<State> self, tcp::socket socket) {
        asio::ssl::stream<tcp::socket> stream(std::move(socket), self->context);
        const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, tuple);
        if (error) {
            co_return;
        }
        ++self->handshakes;
        self->resumed += SSL_session_reused(stream.native_handle());
        const int answers_max = self->params.answers_max;
        for (int i = 0; answers_max == 0 || i < answers_max; ++i) {
            std::string request;
            while (!request.contains("\r\n\r\n")) {
                std::array<char, 4096> piece;
                const auto [failed, bytes] =
                    co_await stream.async_read_some(asio::buffer(piece), tuple);
                if (failed) {
                    co_return;
                }
                request.append(piece.data(), bytes);
            }
            const bool is_last = i + 1 == answers_max && self->params.announces;
            const std::string answer =
                format_ok(describe(stream.native_handle()), is_last ? "Connection: close\r\n" : "");
            co_await asio::async_write(stream, asio::buffer(answer), tuple);
        }
        if (!self->params.drops) {
            co_await stream.async_shutdown(tuple);
        }
    }

    tcp::acceptor acceptor;
    asio::ssl::context context;
    TlsServerParams params;
    int handshakes = 0;
    int resumed = 0;
};

TlsServer::TlsServer(asio::io_context& context, TlsServerParams params)
    : state_(std::make_shared<State>(context, std::move(params))) {
    asio::co_spawn(context, State::accept(state_), asio::detached);
}

TlsServer::~TlsServer() {
    state_->acceptor.close();
}

unsigned short TlsServer::port() const {
    return state_->acceptor.local_endpoint().port();
}

asio::awaitable<void> TlsServer::serve(tcp::socket socket) {
    return State::serve(state_, std::move(socket));
}

int TlsServer::handshakes() const {
    return state_->handshakes;
}

int TlsServer::resumed() const {
    return state_->resumed;
}

} // namespace exarch::http
