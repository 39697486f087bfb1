#include "http/reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::http {
namespace {

// Hands the text over in pieces of that size until the reader is satisfied or refuses.
template <class Reader>
ReadProgress feed(Reader& reader, std::string_view text, std::size_t piece_bytes = 1'000'000) {
    ReadProgress progress = false;
    while (!text.empty() && progress.has_value() && !*progress) {
        const auto room = reader.room();
        EXPECT_FALSE(room.empty());
        const std::size_t bytes = std::min({text.size(), piece_bytes, room.size()});
        std::copy_n(text.begin(), bytes, room.begin());
        text.remove_prefix(bytes);
        progress = reader.filled(bytes);
    }
    return progress;
}

std::string failure_of(std::string_view text, ReadFailure expected, ReadLimits limits = {}) {
    ResponseReader reader(limits);
    const ReadProgress progress = feed(reader, text);
    if (progress.has_value()) {
        ADD_FAILURE() << "accepted: " << text.substr(0, 100);
        return "accepted";
    }
    EXPECT_EQ(progress.error().failure, expected) << progress.error().what;
    return progress.error().what;
}

constexpr std::string_view created = "HTTP/1.1 201 Created\r\n"
                                     "x-amzn-RequestId: 42\r\n"
                                     "Content-Length: 4\r\n"
                                     "\r\n"
                                     "<a/>";

TEST(response_reader, reads_a_response_in_pieces_of_any_size) {
    for (std::size_t piece = 1; piece <= created.size(); ++piece) {
        ResponseReader reader(ReadLimits{});
        EXPECT_FALSE(reader.started());
        ASSERT_EQ(feed(reader, created, piece), ReadProgress(true)) << piece;
        EXPECT_TRUE(reader.started());
        EXPECT_TRUE(reader.reusable());
        const Response response = reader.take();
        EXPECT_EQ(response.status, 201);
        EXPECT_EQ(response.headers.get("X-Amzn-Requestid"), "42");
        EXPECT_EQ(response.body, "<a/>");
    }
}

TEST(response_reader, joins_chunks_and_drops_what_follows_them) {
    constexpr std::string_view text =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        ResponseReader reader(ReadLimits{});
        ASSERT_EQ(feed(reader, text, piece), ReadProgress(true)) << piece;
        EXPECT_TRUE(reader.reusable());
        const Response response = reader.take();
        EXPECT_EQ(response.body, "abc0123456789");
        EXPECT_EQ(response.headers.get("Trailer"), std::nullopt);
    }
}

TEST(response_reader, reads_a_large_body) {
    const std::string body(3'000'000, 'b');
    ResponseReader reader(ReadLimits{});
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n";
    ASSERT_EQ(feed(reader, head + body), ReadProgress(true));
    EXPECT_EQ(reader.take().body, body);
}

TEST(response_reader, some_answers_have_no_body_whatever_their_header_says) {
    for (const char* const status : {"204 No Content", "304 Not Modified"}) {
        ResponseReader reader(ReadLimits{});
        ASSERT_EQ(feed(reader, std::string("HTTP/1.1 ") + status + "\r\n\r\n"), ReadProgress(true));
        EXPECT_TRUE(reader.reusable());
    }
    ResponseReader head(ReadLimits{}, true);
    ASSERT_EQ(feed(head, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"), ReadProgress(true));
    EXPECT_TRUE(head.reusable());
}

TEST(response_reader, skips_interim_answers_but_not_for_ever) {
    const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n"
                                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    for (const std::size_t piece : {1U, 7U, 1000U}) {
        ResponseReader reader(ReadLimits{});
        ASSERT_EQ(feed(reader, interim + std::string(created), piece), ReadProgress(true));
        const Response response = reader.take();
        EXPECT_EQ(response.status, 201);
        EXPECT_EQ(response.headers.get("Link"), std::nullopt);
    }
    std::string endless;
    for (int i = 0; i < 100; ++i) {
        endless += interim;
    }
    EXPECT_EQ(failure_of(endless, ReadFailure::malformed), "endless 1xx replies");
}

TEST(response_reader, a_body_may_end_with_the_connection) {
    ResponseReader reader(ReadLimits{});
    ASSERT_EQ(feed(reader, "HTTP/1.1 200 OK\r\n\r\nabc"), ReadProgress(false));
    EXPECT_EQ(reader.ended(), ReadProgress(true));
    EXPECT_FALSE(reader.reusable());
    EXPECT_EQ(reader.take().body, "abc");
}

TEST(response_reader, an_end_anywhere_else_is_too_early) {
    for (std::size_t bytes = 0; bytes < created.size(); ++bytes) {
        ResponseReader reader(ReadLimits{});
        ASSERT_EQ(feed(reader, created.substr(0, bytes)), ReadProgress(false)) << bytes;
        const ReadProgress end = reader.ended();
        ASSERT_FALSE(end.has_value()) << bytes;
        EXPECT_EQ(end.error().failure, ReadFailure::ended_early);
    }
    ResponseReader chunked(ReadLimits{});
    (void)feed(chunked, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    EXPECT_FALSE(chunked.ended().has_value());
}

TEST(response_reader, an_empty_body_in_chunks_may_come_byte_by_byte) {
    ResponseReader reader(ReadLimits{});
    const std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    EXPECT_EQ(feed(reader, text, 1), ReadProgress(true));
    EXPECT_TRUE(reader.reusable());
    EXPECT_EQ(reader.take().body, "");
}

TEST(response_reader, the_connection_is_used_again_only_where_both_agree) {
    const auto reusable = [](std::string_view text) {
        ResponseReader reader(ReadLimits{});
        EXPECT_EQ(feed(reader, text), ReadProgress(true)) << text;
        return reader.reusable();
    };
    EXPECT_TRUE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_FALSE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    EXPECT_FALSE(reusable("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_TRUE(reusable("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_FALSE(reusable("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nunasked"));
    EXPECT_FALSE(reusable("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
}

TEST(response_reader, refuses_what_is_not_http) {
    for (const std::string_view text :
         {"garbage\r\n\r\n", "\x16\x03\x01\x02\x01\x01\xff\xfc\x03\x03\xaa\xbb\xcc\xdd\xee\xff",
          "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 020 OK\r\n\r\n",
          "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
          "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\x01\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n"}) {
        EXPECT_NE(failure_of(text, ReadFailure::malformed), "");
    }
}

TEST(response_reader, refuses_a_header_beyond_the_limit_in_one_field_or_many) {
    const ReadLimits limits{.header_bytes_max = 4096};
    const std::string start = "HTTP/1.1 200 OK\r\n";
    failure_of(start + "A: " + std::string(100'000, 'a'), ReadFailure::header_too_large, limits);
    std::string many = start;
    for (int i = 0; i < 10'000; ++i) {
        many += "A: b\r\n";
    }
    failure_of(many, ReadFailure::header_too_large, limits);
    failure_of("HTTP/1.1 200 " + std::string(100'000, 'O'), ReadFailure::header_too_large, limits);
}

TEST(response_reader, holds_to_its_limit_however_the_network_cuts_a_header) {
    const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: ";
    const std::string end = "\r\n\r\n";
    const std::size_t field = 1024 - start.size() - end.size();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        for (const std::size_t extra : {0U, 1U, 2U, 3U, 4U, 5U, 100U}) {
            ResponseReader reader(ReadLimits{.header_bytes_max = 1024});
            const std::string text = start + std::string(field + extra, 'a') + end + "abc";
            const ReadProgress progress = feed(reader, text, piece);
            EXPECT_EQ(progress.has_value(), extra == 0) << piece << ' ' << extra;
        }
    }
}

TEST(response_reader, a_chunk_that_comes_with_its_header_is_no_part_of_it) {
    const std::string text =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;name=value\r\nabc\r\n0\r\n\r\n";
    // Wherever the longest possible header would end.
    for (std::size_t header_bytes = text.find("3;"); header_bytes <= text.size(); ++header_bytes) {
        ResponseReader reader(ReadLimits{.header_bytes_max = header_bytes});
        const ReadProgress progress = feed(reader, text, text.size());
        ASSERT_TRUE(progress.has_value()) << header_bytes << ": " << progress.error().what;
        EXPECT_TRUE(*progress) << header_bytes;
        EXPECT_EQ(reader.take().body, "abc") << header_bytes;
    }
}

TEST(response_reader, refuses_endless_lines_between_chunks) {
    const std::string start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    failure_of(start + "3;" + std::string(1'000'000, 'e'), ReadFailure::header_too_large);
    failure_of(start + "3\r\nabc\r\n0\r\nT: " + std::string(1'000'000, 't'),
               ReadFailure::header_too_large);
}

TEST(response_reader, refuses_a_body_beyond_the_limit_announced_or_not) {
    const ReadLimits limits{.body_bytes_max = 10};
    failure_of("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", ReadFailure::body_too_large,
               limits);
    failure_of("HTTP/1.1 200 OK\r\n\r\n01234567890", ReadFailure::body_too_large, limits);
    failure_of(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n",
        ReadFailure::body_too_large, limits);
    ResponseReader reader(limits);
    EXPECT_EQ(feed(reader, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"),
              ReadProgress(true));
}

TEST(request_reader, reads_requests_one_after_another_from_one_stream) {
    const std::string text = "POST /a?b=c HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyz"
                             "GET /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        RequestReader reader(ReadLimits{});
        EXPECT_FALSE(reader.started());
        std::vector<Request> requests;
        std::string_view rest = text;
        while (requests.size() < 2) {
            ReadProgress progress = reader.filled(0);
            while (progress == ReadProgress(false)) {
                const std::size_t bytes = std::min(piece, rest.size());
                std::copy_n(rest.begin(), bytes, reader.room().begin());
                rest.remove_prefix(bytes);
                progress = reader.filled(bytes);
            }
            ASSERT_EQ(progress, ReadProgress(true));
            EXPECT_EQ(reader.keep_alive(), requests.empty());
            requests.push_back(reader.take());
        }
        EXPECT_EQ(requests[0].method, "POST");
        EXPECT_EQ(requests[0].target, "/a?b=c");
        EXPECT_EQ(requests[0].body, "xyz");
        EXPECT_EQ(requests[1].method, "GET");
        EXPECT_EQ(requests[1].target, "/second");
        EXPECT_FALSE(reader.started());
    }
}

TEST(request_reader, says_continue_once_a_request_that_waits_for_it) {
    RequestReader reader(ReadLimits{});
    ASSERT_EQ(feed(reader, "POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"),
              ReadProgress(false));
    EXPECT_TRUE(reader.must_say_continue());
    EXPECT_FALSE(reader.must_say_continue());
    ASSERT_EQ(feed(reader, "ab"), ReadProgress(true));
    EXPECT_FALSE(reader.must_say_continue());
    EXPECT_EQ(reader.take().body, "ab");
    ASSERT_EQ(feed(reader, "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n"), ReadProgress(false));
    EXPECT_FALSE(reader.must_say_continue());
}

TEST(request_reader, refuses_what_two_servers_could_read_differently) {
    for (const std::string_view text :
         {"GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", "GET  / HTTP/1.1\r\n",
          "GET / HTTP/1.1 \r\n", "G\x01T / HTTP/1.1\r\n\r\n", "GET / HTTP/3.0\r\n\r\n",
          "GET / HTTP/1.1\r\n: x\r\n\r\n"}) {
        RequestReader reader(ReadLimits{});
        EXPECT_FALSE(feed(reader, text).has_value()) << text;
    }
}

} // namespace
} // namespace exarch::http
