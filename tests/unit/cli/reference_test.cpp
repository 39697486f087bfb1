#include "config/keys.hpp"
#include "config/load.hpp"
#include "unit/cli/reference/reference.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

namespace exarch::cli {
namespace {

struct Page {
    std::string_view file;
    std::string (*make)();
};

class Reference : public testing::TestWithParam<Page> {};

/// With EXARCH_UPDATE_REFERENCE set, the files are written instead.
TEST_P(Reference, is_what_the_program_goes_by) {
    const std::string path = fmt::format(EXARCH_SOURCE_DIR "/docs/reference/{}", GetParam().file);
    const std::string made = GetParam().make();
    if (std::getenv("EXARCH_UPDATE_REFERENCE") != nullptr) {
        std::ofstream(path) << made;
    }
    std::ifstream in(path);
    const std::string written{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    EXPECT_TRUE(written == made) << path << " is out of date: run cli_test once with "
                                 << "EXARCH_UPDATE_REFERENCE=1";
}

INSTANTIATE_TEST_SUITE_P(Pages, Reference,
                         testing::Values(Page{"configuration.md", configuration_reference},
                                         Page{"messages.md", message_reference},
                                         Page{"commands.md", command_reference}));

TEST(ConfigurationReference, leaves_no_key_out) {
    const std::string reference = configuration_reference();
    for (const config::Key& key : config::all_keys()) {
        std::string name(key.pattern);
        std::ranges::replace(name, '/', '.');
        if (key.apply != nullptr) {
            EXPECT_TRUE(reference.contains(fmt::format("| `{}` |", name))) << name;
        }
    }
}

/// What stands in the column of defaults changes nothing where it is written into a file.
TEST(ConfigurationReference, tells_the_defaults_as_they_are) {
    const std::string queue = "queue: https://sqs.eu-west-1.amazonaws.com/999900001111/q\n";
    const base::Environment none({});
    const config::Config plain = config::parse_config(queue, "a.yaml", {}, none).value();
    const std::string all =
        queue + "version: 1\nledger: sqlite:exarch.db\n"
                "targets:\n"
                "  role: arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole\n"
                "  session_name: CloudFrontInvalidationSession\n"
                "  scope_session: account\n  only_listed: false\n"
                "in_progress: {paths: 3000, wildcards: 15, scope: distribution}\n"
                "retry: {max_age: 24h}\nretain: {settled: 30d, duplicates: 15d}\n"
                "worker: {listen: '127.0.0.1:9464', pending_max: 1000000, lease: 90s}\n";
    const config::Config written = config::parse_config(all, "a.yaml", {}, none).value();
    EXPECT_EQ(written.ledger_path, plain.ledger_path);
    EXPECT_EQ(written.targets.role, plain.targets.role);
    EXPECT_EQ(written.targets.session_name, plain.targets.session_name);
    EXPECT_EQ(written.targets.scope_session, plain.targets.scope_session);
    EXPECT_EQ(written.targets.only_listed, plain.targets.only_listed);
    EXPECT_EQ(written.in_progress.paths, plain.in_progress.paths);
    EXPECT_EQ(written.in_progress.wildcards, plain.in_progress.wildcards);
    EXPECT_EQ(written.in_progress.scope, plain.in_progress.scope);
    EXPECT_EQ(written.lifetimes.operation_max_age, plain.lifetimes.operation_max_age);
    EXPECT_EQ(written.lifetimes.settled, plain.lifetimes.settled);
    EXPECT_EQ(written.lifetimes.duplicates, plain.lifetimes.duplicates);
    EXPECT_EQ(written.worker.pending_max, plain.worker.pending_max);
    EXPECT_EQ(written.worker.lease, plain.worker.lease);
    ASSERT_TRUE(plain.worker.listen.has_value());
    EXPECT_EQ(written.worker.listen->address, plain.worker.listen->address);
    EXPECT_EQ(written.worker.listen->port, plain.worker.listen->port);
    for (const std::string_view standard :
         {"`sqlite:exarch.db`", "`CloudFrontInvalidationSession`", "`3000`", "`15`", "`24h`",
          "`30d`", "`15d`", "`90s`", "`127.0.0.1:9464`", "`1000000`", "`false`",
          "`distribution`"}) {
        EXPECT_TRUE(configuration_reference().contains(standard)) << standard;
    }
}

} // namespace
} // namespace exarch::cli
