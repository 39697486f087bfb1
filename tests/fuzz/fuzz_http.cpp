#include "aws/clock_skew.hpp"
#include "base/assert.hpp"
#include "http/reader.hpp"
#include "http/url.hpp"
#include "kind_of_input.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

using namespace exarch;

namespace {

constexpr http::ReadLimits limits{.header_bytes_max = 1024, .body_bytes_max = 2048};

/// What became of a message: what is wrong with it, or what was read.
struct Outcome {
    bool is_complete = false;
    http::ReadProblem problem = {};
    int status = 0;
    std::string method = {};
    std::string target = {};
    std::string body = {};

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Puts the bytes into the reader, at most `step` of them at a time.
template <typename Reader>
http::ReadProgress feed(Reader& reader, std::string_view bytes, std::size_t step) {
    http::ReadProgress progress = false;
    while (!bytes.empty() && progress.has_value() && !*progress) {
        const auto room = reader.room();
        EXARCH_ASSERT(!room.empty());
        const std::size_t count = std::min({step, room.size(), bytes.size()});
        std::memcpy(room.data(), bytes.data(), count);
        bytes.remove_prefix(count);
        progress = reader.filled(count);
    }
    return progress;
}

Outcome read_response(std::string_view bytes, std::size_t step) {
    http::ResponseReader reader(limits);
    http::ReadProgress progress = feed(reader, bytes, step);
    if (progress.has_value() && !*progress) {
        progress = reader.ended();
        // A peer that is gone brings nothing more.
        EXARCH_ASSERT(!progress.has_value() || *progress);
    }
    if (!progress.has_value()) {
        return {.problem = progress.error()};
    }
    const bool is_reusable = reader.reusable();
    const http::Response response = reader.take();
    EXARCH_ASSERT(!is_reusable || response.status != 101);
    // Nobody asks for another protocol, so that an answer of 101 is the last one, too.
    EXARCH_ASSERT(response.status == 101 || (response.status >= 200 && response.status <= 999));
    EXARCH_ASSERT(response.body.size() <= limits.body_bytes_max);
    return {.is_complete = true, .status = response.status, .body = response.body};
}

Outcome read_request(std::string_view bytes, std::size_t step) {
    http::RequestReader reader(limits);
    const http::ReadProgress progress = feed(reader, bytes, step);
    if (!progress.has_value()) {
        return {.problem = progress.error()};
    }
    if (!*progress) {
        return {};
    }
    EXARCH_ASSERT(!reader.must_say_continue());
    static_cast<void>(reader.keep_alive());
    const http::Request request = reader.take();
    EXARCH_ASSERT(!request.method.empty());
    EXARCH_ASSERT(request.body.size() <= limits.body_bytes_max);
    return {.is_complete = true,
            .method = request.method,
            .target = request.target,
            .body = request.body};
}

/// How the network cuts a message must make no difference, except in which of two faults is
/// noticed first.
template <typename Read>
void check_message(Read read, std::string_view bytes) {
    const Outcome whole = read(bytes, bytes.size());
    const Outcome cut = read(bytes, 1);
    EXARCH_ASSERT(whole.is_complete == cut.is_complete);
    EXARCH_ASSERT(!whole.is_complete || whole == cut);
}

void check_url(std::string_view text) {
    const auto url = http::parse_url(text);
    if (!url.has_value()) {
        EXARCH_ASSERT(!url.error().message().empty());
        return;
    }
    EXARCH_ASSERT(!url->origin.host.empty());
    EXARCH_ASSERT(url->target.starts_with('/'));
    EXARCH_ASSERT(http::mask_credentials(text).find('@') == std::string::npos ||
                  url->target.find('@') != std::string::npos);
}

// What was read is a date that exists.
void check_date(std::string_view text) {
    const auto date = aws::parse_http_date(text);
    EXARCH_ASSERT(!date.has_value() || text.ends_with(" GMT"));
    EXARCH_ASSERT(!date.has_value() || base::parse_timestamp(base::format(*date)) == *date);
}

} // namespace

// What the network brings, whole and byte by byte: the first line tells what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [kind, rest] = KindOfInput(data, size);
    if (kind == "response") {
        check_message(read_response, rest);
    } else if (kind == "request") {
        check_message(read_request, rest);
    } else if (kind == "url") {
        check_url(rest);
    } else if (kind == "date") {
        check_date(rest);
    }
    return 0;
}
