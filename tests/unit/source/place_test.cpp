#include "source/place.hpp"

#include <gtest/gtest.h>

#include <string>

namespace exarch::source {
namespace {

const std::string parameter_arn = "arn:aws:ssm:eu-west-1:999900001111:parameter/exarch/config";
const std::string table_arn = "arn:aws-cn:dynamodb:cn-north-1:999900001111:table/exarch";
const Neighbourhood around{.partition = "aws", .region = base::Region("eu-west-1")};

Place parameter(std::string name, std::optional<std::int64_t> version = std::nullopt) {
    return {Place::Kind::parameter, std::move(name), "", version};
}

TEST(PlaceTest, is_read_and_written_alike) {
    for (const std::string& text :
         {std::string("exarch.yaml"), std::string("/etc/exarch.yaml"), std::string("./ssm:/x"),
          std::string("ssm:/exarch/config"), std::string("ssm:exarch_config"),
          std::string("ssm:/exarch/config:3"), "ssm:" + parameter_arn,
          "ssm:" + parameter_arn + ":12", std::string("dynamodb:exarch#config"),
          std::string("dynamodb:exarch#config:3"), "dynamodb:" + table_arn + "#config"}) {
        const auto place = parse_place(text);
        ASSERT_TRUE(place.has_value()) << place.error().message();
        EXPECT_EQ(format(*place), text);
    }
}

TEST(PlaceTest, has_parts) {
    EXPECT_EQ(parse_place("ssm:/exarch/config").value(), parameter("/exarch/config"));
    EXPECT_EQ(parse_place("ssm:/exarch/config:3").value(), parameter("/exarch/config", 3));
    EXPECT_EQ(parse_place("ssm:" + parameter_arn + ":3").value(), parameter(parameter_arn, 3));
    EXPECT_EQ(parse_place("dynamodb:exarch#config:3").value(),
              (Place{Place::Kind::table, "exarch", "config", 3}));
    EXPECT_EQ(parse_place("C:\\exarch.yaml").value(),
              (Place{Place::Kind::file, "C:\\exarch.yaml", "", std::nullopt}));
    EXPECT_EQ(parse_place("exarch.yaml:3").value().version, std::nullopt);
}

TEST(PlaceTest, of_no_sense_is_refused_with_what_would_be_right) {
    for (const std::string& text :
         {std::string("ssm:"), std::string("ssm:/"), std::string("ssm::3"),
          std::string("ssm:/exarch/config:"), std::string("ssm:/exarch/config:0"),
          std::string("ssm:/exarch/config:-1"), std::string("ssm:/exarch/config:latest"),
          std::string("ssm:/exarch/config:99999999999999999999"), std::string("ssm:/ex arch"),
          std::string("ssm:/exarch\n"), std::string("ssm:/exärch"), "ssm:" + table_arn,
          std::string("ssm:arn:aws:ssm:eu-west-1:999900001111"),
          std::string("ssm:arn:aws:ssm::999900001111:parameter/x"),
          "ssm:/" + std::string(1011, 'x')}) {
        const auto place = parse_place(text);
        ASSERT_FALSE(place.has_value()) << text;
        EXPECT_EQ(place.error().kind(), base::ErrorKind::invalid);
        EXPECT_TRUE(place.error().message().contains("like ssm:/exarch/config")) << text;
    }
    for (const std::string& text :
         {std::string("dynamodb:"), std::string("dynamodb:exarch"), std::string("dynamodb:exarch#"),
          std::string("dynamodb:#config"), std::string("dynamodb:exarch#config#x"),
          std::string("dynamodb:exarch#config:x"), std::string("dynamodb:a/b#config"),
          std::string("dynamodb:exarch#account#1"), "dynamodb:" + parameter_arn + "#config",
          "dynamodb:" + table_arn, "dynamodb:exarch#" + std::string(65, 'x')}) {
        const auto place = parse_place(text);
        ASSERT_FALSE(place.has_value()) << text;
        EXPECT_TRUE(place.error().message().contains("like dynamodb:exarch#config")) << text;
    }
}

TEST(PlaceTest, is_told_with_its_version) {
    EXPECT_EQ(format_at(parameter("/exarch/config"), 3), "ssm:/exarch/config (version 3)");
    EXPECT_EQ(format_at(parameter("/exarch/config", 3), 3), "ssm:/exarch/config (version 3)");
}

TEST(PlaceTest, has_an_arn_that_a_policy_takes) {
    EXPECT_EQ(arn_of(parameter("/exarch/config", 3), around),
              "arn:aws:ssm:eu-west-1:*:parameter/exarch/config");
    EXPECT_EQ(arn_of(parameter("exarch"), around), "arn:aws:ssm:eu-west-1:*:parameter/exarch");
    EXPECT_EQ(arn_of(parameter(parameter_arn), around), parameter_arn);
    EXPECT_EQ(arn_of(parse_place("dynamodb:exarch#config").value(),
                     {"aws-cn", base::Region("cn-north-1"), "999900001111"}),
              table_arn);
}

TEST(PlaceTest, is_in_the_region_of_its_arn) {
    EXPECT_EQ(region_of(parameter(parameter_arn)), base::Region("eu-west-1"));
    EXPECT_EQ(region_of(parse_place("dynamodb:" + table_arn + "#config").value()),
              base::Region("cn-north-1"));
    EXPECT_EQ(region_of(parameter("/exarch/config")), std::nullopt);
    EXPECT_EQ(region_of(parse_place("arn:aws:ssm:eu-west-1:1:x").value()), std::nullopt);
}

} // namespace
} // namespace exarch::source
