#include "actions/call_codec.hpp"
#include "actions/cloudfront_invalidate.hpp"
#include "actions/cloudfront_invalidate_codec.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace exarch::actions {
namespace {

using aws::Remedy;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

const aws::Endpoint endpoint{
    {true, "cloudfront.amazonaws.com", 443}, "", "cloudfront", base::Region("us-east-1")};

const CallCodec& codec() {
    return cloudfront_invalidate().codec();
}

Reply success(int status, std::string body) {
    aws::Reply reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.request_id = base::RequestId("request-1");
    return reply;
}

Reply failure(Remedy remedy, std::string code = "Code", std::string message = "Message") {
    return std::unexpected(aws::Failure{.remedy = remedy,
                                        .code = std::move(code),
                                        .message = std::move(message),
                                        .http_status = 400,
                                        .request_id = base::RequestId("request-2"),
                                        .sent_at = {}});
}

std::string invalidation(const std::string& status) {
    return "<Invalidation><Id>I1</Id><Status>" + status +
           "</Status><CreateTime>2026-11-24T00:00:00Z</CreateTime><InvalidationBatch><Paths>"
           "<Quantity>1</Quantity><Items><Path>/a</Path></Items></Paths>"
           "<CallerReference>exarch-1</CallerReference></InvalidationBatch></Invalidation>";
}

TEST(cloudfront_invalidate_codec, a_call_carries_its_items_in_order_under_its_reference) {
    const std::vector<std::string> items = {"/b", "/a&b", "#tag"};
    const aws::ServiceRequest request = codec().request(endpoint, "E1", items, "exarch-1");
    EXPECT_EQ(request.target, "/2020-05-31/distribution/E1/invalidation");
    EXPECT_TRUE(request.mutating);
    EXPECT_THAT(request.body, HasSubstr("<Quantity>3</Quantity><Items><Path>/b</Path>"
                                        "<Path>/a&amp;b</Path><Path>#tag</Path></Items>"));
    EXPECT_THAT(request.body, HasSubstr("<CallerReference>exarch-1</CallerReference>"));
    EXPECT_EQ(codec().service(), "cloudfront");
}

TEST(cloudfront_invalidate_codec, a_created_invalidation_is_accepted_with_its_id) {
    const Answer answer = codec().read(success(201, invalidation("InProgress")));
    EXPECT_EQ(answer, (Answer{Verdict::accepted, "I1", base::RequestId("request-1"), ""}));
}

TEST(cloudfront_invalidate_codec, an_answer_without_an_invalidation_tells_nothing) {
    EXPECT_EQ(codec().read(success(201, "<garbage")).verdict, Verdict::unknown);
    EXPECT_EQ(codec().read(success(200, "<garbage")).verdict, Verdict::unknown);
}

TEST(cloudfront_invalidate_codec, three_replies_mean_already_accepted) {
    EXPECT_EQ(codec().read(success(201, invalidation("Completed"))).verdict, Verdict::accepted);
    EXPECT_EQ(
        codec().read(failure(Remedy::outcome_unknown, "InvalidationBatchAlreadyExists")).verdict,
        Verdict::accepted);
    const Answer used =
        codec().read(failure(Remedy::outcome_unknown, "InvalidArgument",
                             "Your request contains a caller reference that was used for a "
                             "previous invalidation batch for the same distribution."));
    EXPECT_EQ(used.verdict, Verdict::accepted);
    EXPECT_EQ(used.result_id, "");
}

TEST(cloudfront_invalidate_codec, every_other_reply_has_its_verdict) {
    for (const auto& [remedy, verdict] : {std::pair(Remedy::retry, Verdict::not_sent),
                                          std::pair(Remedy::renew_credentials, Verdict::not_sent),
                                          std::pair(Remedy::correct_clock, Verdict::not_sent),
                                          std::pair(Remedy::slow_down, Verdict::throttled),
                                          std::pair(Remedy::slots_full, Verdict::slots_full),
                                          std::pair(Remedy::outcome_unknown, Verdict::unknown),
                                          std::pair(Remedy::denied, Verdict::resource_denied),
                                          std::pair(Remedy::not_found, Verdict::resource_missing),
                                          std::pair(Remedy::give_up, Verdict::content_refused)}) {
        const Answer answer = codec().read(failure(remedy));
        EXPECT_EQ(answer.verdict, verdict) << format(verdict);
        EXPECT_EQ(answer.request_id.value(), "request-2");
        EXPECT_THAT(answer.reason, HasSubstr("Message"));
    }
}

TEST(cloudfront_invalidate_codec, anything_but_in_progress_is_complete) {
    EXPECT_EQ(codec().read_progress(success(200, invalidation("InProgress"))),
              Progress::in_progress);
    EXPECT_EQ(codec().read_progress(success(200, invalidation("INPROGRESS"))),
              Progress::in_progress);
    EXPECT_EQ(codec().read_progress(success(200, invalidation("Completed"))), Progress::complete);
    EXPECT_EQ(codec().read_progress(success(200, invalidation("Cancelled"))), Progress::complete);
}

TEST(cloudfront_invalidate_codec, progress_that_cannot_be_read_says_why) {
    EXPECT_EQ(codec().read_progress(failure(Remedy::denied)), Progress::unreadable);
    EXPECT_EQ(codec().read_progress(failure(Remedy::not_found)), Progress::absent);
    EXPECT_EQ(codec().read_progress(failure(Remedy::slow_down)), Progress::throttled);
    EXPECT_EQ(codec().read_progress(failure(Remedy::outcome_unknown)), Progress::failed);
    EXPECT_EQ(codec().read_progress(failure(Remedy::retry)), Progress::failed);
    EXPECT_EQ(codec().read_progress(success(200, "<garbage")), Progress::failed);
}

TEST(cloudfront_invalidate_codec, records_are_paged_and_tell_references_one_by_one) {
    const auto page = codec().read_records(success(
        200, "<InvalidationList><Marker></Marker><NextMarker>I1</NextMarker><MaxItems>100"
             "</MaxItems><IsTruncated>true</IsTruncated><Quantity>1</Quantity><Items>"
             "<InvalidationSummary><Id>I1</Id><CreateTime>2026-11-24T00:00:00Z</CreateTime>"
             "<Status>Completed</Status></InvalidationSummary></Items></InvalidationList>"));
    ASSERT_TRUE(page.has_value());
    EXPECT_THAT(page->entries, ElementsAre(Field(&RecordPage::Entry::result_id, "I1")));
    EXPECT_EQ(page->next_marker, "I1");
    EXPECT_EQ(codec().read_reference(success(200, invalidation("Completed"))).value(), "exarch-1");
    EXPECT_FALSE(codec().read_reference(failure(Remedy::denied)).has_value());
    EXPECT_FALSE(codec().read_records(failure(Remedy::denied)).has_value());
    EXPECT_EQ(codec().records_request(endpoint, "E1", "I1").target,
              "/2020-05-31/distribution/E1/invalidation?MaxItems=100&Marker=I1");
    EXPECT_EQ(codec().progress_request(endpoint, "E1", "I1").target,
              "/2020-05-31/distribution/E1/invalidation/I1");
}

} // namespace
} // namespace exarch::actions
