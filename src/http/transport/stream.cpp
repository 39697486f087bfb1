#include "http/transport/stream.hpp"

#include "base/assert.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace exarch::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::unexpected<StreamFailure> fail(const error_code& error) {
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
        return std::unexpected(
            StreamFailure{.kind = StreamFailure::Kind::stopped, .what = "it was given up"});
    }
    return std::unexpected(StreamFailure{.what = error.message()});
}

std::unexpected<StreamFailure> fail_by_errno() {
    return fail(error_code(errno, asio::error::get_system_category()));
}

std::unexpected<StreamFailure> fail_by_end() {
    return std::unexpected(StreamFailure{.kind = StreamFailure::Kind::ended,
                                         .what = "the other side closed the connection"});
}

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

Stream::Stream(const asio::any_io_executor& executor) : socket_(executor) {}

Stream::Stream(tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
}

Stream::~Stream() {
    close();
}

asio::awaitable<StreamResult<void>> Stream::connect(tcp::endpoint endpoint) {
    error_code error;
    socket_.close(error);
    socket_.open(endpoint.protocol(), error);
    if (error) {
        co_return fail(error);
    }
    // Head and body may leave in two writes; neither waits for the other's acknowledgement.
    socket_.set_option(tcp::no_delay(true), error);
    std::tie(error) = co_await socket_.async_connect(endpoint, asio::as_tuple(asio::deferred));
    if (error) {
        co_return fail(error);
    }
    socket_.native_non_blocking(true, error);
    co_return StreamResult<void>();
}

asio::awaitable<StreamResult<void>> Stream::secure(std::shared_ptr<const TlsContext> context,
                                                   std::string host,
                                                   std::shared_ptr<TlsTicket> ticket) {
    context_ = std::move(context);
    ticket_ = std::move(ticket);
    session_ = context_->begin(socket_.native_handle(), host, *ticket_);
    for (;;) {
        const auto attempt = try_handshake();
        if (!attempt.has_value()) {
            // Whatever went wrong may have been the ticket's fault.
            ticket_->reset();
            co_return std::unexpected(attempt.error());
        }
        if (attempt->need == Need::nothing) {
            co_return StreamResult<void>();
        }
        auto waited = co_await wait(attempt->need);
        if (!waited.has_value()) {
            co_return waited;
        }
    }
}

asio::awaitable<StreamResult<std::size_t>> Stream::read_some(std::span<char> into) {
    for (;;) {
        const auto attempt = try_read(into);
        if (!attempt.has_value()) {
            co_return std::unexpected(attempt.error());
        }
        if (attempt->need == Need::nothing) {
            co_return attempt->bytes;
        }
        const auto waited = co_await wait(attempt->need);
        if (!waited.has_value()) {
            co_return std::unexpected(waited.error());
        }
    }
}

asio::awaitable<StreamResult<void>> Stream::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto attempt = try_write(bytes);
        if (!attempt.has_value()) {
            co_return std::unexpected(attempt.error());
        }
        bytes.remove_prefix(attempt->bytes);
        if (attempt->need == Need::nothing) {
            continue;
        }
        auto waited = co_await wait(attempt->need);
        if (!waited.has_value()) {
            co_return waited;
        }
    }
    co_return StreamResult<void>();
}

asio::awaitable<StreamResult<void>> Stream::wait_readable() {
    return wait(Need::readable);
}

asio::awaitable<StreamResult<void>> Stream::wait(Need need) {
    const auto what = need == Need::readable ? tcp::socket::wait_read : tcp::socket::wait_write;
    const auto [error] = co_await socket_.async_wait(what, asio::as_tuple(asio::deferred));
    if (error) {
        co_return fail(error);
    }
    co_return StreamResult<void>();
}

StreamResult<Stream::Attempt> Stream::try_read(std::span<char> into) {
    if (!socket_.is_open()) {
        return fail(asio::error::operation_aborted);
    }
    if (session_ != nullptr) {
        std::size_t bytes = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(session_.get(), into.data(), into.size(), &bytes);
        return judge(result, bytes);
    }
    const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
    if (got > 0) {
        return Attempt{.bytes = static_cast<std::size_t>(got)};
    }
    if (got == 0) {
        return fail_by_end();
    }
    if (would_block()) {
        return Attempt{.need = Need::readable};
    }
    return fail_by_errno();
}

StreamResult<Stream::Attempt> Stream::try_write(std::string_view bytes) {
    if (!socket_.is_open()) {
        return fail(asio::error::operation_aborted);
    }
    if (session_ != nullptr) {
        std::size_t written = 0;
        ERR_clear_error();
        const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &written);
        return judge(result, written);
    }
    const ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
        return Attempt{.bytes = static_cast<std::size_t>(sent)};
    }
    if (would_block()) {
        return Attempt{.need = Need::writable};
    }
    return fail_by_errno();
}

StreamResult<Stream::Attempt> Stream::try_handshake() {
    if (!socket_.is_open()) {
        return fail(asio::error::operation_aborted);
    }
    ERR_clear_error();
    return judge(SSL_do_handshake(session_.get()), 0);
}

StreamResult<Stream::Attempt> Stream::judge(int result, std::size_t bytes) {
    if (result > 0) {
        return Attempt{.bytes = bytes};
    }
    const int system_error = errno;
    switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        return Attempt{.need = Need::readable};
    case SSL_ERROR_WANT_WRITE:
        return Attempt{.need = Need::writable};
    case SSL_ERROR_ZERO_RETURN:
        return fail_by_end();
    case SSL_ERROR_SYSCALL:
        if (ERR_peek_error() == 0 && system_error != 0) {
            return fail(error_code(system_error, asio::error::get_system_category()));
        }
        break;
    default:
        break;
    }
    return std::unexpected(StreamFailure{.what = explain_tls_failure(session_.get())});
}

bool Stream::is_quiet() {
    if (!socket_.is_open()) {
        return false;
    }
    char byte = 0;
    const ssize_t got =
        ::recv(socket_.native_handle(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
    const bool is_empty = got < 0 && would_block();
    if (session_ == nullptr) {
        return is_empty;
    }
    if (is_empty && SSL_has_pending(session_.get()) == 0) {
        return SSL_get_shutdown(session_.get()) == 0;
    }
    // Through TLS, so that a ticket that came late does no harm.
    std::size_t bytes = 0;
    ERR_clear_error();
    const int result = SSL_peek_ex(session_.get(), &byte, sizeof byte, &bytes);
    return result <= 0 && SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ;
}

bool Stream::is_resumed() const {
    return session_ != nullptr && SSL_session_reused(session_.get()) == 1;
}

void Stream::close() {
    if (session_ != nullptr && socket_.is_open() && SSL_is_init_finished(session_.get()) == 1) {
        // OpenSSL holds a session that ended without this for unfit to be resumed.
        ERR_clear_error();
        SSL_shutdown(session_.get());
    }
    error_code ignored;
    socket_.close(ignored);
}

} // namespace exarch::http
