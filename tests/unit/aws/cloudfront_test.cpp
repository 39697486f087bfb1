#include "aws/cloudfront.hpp"
#include "aws/detail/xml.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exarch::aws {
namespace {

const Endpoint endpoint{
    {true, "cloudfront.amazonaws.com", 443}, "", "cloudfront", base::Region("us-east-1")};

Reply reply(int status, std::string body) {
    Reply result;
    result.status = status;
    result.body = std::move(body);
    result.request_id = base::RequestId("r-1");
    result.sent_at = base::Instant(std::chrono::seconds(7));
    return result;
}

ServiceRequest create(const std::vector<std::string>& items, std::string_view reference = "ref") {
    return create_invalidation_request(endpoint, DistributionId("E1"), items, reference);
}

TEST(CloudfrontTest, create_request_is_as_the_model_says) {
    const ServiceRequest request = create({"/a", "#tag"});
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/2020-05-31/distribution/E1/invalidation");
    EXPECT_EQ(request.signing_name, "cloudfront");
    EXPECT_EQ(request.signing_region.value(), "us-east-1");
    EXPECT_TRUE(request.mutating);
    EXPECT_EQ(request.body,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
              "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Paths>"
              "<Quantity>2</Quantity><Items><Path>/a</Path><Path>#tag</Path></Items></Paths>"
              "<CallerReference>ref</CallerReference></InvalidationBatch>");
}

TEST(CloudfrontTest, replies_that_repeat_the_largest_batch_are_read) {
    const std::vector<std::string> items(3000, "/a?b&c" + std::string(3990, 'd'));
    const ServiceRequest request = create(items);
    const std::string reply_body = "<Invalidation><Id>I1</Id><Status>InProgress</Status>" +
                                   request.body.substr(request.body.find("<InvalidationBatch")) +
                                   "</Invalidation>";
    ASSERT_LE(reply_body.size(), request.reply_bytes_max);
    const auto created = parse_created(reply(201, reply_body));
    ASSERT_TRUE(created.has_value());
    EXPECT_EQ(created->id.value(), "I1");
    EXPECT_EQ(created->caller_reference, "ref");
    const ServiceRequest get =
        get_invalidation_request(endpoint, DistributionId("E1"), InvalidationId("I1"));
    EXPECT_EQ(get.reply_bytes_max, request.reply_bytes_max);
    EXPECT_TRUE(parse_invalidation(reply(200, reply_body)).has_value());
}

TEST(CloudfrontTest, create_request_reads_back_as_what_went_in) {
    const std::vector<std::string> items = {"/a&b=<c>\"d'", "/caf\xc3\xa9", "/]]>", "/&amp;",
                                            "/a\tb\nc\rd",  "/*",           "",     "/%20~+?x=y"};
    const ServiceRequest request = create(items, "r<&>");
    const XmlDocument document = XmlDocument::parse(request.body).value();
    std::vector<std::string> read;
    document.root().child("Paths").child("Items").for_each(
        "Path", [&read](XmlElement path) { read.emplace_back(path.text()); });
    EXPECT_EQ(read, items);
    EXPECT_EQ(document.root().text("CallerReference"), "r<&>");
    EXPECT_EQ(document.root().child("Paths").text("Quantity"), "8");
}

TEST(CloudfrontTest, ids_cant_leave_their_place_in_the_path) {
    const ServiceRequest create_request = create_invalidation_request(
        endpoint, DistributionId("../E1?x#y"), std::vector<std::string>{"/a"}, "ref");
    EXPECT_EQ(create_request.target, "/2020-05-31/distribution/..%2FE1%3Fx%23y/invalidation");
    const ServiceRequest get_request =
        get_invalidation_request(endpoint, DistributionId("E1"), InvalidationId("I/1"));
    EXPECT_EQ(get_request.target, "/2020-05-31/distribution/E1/invalidation/I%2F1");
    EXPECT_FALSE(get_request.mutating);
    // What has become of an invalidation is found out by sending it again; a question is lost.
    EXPECT_TRUE(create_request.needs_its_time && !get_request.needs_its_time);
    EXPECT_EQ(get_request.method, "GET");
}

TEST(CloudfrontTest, endpoint_s_own_path_comes_first) {
    Endpoint prefixed = endpoint;
    prefixed.path_prefix = "/cloud";
    EXPECT_EQ(list_invalidations_request(prefixed, DistributionId("E1"), "m&1").target,
              "/cloud/2020-05-31/distribution/E1/invalidation?MaxItems=100&Marker=m%261");
    EXPECT_EQ(list_invalidations_request(endpoint, DistributionId("E1"), "").target,
              "/2020-05-31/distribution/E1/invalidation?MaxItems=100");
}

constexpr std::string_view invalidation_body =
    "<?xml version=\"1.0\"?>\n<Invalidation xmlns=\"http://cloudfront.amazonaws.com/doc/"
    "2020-05-31/\">\n<Id> IDFDVBD632BHDS5 </Id><Status>InProgress</Status>"
    "<CreateTime>2026-11-24T00:10:00.123Z</CreateTime><InvalidationBatch><Paths><Quantity>1"
    "</Quantity><Items><Path>/a</Path></Items></Paths><CallerReference>ref-1</CallerReference>"
    "</InvalidationBatch></Invalidation>";

TEST(CloudfrontTest, created_and_read_invalidations_carry_id_status_and_reference) {
    const Invalidation expected{InvalidationId("IDFDVBD632BHDS5"), "InProgress", "ref-1",
                                base::parse_timestamp("2026-11-24T00:10:00.123Z").value()};
    EXPECT_EQ(parse_created(reply(201, std::string(invalidation_body))).value(), expected);
    EXPECT_EQ(parse_created(reply(200, std::string(invalidation_body))).value(), expected);
    EXPECT_EQ(parse_invalidation(reply(200, std::string(invalidation_body))).value(), expected);
}

TEST(CloudfrontTest, created_is_what_has_an_id_though_the_body_cant_be_read) {
    for (const std::string_view body :
         {"", "<Invalidation><Id>", "{}", "<html/>", "<Invalidation/>"}) {
        const Outcome<Invalidation> outcome = parse_created(reply(201, std::string(body)));
        ASSERT_FALSE(outcome.has_value()) << body;
        EXPECT_EQ(outcome.error().remedy, Remedy::outcome_unknown) << body;
    }
    Reply located = reply(201, "");
    located.headers.add(
        "Location", "https://cloudfront.amazonaws.com/2020-05-31/distribution/E1/invalidation/I7");
    EXPECT_EQ(parse_created(located)->id.value(), "I7");
}

TEST(CloudfrontTest, other_success_without_an_invalidation_is_of_unknown_outcome) {
    for (const std::string_view body :
         {"", "<html>Welcome to the hotel</html>", "{}", "<Other/>"}) {
        const Outcome<Invalidation> outcome = parse_created(reply(200, std::string(body)));
        ASSERT_FALSE(outcome.has_value()) << body;
        EXPECT_EQ(outcome.error().remedy, Remedy::outcome_unknown);
        EXPECT_EQ(outcome.error().code, "UnreadableReply");
        EXPECT_EQ(outcome.error().sent_at, base::Instant(std::chrono::seconds(7)));
        EXPECT_EQ(parse_invalidation(reply(200, std::string(body))).error().remedy, Remedy::retry);
        EXPECT_EQ(parse_invalidation_page(reply(200, std::string(body))).error().remedy,
                  Remedy::retry);
    }
}

TEST(CloudfrontTest, pages_of_invalidations) {
    const Outcome<InvalidationPage> page = parse_invalidation_page(
        reply(200, "<InvalidationList><Marker/><NextMarker>I1</NextMarker><MaxItems>2</MaxItems>"
                   "<IsTruncated>true</IsTruncated><Quantity>2</Quantity><Items>"
                   "<InvalidationSummary><Id>I2</Id><CreateTime>2026-11-24T00:00:00Z</CreateTime>"
                   "<Status>Completed</Status></InvalidationSummary>"
                   "<InvalidationSummary><Id>I1</Id><CreateTime>never</CreateTime>"
                   "<Status>InProgress</Status></InvalidationSummary></Items></InvalidationList>"));
    ASSERT_TRUE(page.has_value());
    ASSERT_EQ(page->invalidations.size(), 2U);
    EXPECT_EQ(page->invalidations[0].id.value(), "I2");
    EXPECT_EQ(page->invalidations[0].status, "Completed");
    EXPECT_EQ(page->invalidations[1].created_at, std::nullopt);
    EXPECT_EQ(page->next_marker, "I1");
    const Outcome<InvalidationPage> last = parse_invalidation_page(
        reply(200, "<InvalidationList><IsTruncated>false</IsTruncated><NextMarker>I1</NextMarker>"
                   "<Quantity>0</Quantity></InvalidationList>"));
    EXPECT_TRUE(last->invalidations.empty());
    EXPECT_EQ(last->next_marker, std::nullopt);
}

TEST(CloudfrontTest, only_in_progress_counts_in_any_case) {
    EXPECT_TRUE(is_in_progress("InProgress"));
    EXPECT_TRUE(is_in_progress("INPROGRESS"));
    for (const std::string_view status :
         {"Completed", "COMPLETED", "", "Cancelled", "In Progress"}) {
        EXPECT_FALSE(is_in_progress(status)) << status;
    }
}

TEST(CloudfrontTest, both_ways_to_say_that_a_reference_was_used) {
    Failure failure;
    failure.code = "InvalidationBatchAlreadyExists";
    EXPECT_TRUE(says_reference_used(failure));
    failure.code = "InvalidArgument";
    EXPECT_FALSE(says_reference_used(failure));
    failure.message = "Your request contains one or more invalid invalidation paths.";
    EXPECT_FALSE(says_reference_used(failure));
    failure.message = "Your request contains a caller reference that was used for a previous "
                      "invalidation batch for the same distribution.";
    EXPECT_TRUE(says_reference_used(failure));
    for (const char* const words :
         {"The CallerReference was used before.", "Caller Reference: already used.",
          "The specified callerReference already exists."}) {
        failure.message = words;
        EXPECT_TRUE(says_reference_used(failure)) << words;
    }
    failure.message = "Not a valid path: /docs/CallerReference.html";
    EXPECT_FALSE(says_reference_used(failure));
    failure.message = "The CallerReference was used before.";
    failure.code = "Throttling";
    EXPECT_FALSE(says_reference_used(failure));
}

} // namespace
} // namespace exarch::aws
