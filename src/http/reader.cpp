#include "http/reader.hpp"

#include "base/assert.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace exarch::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

constexpr std::size_t chunk_bytes = std::size_t{16} * 1024;
constexpr int interim_responses_max = 16;
constexpr std::size_t usual_fields = 12;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

// Bytes that came and are not read yet.
class Buffer {
public:
    explicit Buffer(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Empty when the bound is reached.
    std::span<char> room() {
        if (begin_ == end_) {
            begin_ = 0;
            end_ = 0;
        }
        if (end_ == capacity_) {
            make_room();
        }
        return {bytes_.get() + end_, capacity_ - end_};
    }

    void filled(std::size_t bytes) {
        EXARCH_ASSERT(bytes <= capacity_ - end_);
        end_ += bytes;
    }
    void consume(std::size_t bytes) { begin_ += bytes; }
    [[nodiscard]] std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }

private:
    void make_room() {
        const std::size_t used = end_ - begin_;
        const std::size_t wanted = std::min(used * 2 + chunk_bytes, bytes_max_ + chunk_bytes);
        auto bytes = std::make_unique_for_overwrite<char[]>(wanted);
        if (used > 0) {
            std::memcpy(bytes.get(), bytes_.get() + begin_, used);
        }
        bytes_ = std::move(bytes);
        capacity_ = wanted;
        begin_ = 0;
        end_ = used;
    }

    std::size_t bytes_max_;
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

struct StartLine {
    std::string method;
    std::string target;
    int status = 0;
};

// Beast's parser, putting what it finds straight into our own types.
template <bool is_request>
class Parser final : public beast::http::basic_parser<is_request> {
public:
    StartLine start;
    Headers headers;
    std::string body;

private:
    using verb = beast::http::verb;
    using field = beast::http::field;

    void on_request_impl(verb, beast::string_view method, beast::string_view target, int,
                         error_code& error) override {
        error = {};
        start.method = view(method);
        start.target = view(target);
        headers.reserve(usual_fields);
    }
    void on_response_impl(int code, beast::string_view, int, error_code& error) override {
        constexpr int status_min = 100;
        error = {};
        if (code < status_min) {
            error = beast::http::error::bad_status;
        }
        start.status = code;
        headers.reserve(usual_fields);
    }
    void on_field_impl(field, beast::string_view name, beast::string_view value,
                       error_code& error) override {
        error = {};
        // Fields after a chunked body are dropped: nobody signs or reads them.
        if (!this->is_header_done()) {
            headers.add(std::string(view(name)), std::string(view(value)));
        }
    }
    void on_header_impl(error_code& error) override { error = {}; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                           error_code& error) override {
        constexpr std::uint64_t trusted_max = 256 * 1024;
        error = {};
        if (length.has_value()) {
            body.reserve(static_cast<std::size_t>(std::min(*length, trusted_max)));
        }
    }
    std::size_t on_body_impl(beast::string_view part, error_code& error) override {
        error = {};
        body += view(part);
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code& error) override {
        error = {};
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view part,
                                   error_code& error) override {
        return on_body_impl(part, error);
    }
    void on_finish_impl(error_code& error) override { error = {}; }
};

ReadProblem explain(const error_code& error) {
    using beast::http::error::body_limit;
    using beast::http::error::buffer_overflow;
    using beast::http::error::header_limit;
    using beast::http::error::partial_message;
    ReadFailure failure = ReadFailure::malformed;
    if (error == header_limit || error == buffer_overflow) {
        failure = ReadFailure::header_too_large;
    } else if (error == body_limit) {
        failure = ReadFailure::body_too_large;
    } else if (error == partial_message) {
        failure = ReadFailure::ended_early;
    }
    return {.failure = failure, .what = error.message()};
}

// One message at a time out of a stream of bytes.
template <bool is_request>
class Reader {
public:
    explicit Reader(ReadLimits limits, bool header_only = false)
        : limits_(limits), header_only_(header_only), buffer_(limits.header_bytes_max) {
        begin();
    }

    void begin() {
        // Ours is the bound: Beast's holds only where a header comes in pieces.
        constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();
        parser_.emplace();
        parser_->eager(true);
        parser_->skip(header_only_);
        parser_->header_limit(no_limit);
        parser_->body_limit(limits_.body_bytes_max);
        header_bytes_left_ = limits_.header_bytes_max;
    }

    ReadProgress read() {
        while (!parser_->is_done()) {
            const bool in_header = !parser_->is_header_done();
            // No more than a header, or a line between chunks, may take: how the network cuts a
            // message makes no difference then.
            const std::size_t window = in_header ? header_bytes_left_ : limits_.header_bytes_max;
            const std::string_view unread = buffer_.unread();
            const std::string_view part = unread.substr(0, window);
            error_code error;
            const std::size_t consumed =
                parser_->put(boost::asio::buffer(part.data(), part.size()), error);
            buffer_.consume(consumed);
            header_bytes_left_ -= in_header ? std::min(consumed, header_bytes_left_) : 0;
            if (error == beast::http::error::need_more) {
                // With a header that fits, the first bytes of a chunk may have come.
                if (part.size() == window && (!parser_->is_header_done() || consumed == 0)) {
                    return std::unexpected(explain(beast::http::error::header_limit));
                }
                if (part.size() == unread.size()) {
                    return false;
                }
                continue;
            }
            if (error) {
                return std::unexpected(explain(error));
            }
            if (consumed == 0 || buffer_.unread().empty()) {
                break;
            }
        }
        return parser_->is_done();
    }

    [[nodiscard]] bool started() const { return parser_->got_some() || !buffer_.unread().empty(); }

    Buffer& buffer() { return buffer_; }
    [[nodiscard]] const Buffer& buffer() const { return buffer_; }
    Parser<is_request>& parser() { return *parser_; }
    [[nodiscard]] const Parser<is_request>& parser() const { return *parser_; }

private:
    ReadLimits limits_;
    bool header_only_;
    Buffer buffer_;
    std::optional<Parser<is_request>> parser_;
    std::size_t header_bytes_left_ = 0;
};

} // namespace

struct ResponseReader::State {
    State(ReadLimits limits, bool header_only) : reader(limits, header_only) {}

    ReadProgress read() {
        ReadProgress progress = reader.read();
        while (progress.has_value() && *progress && is_interim()) {
            if (++interim_responses > interim_responses_max) {
                return std::unexpected(
                    ReadProblem{.failure = ReadFailure::malformed, .what = "endless 1xx replies"});
            }
            reader.begin();
            if (reader.buffer().unread().empty()) {
                return false;
            }
            progress = reader.read();
        }
        return progress;
    }

    [[nodiscard]] bool is_interim() const {
        constexpr int switching_protocols = 101;
        const int status = reader.parser().start.status;
        return status >= 100 && status < 200 && status != switching_protocols;
    }

    Reader<false> reader;
    int interim_responses = 0;
};

ResponseReader::ResponseReader(ReadLimits limits, bool header_only)
    : state_(std::make_unique<State>(limits, header_only)) {}

ResponseReader::~ResponseReader() = default;

std::span<char> ResponseReader::room() {
    return state_->reader.buffer().room();
}

ReadProgress ResponseReader::filled(std::size_t bytes) {
    state_->reader.buffer().filled(bytes);
    return state_->read();
}

ReadProgress ResponseReader::ended() {
    auto& parser = state_->reader.parser();
    if (!parser.got_some()) {
        return std::unexpected(
            ReadProblem{.failure = ReadFailure::ended_early, .what = "no byte of an answer came"});
    }
    error_code error;
    parser.put_eof(error);
    if (error) {
        return std::unexpected(explain(error));
    }
    return true;
}

bool ResponseReader::started() const {
    return state_->reader.started() || state_->interim_responses > 0;
}

bool ResponseReader::reusable() const {
    const auto& parser = state_->reader.parser();
    constexpr int switching_protocols = 101;
    return parser.is_done() && parser.keep_alive() && !parser.need_eof() &&
           parser.start.status != switching_protocols && state_->reader.buffer().unread().empty();
}

Response ResponseReader::take() {
    auto& parser = state_->reader.parser();
    EXARCH_ASSERT(parser.is_done());
    return Response{.status = parser.start.status,
                    .headers = std::move(parser.headers),
                    .body = std::move(parser.body)};
}

struct RequestReader::State {
    explicit State(ReadLimits limits) : reader(limits) {}
    Reader<true> reader;
    bool said_continue = false;
};

RequestReader::RequestReader(ReadLimits limits) : state_(std::make_unique<State>(limits)) {}

RequestReader::~RequestReader() = default;

std::span<char> RequestReader::room() {
    return state_->reader.buffer().room();
}

ReadProgress RequestReader::filled(std::size_t bytes) {
    state_->reader.buffer().filled(bytes);
    if (state_->reader.buffer().unread().empty()) {
        return state_->reader.parser().is_done();
    }
    return state_->reader.read();
}

bool RequestReader::started() const {
    return state_->reader.started();
}

bool RequestReader::must_say_continue() {
    const auto& parser = state_->reader.parser();
    if (!parser.is_header_done() || parser.is_done() || state_->said_continue) {
        return false;
    }
    const auto expected = parser.headers.get("Expect");
    state_->said_continue = expected.has_value() && equal_ignoring_case(*expected, "100-continue");
    return state_->said_continue;
}

bool RequestReader::keep_alive() const {
    return state_->reader.parser().keep_alive();
}

Request RequestReader::take() {
    auto& parser = state_->reader.parser();
    EXARCH_ASSERT(parser.is_done());
    Request request{.method = std::move(parser.start.method),
                    .origin = {},
                    .target = std::move(parser.start.target),
                    .headers = std::move(parser.headers),
                    .body = std::move(parser.body)};
    state_->reader.begin();
    state_->said_continue = false;
    return request;
}

} // namespace exarch::http
