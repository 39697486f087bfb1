#include "sandbox/signature.hpp"
#include "unit/sandbox/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

namespace exarch::sandbox {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const std::map<std::string, std::string> who_am_i{{"Action", "GetCallerIdentity"}};

struct Refusal {
    int status = 0;
    std::string code;

    friend bool operator==(const Refusal&, const Refusal&) = default;
    friend void PrintTo(const Refusal& refusal, std::ostream* out) {
        *out << refusal.status << " " << refusal.code;
    }
};

Refusal refusal_of(const http::Response& response) {
    return {response.status, element(response, "Code")};
}

const Refusal mismatch{403, "SignatureDoesNotMatch"};

TEST(SignatureTest, well_signed_request_is_served) {
    World world;
    const auto response = world.call_sts(who_am_i);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(element(response, "Account"), controller_account);
    EXPECT_EQ(element(response, "Arn"), "arn:aws:iam::999900001111:user/exarch-controller");
}

TEST(SignatureTest, anything_changed_after_signing_is_refused) {
    World world;
    const auto good = sign(sts_request(who_am_i), {.keys = world.controller});
    auto body = good;
    body.body += "&x=y";
    auto method = good;
    method.method = "PUT";
    auto target = good;
    target.target = "/?a=b";
    auto header = good;
    header.headers.set("Content-Type", "text/plain");
    auto host = good;
    host.headers.set("Host", "elsewhere");
    auto added = good;
    added.headers.add("X-Amz-Extra", "unsigned");
    for (const auto& request : {body, method, target, header, host, added}) {
        EXPECT_EQ(refusal_of(world.serve(request)), mismatch) << request.method << request.target;
    }
    EXPECT_EQ(world.serve(good).status, 200);
}

TEST(SignatureTest, header_that_is_not_signed_may_change_on_the_way) {
    World world;
    auto request = sign(sts_request(who_am_i), {.keys = world.controller});
    request.headers.set("User-Agent", "a proxy");
    request.headers.add("Via", "1.1 proxy");
    EXPECT_EQ(world.serve(request).status, 200);
}

TEST(SignatureTest, signature_of_another_service_or_region_is_refused) {
    World world;
    auto request = sign(sts_request(who_am_i), {.keys = world.controller, .region = "eu-west-1"});
    std::string authorization(*request.headers.get("Authorization"));
    authorization.replace(authorization.find("eu-west-1"), 9, "ap-south-1");
    request.headers.set("Authorization", authorization);
    EXPECT_EQ(refusal_of(world.serve(request)), mismatch);
}

TEST(SignatureTest, unknown_key_and_wrong_secret_are_told_apart) {
    World world;
    sigv4::Credentials wrong = world.controller;
    wrong.secret_access_key = base::Secret(std::string(40, 'x'));
    EXPECT_EQ(refusal_of(world.serve(sign(sts_request(who_am_i), {.keys = wrong}))), mismatch);
    sigv4::Credentials unknown = world.controller;
    unknown.access_key_id = sigv4::AccessKeyId("AKIANOBODY0000000000");
    EXPECT_EQ(refusal_of(world.serve(sign(sts_request(who_am_i), {.keys = unknown}))),
              (Refusal{403, "InvalidClientTokenId"}));
    sigv4::Credentials token = world.controller;
    token.session_token = base::Secret("made up");
    EXPECT_EQ(refusal_of(world.serve(sign(sts_request(who_am_i), {.keys = token}))),
              (Refusal{403, "InvalidClientTokenId"}));
}

TEST(SignatureTest, clock_may_be_a_quarter_of_an_hour_off_and_no_more) {
    World world;
    const auto request = sign(sts_request(who_am_i), {.keys = world.controller});
    for (const base::Duration off : {base::Duration(minutes(15)), base::Duration(minutes(-15))}) {
        EXPECT_EQ(world.serve(request, later(off)).status, 200);
    }
    const auto expired = world.serve(request, later(minutes(15) + seconds(1)));
    EXPECT_EQ(refusal_of(expired), mismatch);
    EXPECT_EQ(element(expired, "Message"),
              "Signature expired: 20261124T001000Z is now earlier than 20261124T001001Z "
              "(20261124T002501Z - 15 min.)");
    const auto early = world.serve(request, later(minutes(-15) - seconds(1)));
    EXPECT_EQ(refusal_of(early), mismatch);
    EXPECT_EQ(element(early, "Message"),
              "Signature not yet current: 20261124T001000Z is still later than 20261124T000959Z "
              "(20261123T235459Z + 15 min.)");
}

TEST(SignatureTest, cloudfront_bears_with_five_minutes) {
    World world;
    http::Request listed{.method = "GET",
                         .origin = {},
                         .target = "/2020-05-31/distribution",
                         .headers = {{"Host", "x"}}};
    const auto request =
        sign(std::move(listed), {.keys = world.controller, .service = "cloudfront"});
    const auto in_time = world.serve(request, later(minutes(5)));
    EXPECT_EQ(element(in_time, "Code"), "AccessDenied");
    const auto expired = world.serve(request, later(minutes(5) + seconds(1)));
    EXPECT_EQ(refusal_of(expired), mismatch);
    EXPECT_TRUE(element(expired, "Message").ends_with(" - 5 min.)"));
}

TEST(SignatureTest, unsigned_request_is_refused_in_the_shape_it_looks_like) {
    World world;
    const auto sts = world.serve(sts_request(who_am_i));
    EXPECT_EQ(refusal_of(sts), (Refusal{403, "MissingAuthenticationToken"}));
    EXPECT_NE(sts.body.find("sts.amazonaws.com/doc/2011-06-15"), std::string::npos);
    const auto cloudfront = world.serve({.method = "GET", .origin = {}});
    EXPECT_NE(cloudfront.body.find("cloudfront.amazonaws.com/doc/2020-05-31"), std::string::npos);
    http::Request json{.method = "POST", .origin = {}};
    json.headers.add("X-Amz-Target", "AmazonSQS.SendMessage");
    const auto sqs = world.serve(json);
    EXPECT_EQ(sqs.status, 403);
    EXPECT_EQ(sqs.headers.get("x-amzn-query-error"), "MissingAuthenticationToken;Sender");
    EXPECT_NE(sqs.body.find("#MissingAuthenticationTokenException"), std::string::npos);
}

TEST(SignatureTest, header_that_lacks_a_part_is_incomplete) {
    World world;
    const std::string scope = "AKIA/20261124/us-east-1/sts/aws4_request";
    const std::string cases[] = {
        "Basic abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=" + scope + ", Signature=0",
        "AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=AKIA/sts, SignedHeaders=host, Signature=0",
    };
    for (const std::string& authorization : cases) {
        auto request = sts_request(who_am_i);
        request.headers.add("Authorization", authorization);
        EXPECT_EQ(refusal_of(world.serve(request)), (Refusal{403, "IncompleteSignature"}))
            << authorization;
    }
}

http::Response answer_to(World& world, const std::string& authorization, bool has_date = true) {
    auto request = sts_request(who_am_i);
    if (has_date) {
        request.headers.add("X-Amz-Date", "20261124T001000Z");
    }
    request.headers.add("Authorization", authorization);
    return world.serve(request);
}

TEST(SignatureTest, part_that_is_no_pair_is_told_with_the_whole_header) {
    World world;
    const std::string scope = "AKIA/20261124/us-east-1/sts/aws4_request";
    struct Case {
        std::string authorization;
        std::string part;
    };
    const Case cases[] = {
        {"AWS4-HMAC-SHA256 Credential= " + scope + ", SignedHeaders=host, Signature=0", scope},
        {"AWS4-HMAC-SHA256 Credential=AKIA /20261124, SignedHeaders=host, Signature=0",
         "/20261124"},
        {"AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=host, Signature", "Signature"},
        {"AWS4-HMAC-SHA256 x", "x"},
    };
    for (const bool has_date : {true, false}) {
        for (const Case& each : cases) {
            const auto refused = answer_to(world, each.authorization, has_date);
            EXPECT_EQ(refusal_of(refused), (Refusal{403, "IncompleteSignature"}));
            EXPECT_EQ(element(refused, "Message"),
                      "'" + each.part +
                          "' not a valid key=value pair (missing equal-sign) in Authorization "
                          "header: '" +
                          each.authorization + "'.");
        }
    }
}

TEST(SignatureTest, parts_that_are_missing_are_told_all_at_once) {
    World world;
    const std::string credential = "Authorization header requires 'Credential' parameter. ";
    const std::string signature = "Authorization header requires 'Signature' parameter. ";
    const std::string signed_headers = "Authorization header requires 'SignedHeaders' parameter. ";
    const std::string date = "Authorization header requires existence of either a 'X-Amz-Date' or "
                             "a 'Date' header. ";
    struct Case {
        std::string authorization;
        bool has_date;
        std::string sentences;
    };
    const Case cases[] = {
        {"AWS4-HMAC-SHA256", false, credential + signature + signed_headers + date},
        {"Bearer abc", false, credential + signature + signed_headers + date},
        {"Bearer abc", true, credential + signature + signed_headers},
        {"AWS4-HMAC-SHA256 Signature=0", true, credential + signed_headers},
        {"AWS4-HMAC-SHA256 Credential=, SignedHeaders=host", true, credential + signature},
        {"AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=0", false, date},
    };
    for (const Case& each : cases) {
        const auto refused = answer_to(world, each.authorization, each.has_date);
        EXPECT_EQ(refusal_of(refused), (Refusal{403, "IncompleteSignature"}));
        EXPECT_EQ(element(refused, "Message"),
                  each.sentences + "Authorization=" + each.authorization);
    }
    auto dated = sts_request(who_am_i);
    dated.headers.add("Date", "Tue, 24 Nov 2026 00:10:00 GMT");
    dated.headers.add("Authorization", "Bearer abc");
    EXPECT_FALSE(element(world.serve(dated), "Message").contains("X-Amz-Date"));
}

TEST(SignatureTest, date_must_be_there_and_that_of_the_scope) {
    World world;
    auto none = sign(sts_request(who_am_i), {.keys = world.controller});
    none.headers.set("X-Amz-Date", "yesterday");
    EXPECT_EQ(refusal_of(world.serve(none)), (Refusal{403, "IncompleteSignature"}));
    auto other = sign(sts_request(who_am_i), {.keys = world.controller});
    other.headers.set("X-Amz-Date", "20261123T235959Z");
    EXPECT_EQ(refusal_of(world.serve(other)), mismatch);
}

TEST(SignatureTest, presigned_url_that_says_too_little_is_refused_with_all_it_lacks) {
    World world;
    http::Request presigned = sts_request(who_am_i);
    presigned.target = "/?X-Amz-Signature=0&X-Amz-Date=20261124T001000Z";
    const auto refused = world.serve(presigned);
    EXPECT_EQ(refusal_of(refused), (Refusal{403, "IncompleteSignature"}));
    EXPECT_EQ(element(refused, "Message"),
              "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string "
              "parameters must include 'X-Amz-Credential'. AWS query-string parameters must "
              "include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.");
    presigned.target = "/?X-Amz-Signature=0&Action=%zz";
    EXPECT_EQ(element(world.serve(presigned), "Code"), "MalformedQueryString");
}

TEST(SignatureTest, parameter_of_a_presigned_url_may_come_twice) {
    World world;
    http::Request presigned{.method = "GET", .origin = {}};
    presigned.headers.add("Host", "127.0.0.1:4600");
    presigned.target =
        fmt::format("/?Action=GetCallerIdentity&Action=AssumeRole&Version=2011-06-15"
                    "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}%2F20261124%2Fus-east-1"
                    "%2Fsts%2Faws4_request&X-Amz-Date=20261124T001000Z&X-Amz-SignedHeaders=host",
                    world.controller.access_key_id.value());
    const std::vector<sigv4::HeaderView> headers{{"Host", "127.0.0.1:4600"}};
    sigv4::Signer signer;
    presigned.target +=
        "&X-Amz-Signature=" + std::string(signer.sign_query(
                                  {presigned.method, presigned.target, headers, ""},
                                  world.controller, {"us-east-1", "sts"}, start_of_test().wall));
    EXPECT_EQ(world.serve(presigned).status, 200) << world.serve(presigned).body;
    // Not part of what was signed, whichever of them it is.
    presigned.target += "&X-Amz-Signature=0";
    EXPECT_EQ(refusal_of(world.serve(presigned)), mismatch);
}

TEST(SignatureTest, what_the_sandbox_lacks_is_told_with_what_there_is) {
    World world;
    const auto other =
        world.serve(sign(sts_request(who_am_i), {.keys = world.controller, .service = "s3"}));
    EXPECT_EQ(element(other, "Code"), "NotInThisSandbox");
    EXPECT_NE(element(other, "Message").find("There is: "), std::string::npos);
    EXPECT_EQ(other.status, 400);
}

} // namespace
} // namespace exarch::sandbox
