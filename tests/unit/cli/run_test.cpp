#include "base/environment.hpp"
#include "cli/run.hpp"
#include "ledger/sqlite.hpp"
#include "ledger/sqlite/database.hpp"
#include "unit/cli/support.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace exarch::cli {
namespace {

class Run : public testing::Test {
protected:
    Run()
        : directory_(std::filesystem::temp_directory_path() /
                     ("exarch-cli-test-" + base::SystemEntropy().hex(8))) {
        std::filesystem::create_directory(directory_);
        variables_["EXARCH_QUEUE"] = "http://127.0.0.1:9/1/q";
        variables_["EXARCH_CONFIG"] = write("exarch.yaml", "version: 1\n");
        variables_["EXARCH_LEDGER"] = "sqlite:" + ledger_path();
    }
    ~Run() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] std::string ledger_path() const { return directory_ / "exarch.db"; }

    std::string write(const std::string& name, std::string_view text) const {
        const std::string path = directory_ / name;
        std::ofstream(path) << text;
        return path;
    }

    ExitCode run(std::vector<std::string> words) {
        const base::Environment environment(variables_);
        terminal_.written.clear();
        terminal_.complaints.clear();
        return cli::run(words, Surroundings{environment, clock_, entropy_, terminal_});
    }

    // A ledger in which one task waits.
    void make_ledger() { commit({task("m1", "sale", lane("111122223333", "E1"), {"/a", "/b"})}); }

    void commit(const std::vector<ledger::Record>& records) {
        auto ledger =
            ledger::SqliteLedger::open({.path = ledger_path()}, entropy_, clock_.now().wall);
        ASSERT_TRUE(ledger.has_value()) << ledger.error().message();
        ASSERT_TRUE((*ledger)->commit(records).has_value());
    }

    // The first of that task's operations is done, the second has expired.
    void settle_all() {
        const base::Timestamp now = clock_.now().wall;
        ledger::BindCall bind;
        bind.call = ledger::CallId(1);
        bind.lane = lane("111122223333", "E1");
        bind.reference = "exarch-0-1";
        bind.items = {"/a"};
        bind.operations = {ledger::OperationId(1)};
        bind.bound_at = now;
        ledger::CloseCall close;
        close.call = bind.call;
        close.result_id = "IEXAMPLE1";
        close.closed_at = now;
        ledger::EndOperations end;
        end.operations = {ledger::OperationId(2)};
        end.reason = "24 h have passed";
        end.ended_at = now;
        commit({bind, close, end});
    }

    [[nodiscard]] bool complains_in_one_line() const {
        return terminal_.complaints.starts_with("exarch: ") &&
               std::ranges::count(terminal_.complaints, '\n') == 1;
    }

    std::filesystem::path directory_;
    std::map<std::string, std::string, std::less<>> variables_;
    ManualClock clock_;
    CountingEntropy entropy_;
    RecordingTerminal terminal_;
};

TEST_F(Run, help_goes_to_stdout_and_complaints_to_stderr) {
    EXPECT_EQ(run({"--help"}), ExitCode::done);
    EXPECT_TRUE(terminal_.written.contains("Usage: exarch"));
    EXPECT_EQ(terminal_.complaints, "");
    EXPECT_EQ(run({"wrker"}), ExitCode::misuse);
    EXPECT_EQ(terminal_.written, "");
    EXPECT_TRUE(complains_in_one_line());
}

TEST_F(Run, tells_what_a_configuration_comes_to_or_what_is_wrong_with_it) {
    EXPECT_EQ(run({"config", "check"}), ExitCode::done);
    EXPECT_TRUE(
        terminal_.written.contains("exarch.yaml is right.\n  queue    http://127.0.0.1:9/"));
    EXPECT_TRUE(
        terminal_.written.contains("any account whose role lets exarch in; none is listed"));
    variables_.erase("EXARCH_QUEUE");
    const std::string listed =
        write("listed.yaml", "targets: {only_listed: true, accounts: {'111122223333': {}}}\n");
    EXPECT_EQ(run({"config", "check", listed}), ExitCode::done);
    EXPECT_TRUE(terminal_.written.contains("1 account, and no others"));
    EXPECT_TRUE(terminal_.written.contains("queue    none; each verb that needs one will ask"));
    EXPECT_EQ(run({"config", "check", listed, "--output", "json"}), ExitCode::done);
    EXPECT_EQ(terminal_.written,
              R"({"file":")" + listed +
                  R"(","version":null,"queues":[],"accounts":1,"only_listed":true,)" +
                  R"("role":"arn:{partition}:iam::{account}:role/CloudFrontInvalidationRole"})" +
                  "\n");
    const std::string wrong = write("wrong.yaml", "version: 1\ntargets:\n  rle: x\n");
    EXPECT_EQ(run({"config", "check", wrong}), ExitCode::misuse);
    EXPECT_TRUE(complains_in_one_line());
    EXPECT_TRUE(terminal_.complaints.contains("wrong.yaml:3:3: targets: unknown key \"rle\"; did "
                                              "you mean role?"));
    // What the environment lays over it counts as well.
    variables_["EXARCH_TARGETS__RLE"] = "x";
    EXPECT_EQ(run({"config", "check", listed}), ExitCode::misuse);
}

TEST_F(Run, tells_line_by_line_how_two_configurations_differ) {
    const std::string old = write("old.yaml", "version: 1\nqueue: https://host/1/a\n");
    const std::string next = write("next.yaml", "version: 1\nqueue: https://host/1/b\n");
    EXPECT_EQ(run({"config", "diff", next, "--to", next}), ExitCode::done);
    EXPECT_EQ(terminal_.written, "");
    EXPECT_EQ(run({"config", "diff", next, "--to", old}), ExitCode::some_failed);
    EXPECT_EQ(terminal_.written, "--- " + old + "\n+++ " + next +
                                     "\n@@ -1,2 +1,2 @@\n version: 1\n-queue: https://host/1/a\n"
                                     "+queue: https://host/1/b\n");
    EXPECT_EQ(run({"config", "diff", next, "--to", old, "--output", "json"}),
              ExitCode::some_failed);
    EXPECT_EQ(terminal_.written,
              R"({"from":{"name":")" + old + R"(","version":null},"to":{"name":")" + next +
                  R"(","version":null},"same":false,"changes":[{"from_line":2,"to_line":2,)" +
                  R"("removed":["queue: https://host/1/a\n"],)" +
                  R"("added":["queue: https://host/1/b\n"]}]})" + "\n");
    EXPECT_EQ(run({"config", "diff", directory_ / "missing.yaml", "--to", old}), ExitCode::misuse);
    EXPECT_TRUE(complains_in_one_line());
}

TEST_F(Run, pushes_nothing_that_is_wrong_by_itself) {
    // Nothing of this environment is where it will be read.
    variables_["EXARCH_CONFG"] = "x";
    const std::string wrong = write("wrong.yaml", "version: 1\nworker: {pending_max: 0}\n");
    EXPECT_EQ(run({"config", "push", wrong, "--to", "ssm:/exarch/config"}), ExitCode::misuse);
    EXPECT_TRUE(complains_in_one_line());
    EXPECT_TRUE(terminal_.complaints.contains("wrong.yaml:2:23: worker.pending_max: "))
        << terminal_.complaints;
}

TEST_F(Run, help_looks_at_nothing) {
    variables_["EXARCH_MISSPELT"] = "x";
    EXPECT_EQ(run({"status", "--help"}), ExitCode::done);
    EXPECT_EQ(run({"completion", "bash"}), ExitCode::done);
    EXPECT_TRUE(terminal_.written.contains("complete "));
}

TEST_F(Run, a_wrong_configuration_stops_every_verb) {
    variables_["EXARCH_CONFIG"] = write("bad.yaml", "quue: x\n");
    for (const std::vector<std::string>& words : {std::vector<std::string>{"worker", "--drain"},
                                                  {"status"},
                                                  {"submit", "x.json"},
                                                  {"plan", "x.json"}}) {
        EXPECT_EQ(run(words), ExitCode::misuse) << words.front();
        EXPECT_TRUE(complains_in_one_line()) << terminal_.complaints;
        EXPECT_TRUE(terminal_.complaints.contains("bad.yaml:1:1"));
    }
}

TEST_F(Run, a_configuration_that_is_missing_is_misuse) {
    EXPECT_EQ(run({"status", "--config", directory_ / "missing.yaml"}), ExitCode::misuse);
    EXPECT_TRUE(complains_in_one_line());
}

TEST_F(Run, crash_points_are_listed_without_a_configuration) {
    variables_["EXARCH_CONFIG"] = directory_ / "missing.yaml";
    EXPECT_EQ(run({"worker", "--list-crash-points"}), ExitCode::done);
    EXPECT_TRUE(terminal_.written.contains("before-commit\n"));
}

TEST_F(Run, status_without_a_ledger_says_what_makes_one) {
    EXPECT_EQ(run({"status"}), ExitCode::unreachable);
    EXPECT_TRUE(complains_in_one_line());
    EXPECT_TRUE(terminal_.complaints.contains(ledger_path()));
    EXPECT_FALSE(std::filesystem::exists(ledger_path()));
}

TEST_F(Run, status_of_a_file_that_is_no_ledger_is_misuse) {
    write("exarch.db", "these are my notes");
    EXPECT_EQ(run({"status"}), ExitCode::misuse);
    EXPECT_TRUE(complains_in_one_line());
}

TEST_F(Run, status_needs_no_queue) {
    make_ledger();
    variables_.erase("EXARCH_QUEUE");
    EXPECT_EQ(run({"status"}), ExitCode::done) << terminal_.complaints;
    EXPECT_TRUE(terminal_.written.contains("its turn at 1 call/s"));
}

TEST_F(Run, whoever_reads_a_table_needs_a_region) {
    variables_["EXARCH_LEDGER"] = "dynamodb:exarch";
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"status"}, {"audit", "list"}, {"redrive", "--all"}}) {
        EXPECT_EQ(run(words), ExitCode::misuse) << words.front();
        EXPECT_TRUE(complains_in_one_line());
        EXPECT_TRUE(terminal_.complaints.contains("no AWS region: set AWS_REGION"));
    }
}

TEST_F(Run, status_prints_one_json_document) {
    make_ledger();
    EXPECT_EQ(run({"status", "--output", "json"}), ExitCode::done);
    const auto json = boost::json::parse(terminal_.written);
    EXPECT_EQ(json.at("operations").at("pending").as_int64(), 2);
    EXPECT_EQ(json.at("at").as_string(), "2026-11-24T12:00:00Z");
}

TEST_F(Run, status_finds_a_task_by_its_id_message_or_number) {
    make_ledger();
    for (const char* name : {"sale", "m1", "1"}) {
        EXPECT_EQ(run({"status", name}), ExitCode::done) << terminal_.complaints;
        EXPECT_TRUE(terminal_.written.starts_with("Task sale, number 1\n")) << terminal_.written;
    }
    EXPECT_EQ(run({"status", "other"}), ExitCode::misuse);
    EXPECT_TRUE(complains_in_one_line());
    EXPECT_TRUE(terminal_.complaints.contains("no task \"other\" in " + ledger_path()));
    EXPECT_TRUE(terminal_.complaints.contains("exarch audit list --state rejected"));
}

TEST_F(Run, status_explains_operations_by_their_ids) {
    make_ledger();
    EXPECT_EQ(run({"status", "--operation", "2"}), ExitCode::done) << terminal_.complaints;
    EXPECT_TRUE(terminal_.written.starts_with("Operation 2 at E1 waits for a CreateInvalidation "))
        << terminal_.written;
    EXPECT_EQ(run({"status", "--operation", "2", "77"}), ExitCode::misuse);
    EXPECT_EQ(terminal_.complaints, "exarch: --operation: no operation 77 in " + ledger_path() +
                                        "; it may be forgotten already\n");
    EXPECT_EQ(run({"status", "sale", "--operation", "2"}), ExitCode::misuse);
    EXPECT_TRUE(terminal_.complaints.contains("not both"));
}

/// Whoever reads may take hours (a pager), and the worker's log would grow all the while.
TEST_F(Run, nothing_is_printed_while_the_ledger_is_held) {
    auto ledger = ledger::SqliteLedger::open({.path = ledger_path()}, entropy_, clock_.now().wall);
    ASSERT_TRUE(ledger.has_value()) << ledger.error().message();
    const auto commit = [&](ledger::Record record) {
        ASSERT_TRUE((*ledger)->commit(std::vector<ledger::Record>{std::move(record)}).has_value());
    };
    const ledger::LaneKey key = lane("111122223333", "E1");
    commit(task("m1", "sale", key, std::vector<std::string>(2500, "/a")));
    ledger::EndOperations ended{.operations = {}, .reason = "", .ended_at = clock_.now().wall};
    for (std::int64_t id = 1; id < 2500; ++id) {
        ended.operations.emplace_back(id);
    }
    commit(ended);
    const auto database =
        ledger::Database::open(ledger_path(), ledger::Database::Access::read_write);
    ASSERT_TRUE((*database)->execute("PRAGMA busy_timeout = 0").has_value());
    terminal_.on_out = [&] {
        EXPECT_EQ((*database)->value_of("PRAGMA wal_checkpoint(TRUNCATE)"), "0");
    };
    for (const std::vector<std::string>& words : {std::vector<std::string>{"status"},
                                                  {"status", "sale"},
                                                  {"status", "--operation", "2500"},
                                                  {"audit", "list"},
                                                  {"audit", "list", "--limit", "0"}}) {
        commit(task("", "", key, {"/b"}));
        run(words);
        EXPECT_NE(terminal_.written, "") << words.back() << terminal_.complaints;
    }
    EXPECT_EQ(std::ranges::count(terminal_.written, '\n'), 2502);
}

TEST_F(Run, status_of_operations_exits_by_how_they_ended) {
    make_ledger();
    settle_all();
    EXPECT_EQ(run({"status", "--operation", "1"}), ExitCode::done) << terminal_.complaints;
    EXPECT_EQ(terminal_.written,
              "Operation 1 is done; exarch audit list --operation 1 tells by which call.\n");
    EXPECT_EQ(run({"status", "--operation", "1", "2"}), ExitCode::some_failed);
    EXPECT_TRUE(terminal_.written.starts_with("Operation 1 is done; ")) << terminal_.written;
    EXPECT_TRUE(terminal_.written.ends_with("  /b    24 h have passed\n")) << terminal_.written;
    EXPECT_EQ(run({"status", "--operation", "1", "2", "--output", "json"}), ExitCode::some_failed);
    const auto json = boost::json::parse(terminal_.written);
    EXPECT_EQ(boost::json::serialize(json.at("waiting")), "[]");
    EXPECT_EQ(boost::json::serialize(json.at("done")), "[1]");
    EXPECT_EQ(json.at("unsuccessful").at(0).at("state").as_string(), "expired");
}

TEST_F(Run, status_of_an_operation_that_is_blocked_is_no_success) {
    make_ledger();
    commit({ledger::NoteBreaker{lane("111122223333", "E1"), true, "NoSuchDistribution",
                                clock_.now().wall}});
    EXPECT_EQ(run({"status", "--operation", "1"}), ExitCode::some_failed);
    EXPECT_TRUE(terminal_.written.contains("is blocked by NoSuchDistribution"));
}

TEST_F(Run, watching_without_a_terminal_prints_json_lines) {
    make_ledger();
    terminal_.pauses_left = 2;
    EXPECT_EQ(run({"status", "--watch"}), ExitCode::done);
    EXPECT_EQ(std::ranges::count(terminal_.written, '\n'), 3);
    const auto first = terminal_.written.substr(0, terminal_.written.find('\n'));
    EXPECT_EQ(boost::json::parse(first).at("operations").at("total").as_int64(), 2);
}

TEST_F(Run, watching_on_a_terminal_draws_again) {
    make_ledger();
    terminal_.is_terminal = true;
    terminal_.pauses_left = 1;
    EXPECT_EQ(run({"status", "--watch"}), ExitCode::done);
    EXPECT_TRUE(terminal_.written.starts_with("\x1b[H\x1b[2J"));
}

TEST_F(Run, watching_a_task_shows_what_has_happened_meanwhile) {
    make_ledger();
    terminal_.pauses_left = 1;
    terminal_.on_pause = [this] {
        ledger::EndOperations end;
        end.operations = {ledger::OperationId(1), ledger::OperationId(2)};
        end.reason = "24 h have passed";
        end.ended_at = clock_.now().wall;
        commit({end});
    };
    EXPECT_EQ(run({"status", "sale", "--watch"}), ExitCode::some_failed);
    const std::string last = terminal_.written.substr(terminal_.written.find('\n') + 1);
    EXPECT_EQ(boost::json::parse(last).at("tasks").at(0).at("operations").at("expired").as_int64(),
              2);
}

TEST_F(Run, plan_needs_no_queue_and_leaves_no_ledger) {
    variables_.erase("EXARCH_QUEUE");
    EXPECT_EQ(run({"plan", "--account", "111122223333", "--distribution", "E1", "--path", "/a"}),
              ExitCode::done)
        << terminal_.complaints;
    EXPECT_TRUE(terminal_.written.contains("111122223333"));
    EXPECT_FALSE(std::filesystem::exists(ledger_path()));
}

TEST_F(Run, plan_tells_of_every_wrong_task_and_exits_so) {
    const std::string tasks = write("tasks.jsonl", "{\"entries\":[]}\n{\"entries\":5}\n");
    EXPECT_EQ(run({"plan", tasks, "--output", "json"}), ExitCode::some_failed);
    const auto json = boost::json::parse(terminal_.written);
    ASSERT_EQ(json.at("rejected").as_array().size(), 2U);
    EXPECT_EQ(json.at("rejected").at(1).at("task").as_string(), tasks + ":2");
}

TEST_F(Run, plan_lets_only_listed_accounts_through) {
    variables_["EXARCH_CONFIG"] =
        write("strict.yaml", "targets: {only_listed: true, accounts: {'444455556666': {}}}\n");
    EXPECT_EQ(run({"plan", "--account", "111122223333", "--distribution", "E1", "--path", "/a"}),
              ExitCode::some_failed);
    EXPECT_TRUE(terminal_.written.contains("REJECTED")) << terminal_.written;
}

TEST_F(Run, submit_refuses_files_that_it_cannot_read) {
    for (const std::string& file : {std::string(directory_ / "none.json"), directory_.string()}) {
        EXPECT_EQ(run({"submit", file}), ExitCode::misuse) << terminal_.complaints;
        EXPECT_TRUE(complains_in_one_line());
        EXPECT_TRUE(terminal_.complaints.contains(file));
        EXPECT_TRUE(terminal_.complaints.ends_with("; nothing was sent\n"));
        // What never sends need not say so.
        for (const char* verb : {"plan", "simulate"}) {
            EXPECT_EQ(run({verb, file}), ExitCode::misuse) << verb;
            EXPECT_TRUE(complains_in_one_line() && terminal_.complaints.contains(file));
            EXPECT_FALSE(terminal_.complaints.contains("nothing was sent"));
        }
    }
    EXPECT_EQ(run({"submit", write("bad.json", "{}")}), ExitCode::misuse);
    EXPECT_TRUE(terminal_.complaints.ends_with("; nothing was sent\n")) << terminal_.complaints;
}

/// Nobody answers at the queue's address: had anything been tried, the end would be another.
TEST_F(Run, submit_looks_at_the_ledger_it_will_wait_for_before_it_sends) {
    const std::vector<std::string> words{
        "submit",     "--account", "111122223333", "--distribution",
        "E2EXAMPLE1", "--path",    "/a",           "--wait"};
    write("exarch.db", "notes, and no ledger");
    EXPECT_EQ(run(words), ExitCode::misuse);
    EXPECT_TRUE(complains_in_one_line()) << terminal_.complaints;
    EXPECT_TRUE(terminal_.complaints.contains("exarch.db"));
    EXPECT_EQ(terminal_.written, "");
    variables_["EXARCH_LEDGER"] = "sqlite:" + (directory_ / "no" / "such" / "exarch.db").string();
    EXPECT_EQ(run(words), ExitCode::misuse);
    EXPECT_TRUE(complains_in_one_line()) << terminal_.complaints;
    EXPECT_TRUE(terminal_.complaints.contains("there is no directory")) << terminal_.complaints;
}

TEST_F(Run, submit_asks_which_of_several_queues_is_meant) {
    variables_.erase("EXARCH_QUEUE");
    variables_["EXARCH_CONFIG"] =
        write("two.yaml", "queues: [{url: http://h/1/a}, {url: http://h/1/b}]\n");
    EXPECT_EQ(run({"submit", "tasks.json"}), ExitCode::misuse);
    EXPECT_TRUE(terminal_.complaints.contains("--queue")) << terminal_.complaints;
}

TEST_F(Run, a_policy_without_its_ticks_says_what_is_left_out) {
    variables_["EXARCH_QUEUE"] = "https://sqs.eu-west-1.amazonaws.com/999900001111/tasks";
    variables_["EXARCH_LEDGER"] = "dynamodb:exarch";
    EXPECT_EQ(run({"policy", "function"}), ExitCode::done);
    EXPECT_TRUE(complains_in_one_line() && terminal_.complaints.contains("add --ticks"));
    EXPECT_TRUE(terminal_.written.contains("KeepLedger"));
    variables_["EXARCH_TICKS"] = "https://sqs.eu-west-1.amazonaws.com/999900001111/ticks";
    EXPECT_EQ(run({"policy", "function"}), ExitCode::done);
    EXPECT_EQ(terminal_.complaints, "");
    EXPECT_TRUE(terminal_.written.contains("PaceByTicks"));
}

TEST_F(Run, queues_of_several_accounts_do_not_tell_whom_a_role_is_to_trust) {
    variables_.erase("EXARCH_QUEUE");
    variables_.erase("EXARCH_LEDGER");
    variables_["EXARCH_CONFIG"] =
        write("two.yaml", "queues:\n"
                          "- url: https://sqs.eu-west-1.amazonaws.com/999900001111/tasks\n"
                          "- url: https://sqs.us-east-1.amazonaws.com/222233334444/shop\n"
                          "ledger: dynamodb:exarch\n");
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"policy", "target-trust"}, {"policy"}}) {
        EXPECT_EQ(run(words), ExitCode::misuse);
        EXPECT_TRUE(complains_in_one_line() && terminal_.complaints.contains("--principal ARN"))
            << terminal_.complaints;
        EXPECT_EQ(terminal_.written, "");
    }
    EXPECT_EQ(run({"policy", "target-trust", "--principal", "arn:aws:iam::999900001111:role/r"}),
              ExitCode::done);
    EXPECT_TRUE(terminal_.written.contains("999900001111:role/r"));
    // Whoever works on all of them is where the first one is.
    EXPECT_EQ(run({"policy", "controller", "--function", "purges"}), ExitCode::done);
    EXPECT_TRUE(terminal_.written.contains(":999900001111:table/exarch"));
    EXPECT_TRUE(terminal_.written.contains("lambda:eu-west-1:999900001111:function:purges"));
    EXPECT_FALSE(terminal_.written.contains("222233334444:table"));
}

} // namespace
} // namespace exarch::cli
