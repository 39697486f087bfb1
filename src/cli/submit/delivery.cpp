#include "cli/submit/delivery.hpp"

#include "aws/sqs_message.hpp"
#include "cli/ledger/ledger_reader.hpp"
#include "cli/submit/submit_report.hpp"
#include "cli/submit/task_sender.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/terminal/progress.hpp"
#include "source/load.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace exarch::cli {
namespace {

/// The ledger to follow tasks in; null where no worker has made it yet. Fails, before anything is
/// sent, where nobody could ever follow them there.
base::Result<std::unique_ptr<LedgerReader>> open_ledger(const config::Config& config,
                                                        Surroundings surroundings) {
    auto opened = LedgerReader::open(config, surroundings);
    if (opened.has_value()) {
        return *std::move(opened);
    }
    // No worker makes a table.
    const bool may_come = config.ledger_table.empty();
    if (!may_come || opened.error().kind() != base::ErrorKind::not_found) {
        return std::unexpected(std::move(opened).error());
    }
    const std::string& path = config.ledger_path;
    const std::filesystem::path directory = std::filesystem::path(path).parent_path();
    std::error_code failure;
    if (!directory.empty() && !std::filesystem::is_directory(directory, failure)) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("no ledger can be at {}: there is no directory {}", path,
                                    directory.string())));
    }
    return nullptr;
}

class Wait {
public:
    /// `ledger` may be null as long as there is none.
    Wait(Follower follower, WaitFor wait, std::unique_ptr<LedgerReader> ledger,
         Surroundings surroundings)
        : follower_(std::move(follower)), wait_(wait), surroundings_(surroundings),
          ledger_(std::move(ledger)) {}

    base::Result<FollowReport> run(const config::Config& config, base::Duration timeout) {
        const std::chrono::milliseconds period = config.ledger_table.empty() ? of_file : of_table;
        const base::Instant give_up_at = surroundings_.clock.now().steady + timeout;
        Progress progress(surroundings_.terminal, surroundings_.clock);
        bool have_all_ended = false;
        bool goes_on = true;
        while (goes_on) {
            EXARCH_TRY(have_all_ended, look(config));
            progress.show(render_progress(follower_.counts(), wait_));
            goes_on = !have_all_ended && surroundings_.clock.now().steady < give_up_at &&
                      surroundings_.terminal.pause(period);
        }
        return conclude(have_all_ended);
    }

private:
    /// How long to wait before the next look: each of a table is paid for.
    static constexpr std::chrono::milliseconds of_file{250};
    static constexpr std::chrono::milliseconds of_table{2'000};

    base::Result<bool> look(const config::Config& config) {
        if (ledger_ == nullptr) {
            EXARCH_TRY(ledger_, open_ledger(config, surroundings_));
        }
        if (ledger_ == nullptr) {
            return false;
        }
        EXARCH_TRY(const auto moment, ledger_->reporter().hold());
        return follower_.look(ledger_->reporter());
    }

    base::Result<FollowReport> conclude(bool is_complete) {
        constexpr std::size_t listed_max = 1000;
        FollowReport report{follower_.counts(), {}, is_complete};
        if (ledger_ != nullptr) {
            EXARCH_TRY(report.unsuccessful,
                       follower_.unsuccessful(ledger_->reporter(), listed_max));
        }
        return report;
    }

    Follower follower_;
    WaitFor wait_;
    Surroundings surroundings_;
    std::unique_ptr<LedgerReader> ledger_;
};

std::vector<FollowedTask> sent_tasks(const Submission& submission, const std::string& queue) {
    std::vector<FollowedTask> tasks;
    for (std::size_t i = 0; i < submission.tasks().size(); ++i) {
        const std::string& message_id = submission.sendings()[i].message_id;
        if (!message_id.empty()) {
            const OutgoingTask& task = submission.tasks()[i];
            tasks.push_back(FollowedTask{task.name, message_id, queue, task.digest});
        }
    }
    return tasks;
}

} // namespace

base::Error nothing_sent(const base::Error& error) {
    return base::Error(error.kind(), error.message() + "; nothing was sent");
}

base::Result<config::Config> load_sending_config(const CommonOptions& common,
                                                 const SendingOptions& options,
                                                 bool ledger_required, Surroundings surroundings) {
    config::LoadRequest request{.file = common.config_file};
    request.ledger_required = ledger_required;
    if (!options.queue.empty()) {
        request.flags.push_back(config::Flag{"--queue", {"queue"}, options.queue});
    }
    if (!options.ledger.empty()) {
        request.flags.push_back(config::Flag{"--ledger", {"ledger"}, options.ledger});
    }
    EXARCH_TRY(config::Config config,
               source::load(request, {surroundings.environment, surroundings.clock}));
    if (config.queues.size() > 1) {
        return std::unexpected(
            base::Error(base::ErrorKind::invalid,
                        fmt::format("{} has {} queues; say by --queue which one to send to",
                                    config.file, config.queues.size())));
    }
    return config;
}

ExitCode deliver(const CommonOptions& common, const SendingOptions& options, Delivery delivery,
                 Surroundings surroundings) {
    Terminal& terminal = surroundings.terminal;
    const config::Config& config = delivery.config;
    std::unique_ptr<LedgerReader> ledger;
    if (options.wait.has_value()) {
        auto opened = open_ledger(config, surroundings);
        if (!opened.has_value()) {
            return complain(terminal, opened.error());
        }
        ledger = *std::move(opened);
    }
    const std::string& queue = config.queues.front();
    Submission submission(std::move(delivery.tasks), is_fifo(queue), surroundings.entropy);
    if (const base::Status sent = send_all(submission, queue, surroundings); !sent.has_value()) {
        return complain(terminal, sent.error());
    }
    const bool prints_text = common.output == OutputFormat::text;
    terminal.error(render_unsent(submission));
    terminal.out(prints_text ? render_ids(submission) : "");
    SubmitReport report{submission, {}};
    std::optional<base::Error> failure;
    if (options.wait.has_value() && submission.sent() > 0) {
        const std::string name = aws::canonical_url(aws::QueueUrl(queue)).value();
        Wait wait(Follower(sent_tasks(submission, name), *options.wait), *options.wait,
                  std::move(ledger), surroundings);
        auto followed = wait.run(config, options.wait_timeout);
        if (followed.has_value()) {
            report.follow = std::move(*followed);
        } else {
            failure = std::move(followed).error();
        }
    }
    if (!prints_text) {
        boost::json::object object = to_json(report);
        for (const auto& member : delivery.told) {
            object[member.key()] = member.value();
        }
        terminal.out(boost::json::serialize(object) + "\n");
    } else if (report.follow.has_value()) {
        terminal.out(render_text(*report.follow, Layout{terminal.out_has_colour(), 0}));
    }
    return failure.has_value() ? complain(terminal, *failure) : exit_code_of(report);
}

} // namespace exarch::cli
