#include "actions/cloudfront_invalidate.hpp"
#include "actions/registry.hpp"

#include <boost/json.hpp>

#include <gmock/gmock.h>

namespace exarch::actions {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Wish parse(std::string_view operation) {
    return cloudfront_invalidate().parse(boost::json::parse(operation).as_object(),
                                         "operations[2]");
}

Wish entry(std::string_view text) {
    return parse_entry(boost::json::parse(text).as_object(), "entries[3]");
}

/// The place and the reason of its only rejection.
std::string rejection(const Wish& wish) {
    EXPECT_THAT(wish.items, IsEmpty());
    EXPECT_THAT(wish.rejections, SizeIs(1));
    return wish.rejections.empty() ? ""
                                   : wish.rejections[0].place + ": " + wish.rejections[0].reason;
}

TEST(cloudfront_invalidate, reads_each_path_of_an_operation) {
    const Wish wish = parse(R"({"action": "cloudfront.invalidate", "account": "111122223333",
        "distribution": "E2EXAMPLE1", "paths": ["/a b", "/img/*", "#Tag"], "x-note": 1})");
    EXPECT_EQ(wish.resource, "E2EXAMPLE1");
    EXPECT_THAT(wish.items, ElementsAre("/a%20b", "/img/*", "#tag"));
    EXPECT_THAT(wish.rejections, IsEmpty());
}

TEST(cloudfront_invalidate, a_bad_path_does_not_sink_its_neighbours) {
    const Wish wish =
        parse(R"({"distribution": "E1", "paths": ["/a", "b", 7, null, "/c*d", "/e"]})");
    EXPECT_THAT(wish.items, ElementsAre("/a", "/e"));
    ASSERT_THAT(wish.rejections, SizeIs(4));
    EXPECT_EQ(wish.rejections[0].place, "operations[2].paths[1]");
    EXPECT_EQ(wish.rejections[0].excerpt, "\"b\"");
    EXPECT_THAT(wish.rejections[1].reason, HasSubstr("has to be a string"));
    EXPECT_EQ(wish.rejections[2].place, "operations[2].paths[3]");
    EXPECT_THAT(wish.rejections[3].reason, HasSubstr("'*' at byte 2"));
}

TEST(cloudfront_invalidate, an_unknown_field_is_an_error_that_names_it) {
    EXPECT_THAT(rejection(parse(R"({"distribution": "E1", "path": ["/a"]})")),
                HasSubstr("operations[2].path: no such field"));
}

TEST(cloudfront_invalidate, paths_are_a_list_of_at_least_one) {
    for (const char* text :
         {R"({"distribution": "E1"})", R"({"distribution": "E1", "paths": []})",
          R"({"distribution": "E1", "paths": "/a"})", R"({"distribution": "E1", "paths": {}})"}) {
        EXPECT_THAT(rejection(parse(text)), HasSubstr("list of at least one path")) << text;
    }
}

TEST(cloudfront_invalidate, a_distribution_is_letters_and_digits) {
    for (const char* text :
         {R"({"paths": ["/a"]})", R"({"distribution": 1, "paths": ["/a"]})",
          R"({"distribution": "", "paths": ["/a"]})",
          R"({"distribution": "E1/x", "paths": ["/a"]})",
          R"({"distribution": "../E1", "paths": ["/a"]})",
          R"({"distribution": "E1?x", "paths": ["/a"]})",
          R"({"distribution": "E%31", "paths": ["/a"]})",
          R"({"distribution": "É1", "paths": ["/a"]})",
          R"({"distribution": "E23456789012345678901234567890123", "paths": ["/a"]})"}) {
        EXPECT_THAT(rejection(parse(text)), HasSubstr("operations[2].distribution: ")) << text;
    }
}

TEST(cloudfront_invalidate, reads_an_entry_of_the_first_form_and_ignores_unknown_fields) {
    const Wish wish = entry(R"({"aws_account_id": "111122223333", "more": [],
        "cloudfront_distribution_id": "E2EXAMPLE1", "invalidation_path": "/images/cat.jpg"})");
    EXPECT_EQ(wish.account.value(), "111122223333");
    EXPECT_EQ(wish.resource, "E2EXAMPLE1");
    EXPECT_THAT(wish.items, ElementsAre("/images/cat.jpg"));
    EXPECT_THAT(wish.rejections, IsEmpty());
}

TEST(cloudfront_invalidate, an_account_is_a_string_of_twelve_digits) {
    for (const char* account :
         {"\"11112222333\"", "\"1111222233334\"", "\"11112222333x\"", "\"\"", "111122223333",
          "null", "[]", "\" 11122223333\"", "\"\\uff11\\uff11\\uff11\\uff11\""}) {
        const std::string text = std::string(R"({"aws_account_id": )") + account +
                                 R"(, "cloudfront_distribution_id": "E1", )"
                                 R"("invalidation_path": "/a"})";
        EXPECT_THAT(rejection(entry(text)), HasSubstr("entries[3].aws_account_id: ")) << text;
    }
}

TEST(cloudfront_invalidate, an_entry_that_misses_something_says_what) {
    EXPECT_THAT(rejection(entry("{}")), HasSubstr("aws_account_id is missing"));
    EXPECT_THAT(rejection(entry(R"({"aws_account_id": "111122223333"})")),
                HasSubstr("cloudfront_distribution_id is missing"));
    EXPECT_THAT(rejection(entry(R"({"aws_account_id": "111122223333",
                                    "cloudfront_distribution_id": "E1"})")),
                HasSubstr("invalidation_path is missing"));
    EXPECT_THAT(rejection(entry(R"({"aws_account_id": "111122223333",
        "cloudfront_distribution_id": "E1", "invalidation_path": ["/a"]})")),
                HasSubstr("entries[3].invalidation_path: a path has to be a string"));
}

TEST(cloudfront_invalidate, wildcards_cover_what_begins_like_them) {
    const Action& action = cloudfront_invalidate();
    EXPECT_EQ(action.cover("/img/*"), "/img/");
    EXPECT_EQ(action.cover("/*"), "/");
    EXPECT_EQ(action.cover("/img/"), std::nullopt);
    EXPECT_EQ(action.cover("#tag"), std::nullopt);
    EXPECT_EQ(action.slot_kind("/img/*"), SlotKind::wildcard);
    EXPECT_EQ(action.slot_kind("/img/a"), SlotKind::path);
    EXPECT_EQ(action.slot_kind("#tag"), SlotKind::path);
}

TEST(cloudfront_invalidate, names_the_resource_in_every_partition) {
    EXPECT_EQ(cloudfront_invalidate().resource_arn("aws-cn", base::AccountId("111122223333"), "E1"),
              "arn:aws-cn:cloudfront::111122223333:distribution/E1");
}

TEST(registry, finds_an_action_by_its_name_alone) {
    EXPECT_EQ(find("cloudfront.invalidate"), &cloudfront_invalidate());
    EXPECT_EQ(find("cloudfront.Invalidate"), nullptr);
    EXPECT_EQ(find(""), nullptr);
    EXPECT_THAT(all(), testing::Contains(&cloudfront_invalidate()));
}

TEST(registry, every_verdict_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (int verdict = 0; verdict <= static_cast<int>(Verdict::unknown); ++verdict) {
        names.insert(format(static_cast<Verdict>(verdict)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Verdict::unknown) + 1);
}

} // namespace
} // namespace exarch::actions
