#include "http/wire.hpp"

#include <gtest/gtest.h>

namespace exarch::http {
namespace {

Request post(std::string body) {
    Request request;
    request.method = "POST";
    request.origin = {.tls = true, .host = "sts.amazonaws.com", .port = 443};
    request.body = std::move(body);
    return request;
}

std::string refusal(const Request& request) {
    const auto head = format_head(request, RequestForm{});
    if (head.has_value()) {
        return "accepted";
    }
    EXPECT_EQ(head.error().kind(), base::ErrorKind::invalid);
    return head.error().message();
}

TEST(request_head, gets_host_and_length_where_they_are_missing) {
    Request request = post("a=b");
    request.target = "/x?y=%20";
    request.headers.add("X-Amz-Date", "20261124T000000Z");
    EXPECT_EQ(format_head(request, RequestForm{}), "POST /x?y=%20 HTTP/1.1\r\n"
                                                   "Host: sts.amazonaws.com\r\n"
                                                   "X-Amz-Date: 20261124T000000Z\r\n"
                                                   "Content-Length: 3\r\n\r\n");
}

TEST(request_head, keeps_the_host_and_length_that_were_signed) {
    Request request = post("a=b");
    request.headers.add("host", "other.example");
    request.headers.add("content-length", "3");
    EXPECT_EQ(format_head(request, RequestForm{}),
              "POST / HTTP/1.1\r\nhost: other.example\r\ncontent-length: 3\r\n\r\n");
}

TEST(request_head, tells_of_an_empty_body_only_where_one_is_usual) {
    EXPECT_TRUE(format_head(post(""), RequestForm{})->contains("Content-Length: 0\r\n"));
    Request get = post("");
    get.method = "GET";
    EXPECT_FALSE(format_head(get, RequestForm{})->contains("Content-Length"));
}

TEST(request_head, to_a_proxy_carries_the_whole_url_and_its_authorization) {
    Request request = post("");
    request.method = "GET";
    request.origin = {.tls = false, .host = "::1", .port = 4600};
    request.target = "/a";
    EXPECT_EQ(format_head(request, {.absolute = true, .proxy_authorization = "Basic eDp5"}),
              "GET http://[::1]:4600/a HTTP/1.1\r\nHost: [::1]:4600\r\n"
              "Proxy-Authorization: Basic eDp5\r\n\r\n");
}

TEST(request_head, nothing_can_be_smuggled_into_it) {
    const auto with_field = [](std::string name, std::string value) {
        Request request = post("abc");
        request.headers.add(std::move(name), std::move(value));
        return refusal(request);
    };
    EXPECT_TRUE(with_field("X", "a\r\nY: b").contains("control character"));
    EXPECT_TRUE(with_field("X", "a\nb").contains("control character"));
    EXPECT_TRUE(with_field("X", std::string("a\0b", 3)).contains("control character"));
    EXPECT_NE(with_field("", "a"), "accepted");
    EXPECT_NE(with_field("X Y", "a"), "accepted");
    EXPECT_NE(with_field("X:", "a"), "accepted");
    EXPECT_NE(with_field("X\r\nY", "a"), "accepted");
    EXPECT_TRUE(with_field("Transfer-Encoding", "chunked").contains("Transfer-Encoding"));
    for (const char* const length : {"2", "4", "03x", "", "+3", "-3", " 3"}) {
        EXPECT_TRUE(with_field("Content-Length", length).contains("Content-Length")) << length;
    }
    EXPECT_EQ(with_field("X", "\tvis\xc3\xa9 ble"), "accepted");
}

TEST(request_head, a_target_or_method_that_is_none_is_refused) {
    const auto with_target = [](std::string target) {
        Request request = post("");
        request.target = std::move(target);
        return refusal(request);
    };
    for (const char* const target : {"", "x", "/a b", "/a\r\nX: y", "/\x7f", "http://a/"}) {
        EXPECT_TRUE(with_target(target).contains("its target")) << target;
    }
    EXPECT_EQ(with_target("*"), "accepted");
    Request request = post("");
    for (const char* const method : {"", "GE T", "GET\r\n", "G(T"}) {
        request.method = method;
        EXPECT_TRUE(refusal(request).contains("its method")) << method;
    }
}

TEST(request_head, a_refusal_does_not_show_a_value) {
    Request request = post("");
    request.headers.add("X-Amz-Security-Token", "hush\r\nhush");
    EXPECT_FALSE(refusal(request).contains("hush"));
}

TEST(tunnel_head, asks_for_the_authority) {
    EXPECT_EQ(format_tunnel_head("a.example:443", ""),
              "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
    EXPECT_TRUE(format_tunnel_head("a.example:443", "Basic eDp5")
                    .contains("\r\nProxy-Authorization: Basic eDp5\r\n"));
}

TEST(response_head, tells_length_and_the_end_of_the_connection) {
    Response response;
    response.status = 201;
    response.headers.add("Content-Type", "text/xml");
    response.headers.add("Content-Length", "999");
    response.headers.add("Connection", "keep-alive");
    response.body = "<a/>";
    EXPECT_EQ(format_head(response, true), "HTTP/1.1 201 Created\r\nContent-Type: text/xml\r\n"
                                           "Content-Length: 4\r\n\r\n");
    EXPECT_EQ(format_head(response, false), "HTTP/1.1 201 Created\r\nContent-Type: text/xml\r\n"
                                            "Content-Length: 4\r\nConnection: close\r\n\r\n");
}

TEST(response_head, a_handler_cannot_split_the_answer) {
    Response response;
    response.status = 204;
    response.headers.add("Location", "/a\r\nSet-Cookie: x");
    response.headers.add("Bad Name", "x");
    EXPECT_EQ(format_head(response, true),
              "HTTP/1.1 204 No Content\r\nLocation: /a  Set-Cookie: x\r\n\r\n");
}

TEST(reason, is_known_for_the_usual_and_something_for_the_rest) {
    EXPECT_EQ(reason(200), "OK");
    EXPECT_EQ(reason(504), "Gateway Timeout");
    EXPECT_EQ(reason(404), "Not Found");
    EXPECT_EQ(reason(299), "Status");
    EXPECT_EQ(reason(999), "Status");
    EXPECT_EQ(reason(0), "Status");
}

} // namespace
} // namespace exarch::http
