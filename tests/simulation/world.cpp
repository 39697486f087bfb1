#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace exarch::simulation {

using namespace core;
using base::Duration;
using base::Instant;
using ledger::CallId;

World::World(const WorldParams& params, std::unique_ptr<Conditions> conditions)
    : params_(params), conditions_(std::move(conditions)), cloudfront_(params.in_progress),
      queue_(params.visibility), now_(std::chrono::hours(1)),
      wall_(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)) {
    cloudfront_.on_accepted = [this](const FakeCloudFront::Invalidation& one) {
        trace_.add(now_, fmt::format("effect of {}", one.reference));
        checker_.on_accepted(one);
    };
    start();
}

void World::start() {
    ++life_;
    CoreParams core;
    core.incarnation = fmt::format("{:016x}", life_);
    core.in_progress = params_.in_progress;
    core.max_age = params_.max_age;
    core.pending_max = params_.pending_max;
    core.quota = [params = params_](const base::AccountId&, std::string_view api) {
        return api == "cloudfront.CreateInvalidation" ? params.create : params.read;
    };
    core_ = std::make_unique<Core>(std::move(core));
    const auto restored = core_->restore(ledger_, now());
    if (!restored.has_value()) {
        checker_.fail("cannot restore: " + restored.error().message());
    }
}

void World::send(std::string body, std::string sender) {
    queue_.send(std::move(body), std::move(sender), now());
}

void World::step(Event event) {
    const std::string what = describe(event);
    trace_.add(now_, what);
    checker_.on_event(event);
    for (Effect& effect : core_->step(std::move(event), now())) {
        if (dies_here()) {
            crash();
            return;
        }
        trace_.add(now_, describe(effect));
        checker_.on_effect(effect);
        perform(effect);
    }
    if (dies_here()) {
        crash();
    }
}

bool World::dies_here() {
    return !is_held_ && conditions_->crashes_here();
}

void World::crash() {
    trace_.add(now_, "crash");
    ++crashes_;
    ++life_;
    checker_.on_crash();
    core_.reset();
    commits_.clear();
    durable_.clear();
    deletions_.clear();
    for (auto& [id, flight] : flights_) {
        if (flight.stage == Flight::Stage::departed && is_held_) {
            static_cast<void>(cloudfront_.create(flight.call, now_));
        }
    }
    flights_.clear();
    later_even_if_dead(conditions_->downtime(), [this] {
        if (!core_) {
            trace_.add(now_, "start");
            start();
        }
    });
}

void World::perform(Effect& effect) {
    if (auto* commit = std::get_if<Commit>(&effect)) {
        perform_commit(std::move(*commit));
    } else if (auto* deletion = std::get_if<DeleteMessages>(&effect)) {
        deletions_.push_back(std::move(deletion->messages));
        if (!is_held_) {
            later(conditions_->delete_time(), [this] { delete_messages(); });
        }
    } else if (auto* send = std::get_if<SendCall>(&effect)) {
        perform_send(std::move(*send));
    } else if (const auto* read = std::get_if<ReadProgress>(&effect)) {
        reads_.push_back(*read);
        read_times_.push_back(now_);
        later(conditions_->read_time(), [this, read = *read] {
            const auto failed = ProgressRead::Progress::failed;
            step(ProgressRead{
                .call = read.call,
                .progress = conditions_->read_fails() ? failed : cloudfront_.progress(read, now_)});
        });
    } else if (const auto* prove = std::get_if<ProveCall>(&effect)) {
        // What is told at the end was seen at the beginning: the worst that can happen.
        const Duration takes = conditions_->proof_time();
        proofs_.push_back({now_, now_ + takes});
        later(takes, [this, proof = cloudfront_.prove(*prove)] { step(proof); });
    } else if (const auto* report = std::get_if<Report>(&effect)) {
        reports_.push_back(report->text);
    }
}

void World::perform_commit(Commit commit) {
    commits_.push_back(std::move(commit));
    if (is_held_) {
        return;
    }
    last_commit_at_ = std::max(last_commit_at_, now_ + conditions_->commit_time());
    later(last_commit_at_ - now_, [this] {
        make_durable();
        if (dies_here()) {
            crash();
            return;
        }
        tell_committed();
    });
}

bool World::make_durable() {
    if (commits_.empty()) {
        return false;
    }
    Commit commit = std::move(commits_.front());
    commits_.pop_front();
    auto receipts = ledger_.commit(commit.records);
    if (!receipts.has_value()) {
        checker_.fail("the ledger refuses: " + receipts.error().message());
        return false;
    }
    trace_.add(now_, fmt::format("durable {}", commit.revision));
    checker_.on_durable(commit.records, *receipts);
    durable_.push_back({std::move(commit), *std::move(receipts)});
    return true;
}

bool World::tell_committed() {
    if (durable_.empty()) {
        return false;
    }
    DurableCommit durable = std::move(durable_.front());
    durable_.pop_front();
    step(Committed{.revision = durable.commit.revision,
                   .records = std::move(durable.commit.records),
                   .receipts = std::move(durable.receipts)});
    return true;
}

bool World::delete_messages() {
    if (deletions_.empty()) {
        return false;
    }
    for (const MessageHandle handle : deletions_.front()) {
        queue_.remove(handle);
    }
    deletions_.pop_front();
    return true;
}

bool World::poll() {
    auto messages = queue_.receive(now_);
    if (messages.empty()) {
        return false;
    }
    step(MessagesReceived{std::move(messages)});
    return true;
}

void World::advance(Duration time) {
    run_until(now_ + time);
}

bool World::drain(Duration longest) {
    const Instant end = now_ + longest;
    while (now_ < end) {
        if (core_ && queue_.empty()) {
            const Outlook outlook = core_->outlook();
            if (!outlook.is_busy && outlook.open == outlook.blocked_operations) {
                return true;
            }
        }
        const Instant next = next_time().value_or(end);
        run_until(std::min(end, next));
    }
    return false;
}

void World::tick(Duration time) {
    pass_to(now_ + time);
    step(TimePassed{});
}

void World::pass_to(Instant at) {
    if (at > now_) {
        wall_ += std::chrono::floor<base::Timestamp::duration>(at.time_since_epoch()) -
                 std::chrono::floor<base::Timestamp::duration>(now_.time_since_epoch());
        now_ = at;
        things_done_now_ = 0;
    }
}

std::optional<Instant> World::next_time() const {
    std::optional<Instant> next;
    const auto sooner = [&](Instant at) { next = std::min(next.value_or(at), at); };
    if (!agenda_.empty()) {
        sooner(agenda_.begin()->first);
    }
    if (core_) {
        if (const auto wake = core_->wake_at()) {
            sooner(*wake);
        }
        if (const auto visible = queue_.next_visible(); visible && core_->wants_messages()) {
            sooner(*visible);
        }
    }
    return next;
}

void World::run_until(Instant end) {
    while (true) {
        const auto next = next_time();
        if (!next || *next > end) {
            break;
        }
        pass_to(*next);
        while (do_next()) {
            constexpr std::uint64_t too_many = 100'000;
            if (++things_done_now_ > too_many) {
                checker_.fail("time stands still: the same moment never ends");
                pass_to(now_ + std::chrono::seconds(1));
                return;
            }
        }
    }
    pass_to(end);
}

bool World::do_next() {
    if (!agenda_.empty() && agenda_.begin()->first <= now_) {
        const auto activity = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        activity();
        return true;
    }
    if (!core_) {
        return false;
    }
    if (core_->wants_messages() && poll()) {
        return true;
    }
    const auto wake = core_->wake_at();
    if (wake && *wake <= now_) {
        step(TimePassed{});
        return true;
    }
    return false;
}

void World::later(Duration time, std::function<void()> activity) {
    later_even_if_dead(time, [this, life = life_, activity = std::move(activity)] {
        if (life == life_) {
            activity();
        }
    });
}

void World::later_even_if_dead(Duration time, std::function<void()> activity) {
    agenda_.emplace(now_ + time, std::move(activity));
}

} // namespace exarch::simulation
