#include "sigv4/signer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::sigv4 {
namespace {

const std::vector<HeaderView> host = {{"Host", "cloudfront.amazonaws.com"}};
const SigningScope scope{"us-east-1", "cloudfront"};

base::Timestamp at(std::string_view text) {
    return base::parse_timestamp(text).value();
}

SignableRequest request(std::string_view body = "") {
    return {"POST", "/2020-05-31/distribution/E1/invalidation", host, body};
}

Credentials keys(std::string secret = "secret", std::string token = "") {
    return {AccessKeyId("AKIDEXAMPLE"), base::Secret(std::move(secret)),
            base::Secret(std::move(token)), std::nullopt};
}

std::string authorization(Signer& signer, const Credentials& credentials, SigningScope where,
                          std::string_view when) {
    return signer.sign(request(), credentials, where, at(when)).authorization;
}

TEST(SignerTest, authorization_names_key_scope_and_headers) {
    Signer signer;
    const SignedHeaders headers = signer.sign(request(), keys(), scope, at("2026-11-24T00:10:09Z"));
    EXPECT_EQ(headers.amz_date, "20261124T001009Z");
    EXPECT_TRUE(headers.security_token.empty());
    EXPECT_TRUE(headers.authorization.starts_with(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261124/us-east-1/cloudfront/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature="))
        << headers.authorization;
}

TEST(SignerTest, session_token_is_sent_and_signed) {
    Signer signer;
    const SignedHeaders headers =
        signer.sign(request(), keys("secret", "token"), scope, at("2026-11-24T00:00:00Z"));
    EXPECT_EQ(headers.security_token.reveal(), "token");
    EXPECT_EQ(signer.canonical_request().signed_headers, "host;x-amz-date;x-amz-security-token");
}

TEST(SignerTest, query_is_signed_as_botocore_signs_it) {
    const std::vector<HeaderView> sts = {{"Host", "sts.us-east-1.amazonaws.com"}};
    constexpr std::string_view target =
        "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsts%2Faws4_request"
        "&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
        "&X-Amz-Security-Token=tok%2Fen%2B%3D%3D";
    Signer signer;
    EXPECT_EQ(signer.sign_query({"GET", target, sts, ""},
                                keys("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "tok/en+=="),
                                {"us-east-1", "sts"}, at("2015-08-30T12:36:00Z")),
              "b7a7f0571dc01d7ad0bd9340e30c9e8f4666ef7e3ea2747d0e67513719a75228");
}

TEST(SignerTest, kept_key_signs_as_a_new_one_does) {
    struct Case {
        Credentials credentials;
        SigningScope where;
        std::string_view when;
    };
    // One signer meets each change of what its key depends on, there and back.
    const std::vector<Case> cases = {
        {keys(), scope, "2026-11-24T00:00:00Z"},
        {keys(), scope, "2026-11-24T23:59:59Z"},
        {keys(), scope, "2026-11-25T00:00:00Z"},
        {keys("renewed"), scope, "2026-11-25T00:00:00Z"},
        {keys(), scope, "2026-11-25T00:00:00Z"},
        {keys(), {"cn-northwest-1", "cloudfront"}, "2026-11-25T00:00:00Z"},
        {keys(), {"us-east-1", "sts"}, "2026-11-25T00:00:00Z"},
        {keys(), scope, "2026-11-24T00:00:00Z"},
    };
    Signer old;
    for (const Case& each : cases) {
        Signer fresh;
        EXPECT_EQ(authorization(old, each.credentials, each.where, each.when),
                  authorization(fresh, each.credentials, each.where, each.when))
            << each.when << each.where.region << each.where.service;
    }
}

TEST(SignerTest, more_keys_than_it_keeps_still_sign_right) {
    Signer signer;
    const std::string first = authorization(signer, keys(), scope, "2026-11-24T00:00:00Z");
    for (std::size_t i = 0; i < Signer::keys_max + 1; ++i) {
        const std::string region = "region-" + std::to_string(i);
        (void)authorization(signer, keys(), {region, "sqs"}, "2026-11-24T00:00:00Z");
    }
    EXPECT_EQ(authorization(signer, keys(), scope, "2026-11-24T00:00:00Z"), first);
}

TEST(SignerTest, every_part_of_the_request_changes_the_signature) {
    Signer signer;
    const base::Timestamp now = at("2026-11-24T00:00:00Z");
    const std::string plain = signer.sign(request(), keys(), scope, now).authorization;
    SignableRequest other = request("body");
    EXPECT_NE(signer.sign(other, keys(), scope, now).authorization, plain);
    other = request();
    other.method = "GET";
    EXPECT_NE(signer.sign(other, keys(), scope, now).authorization, plain);
    other = request();
    other.target = "/2020-05-31/distribution/E2/invalidation";
    EXPECT_NE(signer.sign(other, keys(), scope, now).authorization, plain);
}

} // namespace
} // namespace exarch::sigv4
