#include "sandbox/cloudfront/cloudfront.hpp"
#include "sandbox/cloudfront/path_rules.hpp"
#include "unit/sandbox/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view name_space = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

std::string batch(std::string_view reference, const std::vector<std::string>& paths) {
    std::string text =
        fmt::format("<InvalidationBatch xmlns=\"{}\"><Paths><Quantity>{}</Quantity><Items>",
                    name_space, paths.size());
    for (const std::string& path : paths) {
        text += fmt::format("<Path>{}</Path>", path);
    }
    return text + fmt::format("</Items></Paths><CallerReference>{}</CallerReference>"
                              "</InvalidationBatch>",
                              reference);
}

/// An account with a user who may do everything, two distributions, and a foreign third one.
class CloudFrontTest : public testing::Test {
protected:
    explicit CloudFrontTest(CloudFrontParams params = {})
        : world_({.quotas = {}, .cloudfront = params}) {
        auto& directory = world_.sandbox.directory();
        keys_ = directory.put_key(directory.put_user({.account = base::AccountId(target_account),
                                                      .name = "administrator",
                                                      .policies = {allow(R"("*")", "*")}}),
                                  {});
        for (const std::string id : {"E1", "E2"}) {
            world_.sandbox.cloudfront().add(base::AccountId(target_account), id,
                                            start_of_test().wall);
        }
        world_.sandbox.cloudfront().add(base::AccountId("444455556666"), "EFOREIGN",
                                        start_of_test().wall);
    }

    http::Response call(std::string method, std::string path, std::string body = "",
                        base::Moment at = start_of_test()) {
        http::Request request{.method = std::move(method),
                              .origin = {},
                              .target = "/2020-05-31/distribution" + std::move(path),
                              .headers = {{"Host", "127.0.0.1:4600"}},
                              .body = std::move(body)};
        return world_.serve(
            sign(std::move(request), {.keys = keys_, .service = "cloudfront", .at = at}), at);
    }

    http::Response create(std::string_view reference, const std::vector<std::string>& paths,
                          base::Moment at = start_of_test(), std::string_view distribution = "E1") {
        return call("POST", fmt::format("/{}/invalidation", distribution), batch(reference, paths),
                    at);
    }

    World world_;
    sigv4::Credentials keys_;
};

class CloudFrontExistsTest : public CloudFrontTest {
protected:
    CloudFrontExistsTest() : CloudFrontTest({.references = ReferenceMode::exists}) {}
};

class CloudFrontArgumentTest : public CloudFrontTest {
protected:
    CloudFrontArgumentTest() : CloudFrontTest({.references = ReferenceMode::argument}) {}
};

TEST_F(CloudFrontTest, invalidation_is_created_echoed_and_read_back) {
    const auto made = create("r&amp;1", {"/a&amp;b", "/img/*", "#product:1"});
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string id = element(made, "Id");
    EXPECT_EQ(made.headers.get("Location"),
              "https://cloudfront.amazonaws.com/2020-05-31/distribution/E1/invalidation/" + id);
    EXPECT_EQ(element(made, "Status"), "InProgress");
    EXPECT_EQ(element(made, "CreateTime"), "2026-11-24T00:10:00.000Z");
    EXPECT_EQ(element(made, "CallerReference"), "r&amp;1");
    EXPECT_NE(made.body.find("<Path>/a&amp;b</Path>"), std::string::npos);
    EXPECT_EQ(call("GET", "/E1/invalidation/" + id).body, made.body);
}

TEST_F(CloudFrontTest, invalidation_completes_after_its_time) {
    const std::string path = "/E1/invalidation/" + element(create("r", {"/a"}), "Id");
    EXPECT_EQ(element(call("GET", path, "", later(milliseconds(9999))), "Status"), "InProgress");
    EXPECT_EQ(element(call("GET", path, "", later(seconds(10))), "Status"), "Completed");
}

TEST_F(CloudFrontTest, list_is_paged_newest_first_without_references) {
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(element(create(fmt::format("r{}", i), {"/a"}), "Id"));
    }
    const auto first = call("GET", "/E1/invalidation?MaxItems=2");
    EXPECT_EQ(element(first, "IsTruncated"), "true");
    EXPECT_EQ(element(first, "Id"), ids[2]);
    EXPECT_EQ(element(first, "NextMarker"), ids[1]);
    EXPECT_EQ(first.body.find("CallerReference"), std::string::npos);
    const auto second = call("GET", "/E1/invalidation?MaxItems=2&Marker=" + ids[1]);
    EXPECT_EQ(element(second, "IsTruncated"), "false");
    EXPECT_EQ(element(second, "Id"), ids[0]);
    EXPECT_EQ(element(second, "Quantity"), "1");
    EXPECT_EQ(element(call("GET", "/E1/invalidation?Marker=INONE"), "Code"), "InvalidArgument");
    EXPECT_EQ(element(call("GET", "/E1/invalidation?MaxItems=x"), "Code"), "InvalidArgument");
}

TEST_F(CloudFrontTest, what_is_missing_or_foreign_is_not_found) {
    for (const std::string_view id : {"ENONE", "EFOREIGN"}) {
        const auto refused = create("r", {"/a"}, start_of_test(), id);
        EXPECT_EQ(refused.status, 404);
        EXPECT_EQ(element(refused, "Code"), "NoSuchDistribution");
    }
    const auto refused = call("GET", "/E1/invalidation/INONE");
    EXPECT_EQ(refused.status, 404);
    EXPECT_EQ(element(refused, "Code"), "NoSuchInvalidation");
}

TEST_F(CloudFrontTest, bodies_that_are_no_batch_are_refused_as_aws_does) {
    struct Case {
        std::string body;
        std::string_view code;
    };
    std::string wrong_quantity = batch("r", {"/a"});
    wrong_quantity.replace(wrong_quantity.find(">1<"), 3, ">2<");
    const Case cases[] = {
        {"", "MissingBody"},
        {"{}", "MalformedXML"},
        {"<InvalidationBatch/>", "MalformedXML"},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><InvalidationBatch/>", "MalformedXML"},
        {wrong_quantity, "InconsistentQuantities"},
        {batch("r", {}), "InvalidArgument"},
        {batch("", {"/a"}), "InvalidArgument"},
        {batch(std::string(129, 'r'), {"/a"}), "InvalidArgument"},
        {batch("r", {"/good", "bad"}), "InvalidArgument"},
        {batch("r", std::vector<std::string>(3001, "/a")), "BatchTooLarge"},
    };
    for (const Case& each : cases) {
        const auto refused = call("POST", "/E1/invalidation", each.body);
        EXPECT_EQ(element(refused, "Code"), each.code) << each.body.substr(0, 80);
        EXPECT_EQ(refused.status, each.code == "BatchTooLarge" ? 413 : 400);
    }
}

TEST_F(CloudFrontTest, paths_and_wildcards_in_progress_are_limited_apart) {
    std::vector<std::string> many(2999, "/a");
    EXPECT_EQ(create("1", many).status, 201);
    const auto full = create("2", {"/a", "/b"});
    EXPECT_EQ(full.status, 400);
    EXPECT_EQ(element(full, "Code"), "TooManyInvalidationsInProgress");
    EXPECT_NE(element(full, "Message").find("number of in-progress invalidations."),
              std::string::npos);
    EXPECT_EQ(create("3", {"/a"}).status, 201);
    EXPECT_EQ(create("4", std::vector<std::string>(15, "/a/*")).status, 201);
    const auto no_wildcards = create("5", {"/b/*"});
    EXPECT_EQ(element(no_wildcards, "Code"), "TooManyInvalidationsInProgress");
    EXPECT_NE(element(no_wildcards, "Message").find("in-progress wildcard invalidations."),
              std::string::npos);
    // Another distribution has its own, and completion gives room again.
    EXPECT_EQ(create("6", {"/a", "/b/*"}, start_of_test(), "E2").status, 201);
    EXPECT_EQ(create("7", {"/a", "/b/*"}, later(seconds(10))).status, 201);
}

TEST_F(CloudFrontTest, reference_is_replayed_for_the_same_paths_only) {
    const auto made = create("r", {"/a"});
    const auto again = create("r", {"/a"});
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(element(again, "Id"), element(made, "Id"));
    EXPECT_EQ(element(create("r", {"/b"}), "Code"), "InvalidationBatchAlreadyExists");
    EXPECT_EQ(create("r", {"/a"}, start_of_test(), "E2").status, 201);
    EXPECT_EQ(world_.sandbox.cloudfront().distributions().all().at("E1").invalidations().size(), 1);
    const auto records = world_.sandbox.log().since(1);
    EXPECT_EQ(records[0].as_object().at("effect"), false);
    EXPECT_EQ(records[0].as_object().at("repeated"), true);
}

TEST_F(CloudFrontExistsTest, reference_that_was_used_exists_already) {
    EXPECT_EQ(create("r", {"/a"}).status, 201);
    const auto again = create("r", {"/a"});
    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(element(again, "Code"), "InvalidationBatchAlreadyExists");
}

TEST_F(CloudFrontArgumentTest, reference_that_was_used_is_an_invalid_argument) {
    EXPECT_EQ(create("r", {"/a"}).status, 201);
    const auto again = create("r", {"/a"});
    EXPECT_EQ(element(again, "Code"), "InvalidArgument");
    EXPECT_NE(element(again, "Message").find("caller reference"), std::string::npos);
}

TEST_F(CloudFrontTest, distribution_is_created_read_and_listed) {
    const std::string config = fmt::format(
        "<DistributionConfig xmlns=\"{}\"><CallerReference>mine</CallerReference><Origins>"
        "<Quantity>1</Quantity><Items><Origin><Id>o</Id><DomainName>example.com</DomainName>"
        "<S3OriginConfig><OriginAccessIdentity/></S3OriginConfig></Origin></Items></Origins>"
        "<DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>allow-all"
        "</ViewerProtocolPolicy><CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6"
        "</CachePolicyId></DefaultCacheBehavior><Comment>c</Comment><Enabled>true</Enabled>"
        "</DistributionConfig>",
        name_space);
    const auto made = call("POST", "", config);
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string id = element(made, "Id");
    EXPECT_TRUE(made.headers.get("ETag").has_value());
    EXPECT_EQ(element(made, "ARN"), "arn:aws:cloudfront::111122223333:distribution/" + id);
    EXPECT_NE(call("GET", "/" + id).body.find("<Comment>c</Comment>"), std::string::npos);
    EXPECT_EQ(element(call("GET", ""), "Quantity"), "3");
    EXPECT_EQ(element(call("POST", "", config), "Code"), "DistributionAlreadyExists");
    EXPECT_EQ(create("r", {"/a"}, start_of_test(), id).status, 201);
}

TEST_F(CloudFrontTest, members_that_are_missing_are_told_all_at_once) {
    const auto bare = call("POST", "",
                           fmt::format("<DistributionConfig xmlns=\"{}\">"
                                       "<CallerReference>r</CallerReference><Origins>"
                                       "<Quantity>1</Quantity><Items><Origin><Id>o</Id>"
                                       "</Origin></Items></Origins>"
                                       "<DefaultCacheBehavior/><Comment/>"
                                       "</DistributionConfig>",
                                       name_space));
    EXPECT_EQ(bare.status, 400);
    EXPECT_EQ(element(bare, "Code"), "MalformedXML");
    const auto null_at = [](std::string_view path) {
        return fmt::format("Value null at 'distributionConfig.{}' failed to satisfy constraint: "
                           "Member must not be null",
                           path);
    };
    EXPECT_EQ(element(bare, "Message"),
              fmt::format("4 validation errors detected: {}; {}; {}; {}", null_at("enabled"),
                          null_at("defaultCacheBehavior.targetOriginId"),
                          null_at("defaultCacheBehavior.viewerProtocolPolicy"),
                          null_at("origins.items.1.member.domainName")));
    const auto batch = call("POST", "/E1/invalidation",
                            fmt::format("<InvalidationBatch xmlns=\"{}\"><Paths><Quantity>0"
                                        "</Quantity></Paths></InvalidationBatch>",
                                        name_space));
    EXPECT_EQ(element(batch, "Message"),
              "1 validation error detected: Value null at 'invalidationBatch.callerReference' "
              "failed to satisfy constraint: Member must not be null");
}

TEST_F(CloudFrontTest, tags_are_put_listed_and_taken_off) {
    const std::string arn = "arn:aws:cloudfront::111122223333:distribution/E1";
    const auto tagging = [&](std::string method, std::string query, std::string body) {
        http::Request request{.method = std::move(method),
                              .origin = {},
                              .target = "/2020-05-31/tagging?" + std::move(query),
                              .headers = {{"Host", "x"}},
                              .body = std::move(body)};
        return world_.serve(sign(std::move(request), {.keys = keys_, .service = "cloudfront"}));
    };
    const auto tags = [](std::string_view key, std::string_view value) {
        return fmt::format("<Tags xmlns=\"{}\"><Items><Tag><Key>{}</Key><Value>{}</Value></Tag>"
                           "</Items></Tags>",
                           name_space, key, value);
    };
    EXPECT_EQ(tagging("POST", "Operation=Tag&Resource=" + arn, tags("team", "a&amp;b")).status,
              204);
    EXPECT_EQ(tagging("POST", "Operation=Tag&Resource=" + arn, tags("stage", "live")).status, 204);
    EXPECT_EQ(element(tagging("GET", "Resource=" + arn, ""), "Items"),
              "<Tag><Key>stage</Key><Value>live</Value></Tag>"
              "<Tag><Key>team</Key><Value>a&amp;b</Value></Tag>");
    EXPECT_EQ(tagging("POST", "Operation=Untag&Resource=" + arn,
                      fmt::format("<TagKeys xmlns=\"{}\"><Items><Key>team</Key></Items></TagKeys>",
                                  name_space))
                  .status,
              204);
    EXPECT_EQ(element(tagging("GET", "Resource=" + arn, ""), "Key"), "stage");
    EXPECT_EQ(element(tagging("POST", "Operation=Tag&Resource=" + arn, tags("aws:x", "")), "Code"),
              "InvalidTagging");
    for (const std::string other : {"arn:aws:cloudfront::111122223333:distribution/ENONE",
                                    "arn:aws:cloudfront::444455556666:distribution/E1", "E1", ""}) {
        EXPECT_EQ(element(tagging("GET", "Resource=" + other, ""), "Code"), "NoSuchResource");
    }
}

TEST_F(CloudFrontTest, what_the_sandbox_lacks_is_told_with_what_there_is) {
    for (const std::string path :
         {"/E1/config", "s-by-origin", "?WithTags", "/E1/invalidation/I/x"}) {
        const auto refused = call("GET", path);
        EXPECT_EQ(element(refused, "Code"), "NotInThisSandbox") << path;
        EXPECT_NE(element(refused, "Message").find("CreateInvalidation"), std::string::npos);
    }
}

TEST_F(CloudFrontTest, signature_may_be_scoped_to_any_region_which_the_log_tells) {
    http::Request request{.method = "GET",
                          .origin = {},
                          .target = "/2020-05-31/distribution",
                          .headers = {{"Host", "x"}}};
    const auto listed = world_.serve(
        sign(request, {.keys = keys_, .service = "cloudfront", .region = "eu-west-1"}));
    EXPECT_EQ(listed.status, 200);
    EXPECT_EQ(world_.sandbox.log().since(0)[0].as_object().at("region"), "eu-west-1");
    const auto refused =
        world_.serve(sign(request, {.keys = keys_, .service = "cloudfront", .region = ""}));
    EXPECT_EQ(element(refused, "Code"), "SignatureDoesNotMatch");
}

TEST(CloudFrontQuotaTest, second_call_within_a_second_is_throttled_and_told_as_aws_does) {
    World world;
    auto& directory = world.sandbox.directory();
    const auto keys =
        directory.put_key(directory.put_user({.account = base::AccountId(target_account),
                                              .name = "administrator",
                                              .policies = {allow(R"("*")", "*")}}),
                          {});
    world.sandbox.cloudfront().add(base::AccountId(target_account), "E1", start_of_test().wall);
    const auto create = [&](std::string_view reference, base::Moment at) {
        http::Request request{.method = "POST",
                              .origin = {},
                              .target = "/2020-05-31/distribution/E1/invalidation",
                              .headers = {{"Host", "x"}},
                              .body = batch(reference, {"/a"})};
        return world.serve(
            sign(std::move(request), {.keys = keys, .service = "cloudfront", .at = at}), at);
    };
    EXPECT_EQ(create("1", start_of_test()).status, 201);
    const auto refused = create("2", later(milliseconds(999)));
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(element(refused, "Code"), "Throttling");
    EXPECT_EQ(element(refused, "Message"), "Rate exceeded");
    EXPECT_EQ(create("2", later(seconds(1))).status, 201);
}

TEST(PathRulesTest, paths_keep_the_rules_of_the_documentation) {
    for (const std::string& path :
         {std::string("/"), std::string("/*"), std::string("/A/b.c"), std::string("/a?b=c&d=e+f,g"),
          std::string("/~x"), std::string("/%C3%BC"), std::string("#product:1"),
          "/" + std::string(3999, 'x')}) {
        EXPECT_TRUE(is_valid_path(path)) << path;
    }
    for (const std::string& path : {std::string("a"),
                                    std::string(""),
                                    std::string("/a*b"),
                                    std::string("/*/a"),
                                    std::string("/**"),
                                    std::string("/a b"),
                                    std::string("/ü"),
                                    std::string("/a#b"),
                                    std::string("/%zz"),
                                    std::string("/%4"),
                                    std::string("/a\""),
                                    std::string("/<a>"),
                                    std::string("/{a}"),
                                    std::string("/a|b"),
                                    std::string("/a\\b"),
                                    std::string("/a^b"),
                                    std::string("/[a]"),
                                    std::string("/`"),
                                    "/" + std::string(4000, 'x'),
                                    std::string("#tag*"),
                                    std::string("#a,b"),
                                    std::string("#"),
                                    "#" + std::string(257, 'x')}) {
        EXPECT_FALSE(is_valid_path(path)) << path;
    }
}

} // namespace
} // namespace exarch::sandbox
