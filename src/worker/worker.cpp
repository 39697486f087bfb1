#include "worker/worker.hpp"

#include "http/server.hpp"
#include "queue/sqs.hpp"
#include "worker/accounts/terms.hpp"
#include "worker/cloud.hpp"
#include "worker/depth_reader.hpp"
#include "worker/drain.hpp"
#include "worker/execution/file_execution.hpp"
#include "worker/execution/table_execution.hpp"
#include "worker/execution/table_way.hpp"
#include "worker/intake.hpp"
#include "worker/status_page.hpp"
#include "worker/targets/reach.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <list>

namespace exarch::worker {
namespace {

namespace asio = boost::asio;
using base::Duration;
using base::Error;
using base::ErrorKind;
using base::Instant;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Within this a signal's wish to end is granted, come what may: everything is in the ledger.
constexpr Duration stop_within = seconds(9);
/// A drain that cannot even reach its queue gives up after this.
constexpr Duration unreachable_for = minutes(1);

/// One run, from the open ledger to the report. Its members are destroyed in the reverse of the
/// order in which they stand, each before what it stands on.
class Run {
public:
    Run(const config::Config& config, const WorkerOptions& options,
        const WorkerSurroundings& surroundings, CrashPoints crash_points)
        : config_(config), options_(options), surroundings_(surroundings),
          crash_points_(crash_points), signals_(io_) {}

    base::Status open() {
        // First of all: restoring may take long, and a signal must not end it by itself.
        signals_.add(SIGTERM);
        signals_.add(SIGINT);
        signals_.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) {
                end(WorkerReport::End::stopped);
            }
        });
        EXARCH_CHECK(open_execution());
        for (const std::string& url : config_.queues) {
            EXARCH_CHECK(add_queue({.url = aws::QueueUrl(url)}));
        }
        for (const queue::DeadLetterQueue& each : options_.dead_letters) {
            EXARCH_CHECK(add_queue({.url = each.url, .dead_letters_of = each}));
        }
        return listen();
    }

    /// True where nothing of the run is on its way any more, so that it can be taken apart.
    [[nodiscard]] bool has_stopped() const {
        bool are_idle = (error_.has_value() || execution_->is_idle()) && !depths_.is_reading();
        for (const auto& intake : intakes_) {
            are_idle = are_idle && intake->has_stopped() && (error_ || intake->is_idle());
        }
        return are_idle;
    }

    Result<WorkerReport> run() {
        // Whatever signal has come meanwhile.
        io_.poll();
        io_.restart();
        if (!end_) {
            execution_->start();
            for (const auto& intake : intakes_) {
                intake->start();
            }
        }
        asio::co_spawn(io_, supervise(), [](const std::exception_ptr& failure) {
            if (failure) {
                std::rethrow_exception(failure);
            }
        });
        io_.run();
        if (error_) {
            return std::unexpected(*error_);
        }
        return WorkerReport{*end_, execution_->counts(), execution_->outlook()};
    }

private:
    base::Status open_execution() {
        const Execution::Callbacks callbacks{
            .delete_messages = [this](const auto& messages) { erase(messages); },
            .let_go = [this](const auto& messages) { let_go(messages); },
            .failed = [this](Error error) { end_with(std::move(error)); }};
        if (!config_.ledger_table.empty()) {
            EXARCH_CHECK(open_way());
            EXARCH_TRY(table_, TableWay::open(
                                   {*cloud_, config_, surroundings_.clock, surroundings_.entropy}));
            execution_ = std::make_unique<TableExecution>(
                TableExecution::Parts{io_.get_executor(), surroundings_.clock,
                                      surroundings_.entropy, surroundings_.log, config_,
                                      crash_points_, reach_->route(), table_->table(),
                                      [this] { return table_->check(); }, options_.drain},
                callbacks);
            return {};
        }
        // The file comes first: who else holds it, or what is wrong with it, is told at once.
        EXARCH_TRY(auto execution, FileExecution::open({io_.get_executor(), surroundings_.clock,
                                                        surroundings_.entropy, surroundings_.log,
                                                        config_, crash_points_}));
        EXARCH_CHECK(open_way());
        execution->connect(reach_->route(), callbacks);
        execution_ = std::move(execution);
        return {};
    }

    base::Status open_way() {
        EXARCH_TRY(cloud_, Cloud::open(io_.get_executor(), surroundings_.clock,
                                       surroundings_.environment, config_.queues.front()));
        EXARCH_TRY(reach_,
                   Reach::open({io_.get_executor(), surroundings_.clock, config_, *cloud_}));
        return {};
    }

    base::Status add_queue(queue::SqsParams of_queue) {
        EXARCH_TRY(auto sqs, cloud_->sqs(of_queue.url.value()));
        sqs_.push_back(std::move(sqs));
        queues_.push_back(std::make_unique<queue::SqsQueue>(*sqs_.back(), std::move(of_queue)));
        depths_.add(*queues_.back());
        IntakeParams params;
        if (!config_.ledger_table.empty()) {
            // A receive is a request like any other.
            params.wait = std::clamp(
                std::chrono::floor<seconds>(request_longest(config_.worker.lease)) - seconds(2),
                seconds(1), params.wait);
        }
        if (options_.drain) {
            params.wait = seconds(1);
            params.rest = seconds(1);
        }
        intakes_.push_back(std::make_unique<Intake>(
            IntakeParts{io_.get_executor(), surroundings_.clock, surroundings_.log, *queues_.back(),
                        crash_points_},
            params,
            Intake::Callbacks{
                .new_handle = [this] { return ++last_handle_; },
                .wants_messages = [this] { return execution_->wants_messages(); },
                .fitting = [this](auto messages) { return execution_->fitting(messages); },
                .received =
                    [this](core::MessagesReceived messages) {
                        execution_->take_in(std::move(messages));
                    }}));
        return {};
    }

    base::Status listen() {
        const auto& address = config_.worker.listen;
        if (!address || (options_.drain && !config_.worker.listen_is_set)) {
            return {};
        }
        http::ServerParams params;
        params.address = address->address;
        params.port = address->port;
        auto server =
            http::Server::listen(io_.get_executor(), params, [this](http::Request request) {
                return answer(std::move(request));
            });
        if (server.has_value()) {
            server_ = *std::move(server);
            surroundings_.log.info("listening on {}:{}", address->address, server_->port());
            return {};
        }
        if (!config_.worker.listen_is_set) {
            surroundings_.log.warn("{}; going on without /metrics", server.error().message());
            return {};
        }
        return std::unexpected(std::move(server).error());
    }

    asio::awaitable<http::Response> answer(http::Request request) {
        co_return status_page(request,
                              {.counts = execution_->counts(),
                               .open_operations = execution_->open_operations(),
                               .blocked_operations = execution_->outlook().blocked_operations,
                               .ledger_backlog = execution_->backlog(),
                               .why_not_ready = why_not_ready()});
    }

    /// Empty while messages are taken in.
    [[nodiscard]] std::string why_not_ready() const {
        if (end_ || error_) {
            return "ending";
        }
        for (const auto& intake : intakes_) {
            if (intake->failure()) {
                return intake->failure()->message();
            }
            if (!intake->has_received()) {
                return "no answer from the queue yet";
            }
        }
        if (!execution_->wants_messages()) {
            return "as many operations wait as worker.pending_max allows; messages are taken again "
                   "when fewer do";
        }
        return {};
    }

    void erase(const std::vector<core::MessageHandle>& messages) {
        for (const auto& intake : intakes_) {
            intake->erase(messages);
        }
    }

    void let_go(const std::vector<core::MessageHandle>& messages) {
        for (const auto& intake : intakes_) {
            intake->let_go(messages);
        }
    }

    void end(WorkerReport::End end) {
        if (end_ || error_) {
            return;
        }
        end_ = end;
        begin_to_stop();
    }

    void end_with(Error error) {
        if (!error_) {
            error_ = std::move(error);
            begin_to_stop();
        }
    }

    void begin_to_stop() {
        stop_by_ = surroundings_.clock.now().steady + stop_within;
        execution_->stop();
        for (const auto& intake : intakes_) {
            intake->stop();
        }
        depths_.stop();
    }

    /// Looks after everything that no event brings about: the end, a drain's progress, pruning.
    asio::awaitable<void> supervise() {
        const Instant started = surroundings_.clock.now().steady;
        Instant told = started;
        Instant pruned = started;
        for (;;) {
            const Instant now = surroundings_.clock.now().steady;
            if ((end_ || error_) && (has_stopped() || now >= stop_by_)) {
                io_.stop();
                co_return;
            }
            check_queues(now);
            if (options_.drain && !end_ && !error_) {
                watch_drain(started);
            }
            if (surroundings_.on_progress && now - told >= milliseconds(500)) {
                told = now;
                surroundings_.on_progress(execution_->counts(), execution_->open_operations());
            }
            if (now - pruned >= seconds(1)) {
                pruned = now;
                execution_->prune();
            }
            const bool is_quick = options_.drain || end_ || error_;
            co_await pause(is_quick ? milliseconds(20) : milliseconds(250));
        }
    }

    /// A queue that refuses us before it has ever answered will not change its mind by itself.
    void check_queues(Instant now) {
        for (const auto& intake : intakes_) {
            const auto& failure = intake->failure();
            if (!failure || intake->has_received()) {
                continue;
            }
            const bool is_refusal = failure->kind() == ErrorKind::not_found ||
                                    failure->kind() == ErrorKind::denied ||
                                    failure->kind() == ErrorKind::invalid;
            const bool is_late = options_.drain && now - intake->failing_since() >= unreachable_for;
            if (is_refusal || is_late) {
                give_up_on_unreachable(*intake);
            }
        }
    }

    [[nodiscard]] DrainWatch::Receives receives() const {
        DrainWatch::Receives sum;
        for (const auto& intake : intakes_) {
            sum.empty.push_back(intake->empty_receives());
            sum.full += intake->full_receives();
        }
        return sum;
    }

    /// A queue that has never answered is the reason for everything that did not happen.
    void give_up_on_unreachable(const Intake& intake) {
        if (intake.failure() && !intake.has_received()) {
            end_with(Error(ErrorKind::unreachable, intake.failure()->message()));
        }
    }

    void watch_drain(Instant started) {
        const Instant now = surroundings_.clock.now().steady;
        if (now - started >= options_.drain_timeout) {
            for (const auto& intake : intakes_) {
                give_up_on_unreachable(*intake);
            }
            end(WorkerReport::End::timed_out);
            return;
        }
        if (!depths_.is_reading() && drain_.wants_reading(receives(), now)) {
            depths_.begin([this, before = receives(), now](bool are_empty) {
                drain_.read(are_empty, before, now);
            });
        }
        bool may_be_over = execution_->backlog() == 0 && drain_.queues_are_empty(receives());
        for (const auto& intake : intakes_) {
            may_be_over = may_be_over && intake->is_idle();
        }
        // Asked last: it looks at every lane.
        if (may_be_over && is_settled(execution_->outlook())) {
            end(WorkerReport::End::drained);
        }
    }

    static bool is_settled(const core::Outlook& outlook) {
        return outlook.open == outlook.blocked_operations && !outlook.is_busy;
    }

    asio::awaitable<void> pause(Duration duration) {
        asio::steady_timer timer(io_);
        timer.expires_after(duration);
        boost::system::error_code ended;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    }

    const config::Config& config_;
    const WorkerOptions& options_;
    const WorkerSurroundings& surroundings_;
    CrashPoints crash_points_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    std::unique_ptr<Cloud> cloud_;
    std::unique_ptr<Reach> reach_;
    std::list<std::unique_ptr<aws::Sqs>> sqs_;
    std::list<std::unique_ptr<queue::Queue>> queues_;
    std::list<std::unique_ptr<Intake>> intakes_;
    std::unique_ptr<TableWay> table_;
    std::unique_ptr<Execution> execution_;
    std::unique_ptr<http::Server> server_;
    DrainWatch drain_;
    DepthReader depths_{io_.get_executor(), surroundings_.log};
    core::MessageHandle last_handle_ = 0;
    std::optional<WorkerReport::End> end_;
    std::optional<Error> error_;
    Instant stop_by_;
};

} // namespace

base::Result<WorkerReport> run(const config::Config& config, const WorkerOptions& options,
                               WorkerSurroundings surroundings) {
    EXARCH_TRY(const CrashPoints crash_points, CrashPoints::from(surroundings.environment));
    auto run = std::make_unique<Run>(config, options, surroundings, crash_points);
    EXARCH_CHECK(run->open());
    auto report = run->run();
    if (!run->has_stopped()) {
        // Something hangs in a call that has not answered in time. What it stands on is left to the
        // end of the process: all that matters is in the ledger.
        static_cast<void>(run.release());
    }
    return report;
}

} // namespace exarch::worker
