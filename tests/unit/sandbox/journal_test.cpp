#include "sandbox/journal.hpp"
#include "unit/sandbox/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace exarch::sandbox {
namespace {

using std::chrono::seconds;

constexpr std::string_view an_account = R"({"accounts":[{"account":"999900001111",
    "users":[{"name":"ada","access_key_id":"AKIAADA","secret_access_key":"hers","policies":[
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}]}],
    "roles":[{"name":"Ops","trust":{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Action":"sts:AssumeRole","Principal":{"AWS":"999900001111"}}]},"policies":[
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}]}],
    "distributions":["E1"],"queues":[{"name":"tasks","region":"us-east-1"}]}]})";

/// One file, and the sandboxes that go on from it one after the other.
class JournalTest : public testing::Test {
protected:
    JournalTest()
        : path_(fmt::format("{}{}.journal", testing::TempDir(),
                            testing::UnitTest::GetInstance()->current_test_info()->name())) {
        std::remove(path_.c_str());
    }
    ~JournalTest() override { std::remove(path_.c_str()); }

    static JournalHead head() {
        return {.seed = 7,
                .has_example = false,
                .references = "replay",
                .complete_after = seconds(10),
                .duplicate = 0,
                .disorder = 0,
                .started = start_of_test().wall};
    }

    /// A process ends, another starts.
    base::Status start(base::Moment now) {
        EXARCH_TRY(Journal opened, Journal::open(path_, head(), head().seed));
        journal_.emplace(std::move(opened));
        SandboxParams params;
        params.seed = 7;
        sandbox_.emplace(std::move(params), start_of_test());
        EXARCH_CHECK(sandbox_->repeat(journal_->take_deeds(), now));
        sandbox_->set_witness([this](const Deed& deed) {
            const bool is_reset = deed.request.target == "/_sandbox/reset";
            EXPECT_TRUE((is_reset ? journal_->restart(deed.done) : journal_->add(deed)));
        });
        return {};
    }

    http::Response ask(const http::Request& request, base::Moment at) {
        const auto exchange = sandbox_->open(request, at);
        return std::get<http::Response>(sandbox_->step(*exchange, at));
    }

    http::Response control(std::string name, std::string body, base::Moment at) {
        return ask({.method = "POST",
                    .origin = {},
                    .target = "/_sandbox/" + std::move(name),
                    .headers = {},
                    .body = std::move(body)},
                   at);
    }

    http::Response sqs(std::string form, base::Moment at) {
        http::Request request{.method = "POST", .origin = {}};
        request.headers = {{"Host", "x"}, {"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = std::move(form) + "&QueueUrl=/999900001111/tasks";
        return ask(sign(std::move(request), {.keys = ada(), .service = "sqs", .at = at}), at);
    }

    http::Response invalidation(std::string_view method, std::string_view rest, std::string body,
                                base::Moment at) {
        http::Request request{.method = std::string(method),
                              .origin = {},
                              .target =
                                  fmt::format("/2020-05-31/distribution/E1/invalidation{}", rest),
                              .headers = {{"Host", "x"}},
                              .body = std::move(body)};
        return ask(sign(std::move(request), {.keys = ada(), .service = "cloudfront", .at = at}),
                   at);
    }

    static sigv4::Credentials ada() {
        return {.access_key_id = sigv4::AccessKeyId("AKIAADA"),
                .secret_access_key = base::Secret("hers"),
                .session_token = {},
                .expires_at = {}};
    }

    std::string text() const {
        std::ifstream in(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    void write(std::string_view text) const { std::ofstream(path_, std::ios::binary) << text; }

    std::string path_;
    std::optional<Journal> journal_;
    std::optional<Sandbox> sandbox_;
};

constexpr std::string_view a_batch =
    "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Paths><Quantity>"
    "1</Quantity><Items><Path>/a</Path></Items></Paths><CallerReference>r</CallerReference>"
    "</InvalidationBatch>";

TEST_F(JournalTest, state_and_what_clients_hold_of_it_outlive_the_process) {
    ASSERT_TRUE(start(start_of_test()));
    EXPECT_EQ(control("accounts", std::string(an_account), start_of_test()).status, 200);
    const auto assume = [&](base::Moment at) {
        return ask(sign(sts_request({{"Action", "AssumeRole"},
                                     {"RoleArn", "arn:aws:iam::999900001111:role/Ops"},
                                     {"RoleSessionName", "session"}}),
                        {.keys = ada(), .at = at}),
                   at);
    };
    const auto keys = World::keys_of(assume(later(seconds(1))));
    const auto made = invalidation("POST", "", std::string(a_batch), later(seconds(2)));
    EXPECT_EQ(sqs("Action=SendMessage&MessageBody=one", later(seconds(2))).status, 200);
    EXPECT_EQ(sqs("Action=SendMessage&MessageBody=two", later(seconds(2))).status, 200);
    const auto received = sqs("Action=ReceiveMessage", later(seconds(3)));
    EXPECT_EQ(element(received, "Body"), "one");

    const base::Moment again = later(seconds(10));
    ASSERT_TRUE(start(again));
    EXPECT_EQ(sandbox_->log().total(), 0);
    const std::string id = element(made, "Id");
    EXPECT_EQ(element(invalidation("GET", "/" + id, "", again), "Status"), "InProgress");
    EXPECT_EQ(element(invalidation("GET", "/" + id, "", later(seconds(12))), "Status"),
              "Completed");
    EXPECT_EQ(ask(sign(sts_request({{"Action", "GetCallerIdentity"}}), {.keys = keys, .at = again}),
                  again)
                  .status,
              200);
    // The first is still hidden, and its receipt still good.
    EXPECT_EQ(element(sqs("Action=ReceiveMessage", again), "Body"), "two");
    EXPECT_EQ(sqs("Action=DeleteMessage&ReceiptHandle=" + element(received, "ReceiptHandle"), again)
                  .status,
              200);

    ASSERT_TRUE(start(later(seconds(50))));
    EXPECT_EQ(element(sqs("Action=ReceiveMessage", later(seconds(50))), "Body"), "two");
    EXPECT_NE(element(assume(later(seconds(51))), "AccessKeyId"), keys.access_key_id.value());
}

TEST_F(JournalTest, only_what_took_effect_is_written) {
    ASSERT_TRUE(start(start_of_test()));
    EXPECT_EQ(control("accounts", std::string(an_account), start_of_test()).status, 200);
    const std::string before = text();
    EXPECT_EQ(control("faults", R"({"faults":[]})", start_of_test()).status, 200);
    EXPECT_EQ(sqs("Action=ReceiveMessage", start_of_test()).status, 200);
    EXPECT_EQ(sqs("Action=GetQueueAttributes", start_of_test()).status, 200);
    EXPECT_EQ(invalidation("POST", "", "no batch", start_of_test()).status, 400);
    EXPECT_EQ(text(), before);
    EXPECT_EQ(sqs("Action=SendMessage&MessageBody=a", start_of_test()).status, 200);
    EXPECT_GT(text().size(), before.size());
}

TEST_F(JournalTest, reset_empties_it) {
    ASSERT_TRUE(start(start_of_test()));
    const std::string empty = text();
    EXPECT_EQ(control("accounts", std::string(an_account), start_of_test()).status, 200);
    EXPECT_EQ(control("reset", "", start_of_test()).status, 200);
    EXPECT_EQ(text(), empty);
}

TEST_F(JournalTest, line_that_was_cut_off_is_dropped) {
    ASSERT_TRUE(start(start_of_test()));
    EXPECT_EQ(control("accounts", std::string(an_account), start_of_test()).status, 200);
    const std::string whole = text();
    write(whole + R"({"arrived":17,"don)");
    ASSERT_TRUE(start(later(seconds(1))));
    EXPECT_EQ(text(), whole);
    EXPECT_EQ(sqs("Action=SendMessage&MessageBody=a", later(seconds(1))).status, 200);
    ASSERT_TRUE(start(later(seconds(2))));
}

TEST_F(JournalTest, bytes_that_are_no_text_come_back_as_they_were) {
    {
        auto journal = Journal::open(path_, head(), head().seed).value();
        Deed deed{.request = {.method = "POST", .origin = {}, .target = "/\xff"},
                  .arrived = start_of_test().wall,
                  .done = later(seconds(1)).wall};
        deed.request.headers.add("X-\xe9", std::string("a\0b", 3));
        deed.request.body = "\x80\x01";
        ASSERT_TRUE(journal.add(deed));
    }
    const auto deeds = Journal::open(path_, head(), head().seed).value().take_deeds();
    ASSERT_EQ(deeds.size(), 1U);
    EXPECT_EQ(deeds[0].request.target, "/\xff");
    EXPECT_EQ(deeds[0].request.headers.get("X-\xe9"), std::string_view("a\0b", 3));
    EXPECT_EQ(deeds[0].request.body, "\x80\x01");
    EXPECT_EQ(deeds[0].done, later(seconds(1)).wall);
}

TEST_F(JournalTest, file_goes_on_with_its_own_seed_where_nobody_asks_for_one) {
    ASSERT_TRUE(start(start_of_test()));
    JournalHead other = head();
    other.seed = 8;
    EXPECT_EQ(Journal::open(path_, other, std::nullopt).value().head().seed, head().seed);
}

TEST_F(JournalTest, file_that_is_none_or_of_other_options_is_refused_and_left_alone) {
    ASSERT_TRUE(start(start_of_test()));
    EXPECT_EQ(control("accounts", std::string(an_account), start_of_test()).status, 200);
    const std::string good = text();
    EXPECT_EQ(Journal::open(path_, head(), 8).error().message(),
              path_ + " was begun with --seed 7: start with it again, or take another file");
    JournalHead other = head();
    other.complete_after = seconds(1);
    EXPECT_TRUE(Journal::open(path_, other, head().seed)
                    .error()
                    .message()
                    .contains("--complete-after 10000ms"));
    other = head();
    other.duplicate = 0.5;
    EXPECT_TRUE(Journal::open(path_, other, head().seed)
                    .error()
                    .message()
                    .contains("--fault duplicate=0:"));
    for (const std::string& bad : {std::string("milk\neggs\n"), std::string("{}\n"),
                                   good + "{\"arrived\":\"x\"}\n", good + "[]\n"}) {
        write(bad);
        const auto refused = Journal::open(path_, head(), head().seed);
        ASSERT_FALSE(refused.has_value()) << bad;
        EXPECT_EQ(refused.error().kind(), base::ErrorKind::invalid);
        EXPECT_TRUE(refused.error().message().starts_with(path_ + ", line ")) << bad;
        EXPECT_EQ(text(), bad);
    }
    const std::size_t line = good.find('\n') + 1;
    write(good + good.substr(line));
    EXPECT_TRUE(start(start_of_test()).error().message().starts_with("call 2 of the file"));
}

TEST_F(JournalTest, file_that_cannot_be_written_is_told) {
    path_ = "/nowhere/there";
    EXPECT_EQ(Journal::open(path_, head(), head().seed).error().message(),
              "/nowhere/there: can't be written");
}

} // namespace
} // namespace exarch::sandbox
