#include "aws/detail/error_reply.hpp"
#include "aws/error.hpp"
#include "unit/aws/printing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::aws {
namespace {

http::Response reply(int status, std::string body, http::Headers headers = {}) {
    return {status, std::move(headers), std::move(body)};
}

TEST(ErrorTest, code_decides_before_status) {
    struct Case {
        std::string_view service;
        std::string_view code;
        int status;
        Remedy remedy;
    };
    const std::vector<Case> cases = {
        {"cloudfront", "Throttling", 400, Remedy::slow_down},
        {"cloudfront", "Throttling", 429, Remedy::slow_down},
        {"cloudfront", "Throttling", 503, Remedy::slow_down},
        {"sqs", "RequestThrottled", 403, Remedy::slow_down},
        {"wafv2", "WAFThrottledForSomeReason", 400, Remedy::slow_down},
        {"sqs", "OverLimit", 400, Remedy::slow_down},
        {"sqs", "KmsThrottled", 400, Remedy::slow_down},
        {"cloudfront", "TooManyInvalidationsInProgress", 400, Remedy::slots_full},
        {"cloudfront", "NoSuchDistribution", 404, Remedy::not_found},
        {"cloudfront", "NoSuchInvalidation", 404, Remedy::not_found},
        {"cloudfront", "AccessDenied", 403, Remedy::denied},
        {"cloudfront", "AccessDenied", 200, Remedy::denied},
        {"cloudfront", "InvalidArgument", 400, Remedy::give_up},
        {"cloudfront", "BatchTooLarge", 413, Remedy::give_up},
        {"cloudfront", "InvalidationBatchAlreadyExists", 400, Remedy::outcome_unknown},
        {"sqs", "QueueDoesNotExist", 400, Remedy::not_found},
        {"sqs", "AWS.SimpleQueueService.NonExistentQueue", 400, Remedy::not_found},
        {"sqs", "ReceiptHandleIsInvalid", 404, Remedy::give_up},
        {"sts", "IDPCommunicationError", 400, Remedy::retry},
        {"sts", "MalformedPolicyDocument", 400, Remedy::give_up},
        {"sts", "RegionDisabledException", 403, Remedy::denied},
        {"sts", "ExpiredTokenException", 400, Remedy::renew_credentials},
        {"sts", "InvalidClientTokenId", 403, Remedy::renew_credentials},
        {"cloudfront", "ExpiredToken", 403, Remedy::renew_credentials},
        {"cloudfront", "RequestExpired", 400, Remedy::correct_clock},
        {"cloudfront", "SignatureDoesNotMatch", 403, Remedy::denied},
        {"cloudfront", "RequestTimeout", 400, Remedy::retry},
        {"dynamodb", "ProvisionedThroughputExceededException", 400, Remedy::slow_down},
        {"dynamodb", "TransactionConflictException", 400, Remedy::retry},
        {"dynamodb", "ReplicatedWriteConflictException", 409, Remedy::retry},
        {"dynamodb", "ResourceNotFoundException", 400, Remedy::not_found},
        {"dynamodb", "ValidationException", 400, Remedy::give_up},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(classify({each.service, each.code, "", each.status, true}), each.remedy)
            << each.service << ' ' << each.code << ' ' << each.status;
    }
}

TEST(ErrorTest, status_decides_where_the_code_says_nothing) {
    struct Case {
        int status;
        Remedy mutating;
        Remedy reading;
    };
    const std::vector<Case> cases = {
        {0, Remedy::outcome_unknown, Remedy::retry},
        {100, Remedy::outcome_unknown, Remedy::retry},
        {301, Remedy::give_up, Remedy::give_up},
        {400, Remedy::give_up, Remedy::give_up},
        {401, Remedy::denied, Remedy::denied},
        {403, Remedy::denied, Remedy::denied},
        {404, Remedy::denied, Remedy::denied},
        {407, Remedy::retry, Remedy::retry},
        {408, Remedy::retry, Remedy::retry},
        {413, Remedy::give_up, Remedy::give_up},
        {429, Remedy::slow_down, Remedy::slow_down},
        {500, Remedy::outcome_unknown, Remedy::retry},
        {502, Remedy::outcome_unknown, Remedy::retry},
        {503, Remedy::outcome_unknown, Remedy::retry},
        {504, Remedy::outcome_unknown, Remedy::retry},
        {599, Remedy::outcome_unknown, Remedy::retry},
    };
    for (const Case& each : cases) {
        for (const std::string_view code : {"ServiceUnavailable", "SomethingNew"}) {
            EXPECT_EQ(classify({"cloudfront", code, "", each.status, true}), each.mutating)
                << each.status << code;
            EXPECT_EQ(classify({"cloudfront", code, "", each.status, false}), each.reading)
                << each.status << code;
        }
    }
}

TEST(ErrorTest, a_refusal_without_a_code_is_no_word_about_the_request) {
    // A proxy's page, a redirect, a wrong path in AWS_ENDPOINT_URL: taken for AWS's word, each
    // would fail the operations for good. Whoever wrote it may have passed the request on before.
    struct Case {
        int status;
        Remedy mutating;
        Remedy reading;
    };
    const std::vector<Case> cases = {
        {0, Remedy::outcome_unknown, Remedy::retry},
        {301, Remedy::outcome_unknown, Remedy::denied},
        {400, Remedy::outcome_unknown, Remedy::denied},
        {401, Remedy::outcome_unknown, Remedy::denied},
        {403, Remedy::outcome_unknown, Remedy::denied},
        {404, Remedy::outcome_unknown, Remedy::denied},
        {405, Remedy::outcome_unknown, Remedy::denied},
        {407, Remedy::retry, Remedy::retry},
        {408, Remedy::retry, Remedy::retry},
        {413, Remedy::outcome_unknown, Remedy::denied},
        {429, Remedy::slow_down, Remedy::slow_down},
        {499, Remedy::outcome_unknown, Remedy::denied},
        {500, Remedy::outcome_unknown, Remedy::retry},
        {503, Remedy::outcome_unknown, Remedy::retry},
    };
    for (const Case& each : cases) {
        for (const std::string_view service : {"cloudfront", "sqs", "sts"}) {
            EXPECT_EQ(classify({service, "", "", each.status, true}), each.mutating) << each.status;
            EXPECT_EQ(classify({service, "", "", each.status, false}), each.reading) << each.status;
        }
    }
}

TEST(ErrorTest, reference_used_before_is_no_bad_path) {
    EXPECT_EQ(classify({"cloudfront", "InvalidArgument",
                        "Your request contains a caller reference that was used for a previous "
                        "invalidation batch for the same distribution.",
                        400, true}),
              Remedy::outcome_unknown);
    EXPECT_EQ(classify({"sqs", "InvalidArgument", "a caller reference", 400, true}),
              Remedy::give_up);
}

TEST(ErrorReplyTest, reads_every_form_that_has_been_seen) {
    struct Case {
        std::string body;
        http::Headers headers;
        ErrorDetail detail;
    };
    http::Headers type;
    type.add("x-amzn-ErrorType", "QueueDoesNotExist:http://internal.amazon.com/coral/");
    http::Headers query;
    query.add("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender");
    query.add("x-amzn-RequestId", "r-1");
    const std::vector<Case> cases = {
        {"<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"http://cloudfront.amazonaws.com/doc/"
         "2020-05-31/\"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded"
         "</Message></Error><RequestId>r-2</RequestId></ErrorResponse>",
         {},
         {"Throttling", "Rate exceeded", base::RequestId("r-2")}},
        {"<ErrorResponse><Errors><Error><Code>AccessDenied</Code><Message>User: x is not "
         "authorized &amp; so "
         "on</Message></Error></Errors><RequestID>r-3</RequestID></ErrorResponse>",
         {},
         {"AccessDenied", "User: x is not authorized & so on", base::RequestId("r-3")}},
        {"<Error><Code>RequestTimeTooSkewed</Code><Message>m</Message></Error>",
         {},
         {"RequestTimeTooSkewed", "m", {}}},
        {R"({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "none"})",
         query,
         {"QueueDoesNotExist", "none", base::RequestId("r-1")}},
        {R"({"Message": "none"})",
         query,
         {"AWS.SimpleQueueService.NonExistentQueue", "none", base::RequestId("r-1")}},
        {"", type, {"QueueDoesNotExist", "", {}}},
        {R"({"code": "Denied", "errorMessage": "line\nbreak"})", {}, {"Denied", "line break", {}}},
    };
    for (const Case& each : cases) {
        const ErrorDetail detail = parse_error_detail(reply(400, each.body, each.headers));
        EXPECT_EQ(detail.code, each.detail.code) << each.body;
        EXPECT_EQ(detail.message, each.detail.message) << each.body;
        EXPECT_EQ(detail.request_id, each.detail.request_id) << each.body;
    }
}

TEST(ErrorReplyTest, what_cant_be_read_leaves_the_code_empty) {
    const std::vector<std::string> bodies = {
        "",
        " ",
        "<",
        "<html><body><h1>502 Bad Gateway</h1><hr></body></html>",
        "<ErrorResponse><Error><Code></Code></Error></ErrorResponse>",
        "<ErrorResponse><Error>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><Error><Code>",
        "{",
        "[1]",
        "{\"__type\": 7, \"message\": [1]}",
        "{\"__type\": null}",
        "{\"a\": 1, \"a\": 2}",
        std::string(100'000, '{'),
        std::string(200'000, '<'),
        std::string("\0\xff\xfe", 3),
        "Service Unavailable",
    };
    for (const std::string& body : bodies) {
        EXPECT_EQ(parse_error_detail(reply(500, body)).code, "") << body.substr(0, 80);
    }
}

TEST(ErrorReplyTest, long_and_dirty_text_is_cut_and_cleaned) {
    const std::string body = "<Error><Code>" + std::string(500, 'c') + "</Code><Message>\x1b[31m" +
                             std::string(5000, 'm') + "</Message></Error>";
    const ErrorDetail detail = parse_error_detail(reply(400, body));
    EXPECT_EQ(detail.code, std::string(128, 'c'));
    EXPECT_EQ(detail.message.size(), 1024U);
    EXPECT_TRUE(detail.message.starts_with(" [31mm"));
}

TEST(ErrorReplyTest, the_signed_request_that_aws_repeats_is_not_kept) {
    const std::string words = "The request signature we calculated does not match the signature "
                              "you provided. Consult the service documentation for details.";
    for (const std::string tail : {"\n\nThe Canonical String for this request should have been\n"
                                   "'POST\n/\n\nx-amz-security-token:TOKEN\n\n'",
                                   " X-Amz-Security-Token: TOKEN"}) {
        const std::string body =
            "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>" + words + tail +
            "</Message></Error></ErrorResponse>";
        EXPECT_EQ(parse_error_detail(reply(403, body)).message, words);
    }
}

TEST(ErrorReplyTest, refusal_without_a_readable_error_says_who_answered_what) {
    ServiceRequest request;
    request.service = "cloudfront";
    request.origin = {true, "cloudfront.amazonaws.com", 443};
    http::Headers headers;
    headers.add("Content-Type", "text/html");
    const Failure failure = parse_refusal(request, reply(502, "<html>", headers));
    EXPECT_EQ(failure.remedy, Remedy::outcome_unknown);
    EXPECT_EQ(failure.code, "HttpStatus");
    EXPECT_EQ(failure.message,
              "cloudfront.amazonaws.com answered 502 without an error that could be "
              "read (Content-Type text/html, 6 bytes)");
    EXPECT_EQ(failure.http_status, 502);
}

TEST(ErrorTest, message_for_people_carries_code_status_words_and_request) {
    Failure failure;
    failure.remedy = Remedy::slow_down;
    failure.code = "Throttling";
    failure.message = "Rate exceeded";
    failure.http_status = 400;
    failure.request_id = base::RequestId("r-1");
    const base::Error error = to_error(failure, "CreateInvalidation at E1");
    EXPECT_EQ(error.kind(), base::ErrorKind::throttled);
    EXPECT_EQ(error.message(),
              "CreateInvalidation at E1: Throttling (400): Rate exceeded [request r-1]");
    Failure bare;
    bare.remedy = Remedy::retry;
    bare.code = "Unreachable";
    EXPECT_EQ(to_error(bare, "x").message(), "x: Unreachable");
}

} // namespace
} // namespace exarch::aws
