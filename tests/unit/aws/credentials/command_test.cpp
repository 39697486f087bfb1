#include "aws/credentials/process/command.hpp"
#include "aws/credentials/process/command_line.hpp"
#include "base/json.hpp"
#include "unit/aws/temporary_file.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <thread>

namespace exarch::aws {
namespace {

using Output = base::Result<base::Secret>;

TEST(CommandLineTest, is_split_as_botocore_does) {
    std::ifstream file(std::string(EXARCH_SOURCE_DIR) + "/tests/data/aws/command_lines.json");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const boost::json::value rows = base::parse_json(text).value();
    ASSERT_FALSE(rows.as_array().empty());
    for (const boost::json::value& row : rows.as_array()) {
        const std::string command(row.at(0).as_string());
        const auto words = split_command(command);
        const boost::json::value& expected = row.at(1);
        // Python hands no program at all to the system, which refuses it.
        const bool is_refused = expected.is_null() || expected.as_array().empty() ||
                                expected.as_array().front().as_string().empty();
        ASSERT_EQ(words.has_value(), !is_refused) << command;
        if (!is_refused) {
            EXPECT_EQ(*words, boost::json::value_to<std::vector<std::string>>(expected)) << command;
        }
    }
}

TEST(CommandLineTest, refusal_quotes_nothing_of_the_command) {
    for (const std::string_view command : {"x --key 'SECRET", "x SECRET\\", "'' SECRET"}) {
        const auto words = split_command(command);
        EXPECT_EQ(words.error().kind(), base::ErrorKind::invalid);
        EXPECT_FALSE(words.error().message().contains("SECRET")) << words.error().message();
    }
    EXPECT_FALSE(split_command(std::string_view("a\0b", 3)).has_value());
}

class CommandTest : public testing::Test {
protected:
    boost::asio::awaitable<Output> command(std::string script, CommandLimits limits = {}) {
        std::vector<std::string> arguments{"sh", "-c", std::move(script), "name", "a  b"};
        return run_command(io_.get_executor(), environment_, std::move(arguments), limits);
    }
    Output run(boost::asio::awaitable<Output> asked) {
        std::optional<Output> result;
        boost::asio::co_spawn(io_, std::move(asked),
                              [&result](std::exception_ptr thrown, Output got) {
                                  EXPECT_EQ(thrown, nullptr);
                                  result = std::move(got);
                              });
        run_until([&result] { return result.has_value(); });
        return std::move(*result);
    }
    void run_until(const std::function<bool()>& done) {
        while (!done()) {
            ASSERT_NE(io_.run_one_for(std::chrono::seconds(20)), 0U);
        }
    }
    /// Neither running nor waiting to be asked how it ended.
    static bool has_no_children() { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io_.get_executor()};
    base::Environment environment_{{{"NAME", "value"}, {"PATH", "/usr/bin:/bin"}}};
};

TEST_F(CommandTest, gives_what_the_program_prints) {
    EXPECT_EQ(run(command("printf '%s|' \"$1\" \"$NAME\" \"$HOME\"; cat"))->reveal(),
              "a  b|value||");
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandTest, has_none_of_our_descriptors) {
    const int ours = ::open("/dev/null", O_RDONLY); // NOLINT(cppcoreguidelines-pro-type-vararg)
    ASSERT_GT(ours, 2);
    EXPECT_EQ(
        run(command("test -e /proc/self/fd/" + std::to_string(ours) + " || echo none"))->reveal(),
        "none\n");
    ::close(ours);
}

TEST_F(CommandTest, failure_tells_how_it_ended_and_nothing_it_said) {
    const Output exited = run(command("echo SECRET; echo SECRET >&2; exit 3"));
    ASSERT_FALSE(exited.has_value());
    EXPECT_EQ(exited.error().kind(), base::ErrorKind::unreachable);
    EXPECT_TRUE(exited.error().message().starts_with("sh exited with code 3; "))
        << exited.error().message();
    EXPECT_FALSE(exited.error().message().contains("SECRET"));
    EXPECT_TRUE(
        run(command("kill -9 $$")).error().message().starts_with("sh was ended by signal 9"));
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandTest, program_that_is_not_there_is_named) {
    const Output output =
        run(run_command(io_.get_executor(), environment_, {"/nowhere/at/all", "SECRET"}));
    EXPECT_EQ(output.error().kind(), base::ErrorKind::invalid);
    EXPECT_EQ(output.error().message(),
              "/nowhere/at/all can't be started: No such file or directory");
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandTest, one_that_takes_too_long_is_killed) {
    const CommandLimits limits{.time_max = std::chrono::milliseconds(50)};
    // One that still writes, and one that has closed its output.
    for (const std::string script :
         {"sleep 60", "exec >&-; sleep 60", "while :; do echo x; done"}) {
        const Output output = run(command(script, limits));
        ASSERT_FALSE(output.has_value()) << script;
        EXPECT_EQ(output.error().kind(), base::ErrorKind::unreachable);
        EXPECT_TRUE(has_no_children()) << script;
    }
    EXPECT_TRUE(run(command("sleep 60", limits))
                    .error()
                    .message()
                    .starts_with("sh took longer than 0.05 s, and was killed"));
}

TEST_F(CommandTest, one_that_prints_too_much_is_killed) {
    const CommandLimits limits{.output_bytes_max = 10};
    EXPECT_EQ(run(command("printf 1234567890", limits))->reveal(), "1234567890");
    const Output output = run(command("printf 12345678901; sleep 60", limits));
    EXPECT_EQ(output.error().message(), "sh wrote more than 10 bytes, and was killed");
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandTest, time_that_ends_as_it_prints_too_much_ends_nothing_else) {
    const CommandLimits limits{.time_max = std::chrono::milliseconds(1), .output_bytes_max = 10};
    const TemporaryFile sign("");
    std::optional<Output> result;
    boost::asio::co_spawn(
        io_, command("printf 12345678901; echo up > " + sign.path() + "; sleep 60", limits),
        [&result](const std::exception_ptr&, Output got) { result = std::move(got); });
    io_.poll_one();
    const auto late = std::chrono::steady_clock::now() + 2 * limits.time_max;
    // Both are found in one look: its output first, and that its time is over.
    while (std::filesystem::file_size(sign.path()) == 0 ||
           std::chrono::steady_clock::now() < late) {
        std::this_thread::yield();
    }
    run_until([&result] { return result.has_value(); });
    EXPECT_EQ(result->error().message(), "sh wrote more than 10 bytes, and was killed");
    EXPECT_TRUE(has_no_children());
}

TEST_F(CommandTest, everything_else_goes_on_meanwhile) {
    const TemporaryFile sign("");
    boost::asio::steady_timer timer(io_, std::chrono::milliseconds(20));
    timer.async_wait([&sign](const boost::system::error_code&) { sign.write("go"); });
    EXPECT_EQ(
        run(command("until test -s " + sign.path() + "; do sleep 0.01; done; echo went"))->reveal(),
        "went\n");
}

TEST_F(CommandTest, cancelling_kills_it) {
    boost::asio::cancellation_signal stop;
    std::optional<Output> result;
    const TemporaryFile sign("");
    boost::asio::co_spawn(io_, command("echo up > " + sign.path() + "; sleep 60"),
                          boost::asio::bind_cancellation_slot(
                              stop.slot(), [&result](const std::exception_ptr&, Output got) {
                                  result = std::move(got);
                              }));
    boost::asio::steady_timer timer(io_, std::chrono::milliseconds(20));
    timer.async_wait([&stop](const boost::system::error_code&) {
        stop.emit(boost::asio::cancellation_type::terminal);
    });
    run_until([&result] { return result.has_value(); });
    ASSERT_FALSE(result->has_value());
    EXPECT_EQ(result->error().kind(), base::ErrorKind::cancelled);
    EXPECT_TRUE(has_no_children());
}

TEST(CommandEndTest, nothing_stays_behind_where_the_executor_goes_first) {
    const base::Environment environment({{"PATH", "/usr/bin:/bin"}});
    {
        boost::asio::io_context io;
        boost::asio::co_spawn(
            io, run_command(io.get_executor(), environment, {"sleep", "60"}),
            [](const std::exception_ptr&, const Output&) { FAIL() << "it can't have ended"; });
        io.poll();
        EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), 0) << "it must be running now";
    }
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

} // namespace
} // namespace exarch::aws
