#include "simulation/scenarios/script.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <utility>

namespace exarch::simulation {
namespace {

using ledger::OperationState;

void commit_all(World& world) {
    while (world.make_durable() || world.tell_committed()) {
    }
}

} // namespace

Script& Script::add(std::string name, std::function<void(World&)> act, bool is_given) {
    steps_.push_back({std::move(name), std::move(act), is_given});
    return *this;
}

Script& Script::set_up(std::function<void(World&)> change) {
    return add("set up", std::move(change), true);
}

Script& Script::send(std::string body, std::string sender) {
    return add("send", [=](World& world) { world.send(body, sender); }, true);
}

Script& Script::receive() {
    return add("receive", [](World& world) { EXPECT_TRUE(world.poll()); });
}

Script& Script::commit() {
    return add("commit", commit_all);
}

Script& Script::expect_commit() {
    return add("expect_commit", [](World& world) { EXPECT_NE(world.committing(), nullptr); });
}

Script& Script::expect_nothing() {
    return add("expect_nothing", [](World& world) {
        EXPECT_EQ(world.committing(), nullptr);
        EXPECT_EQ(world.sending(), nullptr);
    });
}

Script& Script::expect_deleted() {
    return add("expect_deleted", [](World& world) {
        EXPECT_TRUE(world.delete_messages());
        EXPECT_TRUE(world.queue().empty());
    });
}

Script& Script::expect_send(std::vector<std::string> items) {
    return add("expect_send", [items = std::move(items)](World& world) {
        ASSERT_NE(world.sending(), nullptr) << "no call is sent";
        EXPECT_EQ(world.sending()->items, items);
    });
}

Script& Script::reply() {
    return reply_with(Fault::none);
}

Script& Script::reply_with(Fault fault) {
    add("depart", [fault](World& world) {
        if (fault != Fault::none) {
            world.inject(fault);
        }
        EXPECT_TRUE(fault == Fault::not_sent || world.depart());
    });
    add("arrive",
        [fault](World& world) { EXPECT_TRUE(fault == Fault::not_sent || world.arrive()); });
    return add("answer", [](World& world) { EXPECT_TRUE(world.answer()); });
}

Script& Script::advance(base::Duration time) {
    return add("advance", [time](World& world) { world.tick(time); });
}

Script& Script::expect_done(std::size_t operations) {
    return add("expect_done", [operations](World& world) {
        EXPECT_EQ(world.checker().operations(OperationState::done), operations);
    });
}

Script& Script::expect_failed(std::size_t operations) {
    return add("expect_failed", [operations](World& world) {
        EXPECT_EQ(world.checker().operations(OperationState::failed), operations);
    });
}

Script& Script::expect_expired(std::size_t operations) {
    return add("expect_expired", [operations](World& world) {
        EXPECT_EQ(world.checker().operations(OperationState::expired), operations);
    });
}

std::unique_ptr<World> Script::world() const {
    auto world = std::make_unique<World>(params_, std::make_unique<CalmConditions>());
    world->hold();
    return world;
}

void Script::run() const {
    const auto played = world();
    std::size_t number = 0;
    for (const Step& step : steps_) {
        SCOPED_TRACE(fmt::format("step {}: {}", ++number, step.name));
        step.act(*played);
        if (testing::Test::HasFailure()) {
            ADD_FAILURE() << played->trace().tail();
            return;
        }
    }
    EXPECT_THAT(played->checker().violations(), testing::IsEmpty()) << played->trace().tail();
}

void Script::fail_at(std::size_t step, const std::string& name,
                     const std::function<void(World&)>& fail) const {
    SCOPED_TRACE(fmt::format("{} before step {}", name, step + 1));
    const auto played = world();
    for (std::size_t index = 0; index < step; ++index) {
        steps_[index].act(*played);
    }
    fail(*played);
    played->let_run();
    for (std::size_t index = step; index < steps_.size(); ++index) {
        if (steps_[index].is_given) {
            steps_[index].act(*played);
            played->advance(std::chrono::seconds(1));
        }
    }
    EXPECT_TRUE(played->drain(std::chrono::hours(1))) << played->trace().tail();
    played->advance(std::chrono::minutes(5));
    const std::string text = problems(*played);
    EXPECT_TRUE(text.empty()) << text;
}

void Script::fails_at_every_step() const {
    run();
    for (std::size_t step = 0; step <= steps_.size(); ++step) {
        fail_at(step, "crash", [](World& world) { world.crash(); });
        for (const auto& [name, fault] :
             {std::pair("throttle", Fault::throttled), std::pair("not sent", Fault::not_sent),
              std::pair("lost request", Fault::lost_request),
              std::pair("lost answer", Fault::lost_answer),
              std::pair("late effect", Fault::late_effect)}) {
            fail_at(step, name, [fault](World& world) { world.inject(fault); });
        }
    }
}

std::string first_form(const std::vector<Entry>& entries) {
    boost::json::array list;
    for (const Entry& entry : entries) {
        list.push_back({{"aws_account_id", entry.account},
                        {"cloudfront_distribution_id", entry.distribution},
                        {"invalidation_path", entry.path}});
    }
    return boost::json::serialize(boost::json::object{{"entries", std::move(list)}});
}

std::string second_form(const std::string& account, const std::string& distribution,
                        const std::vector<std::string>& paths, const std::string& fields) {
    return fmt::format(R"({{{}{}"operations": [{{"action": "cloudfront.invalidate", )"
                       R"("account": "{}", "distribution": "{}", "paths": {}}}]}})",
                       fields, fields.empty() ? "" : ", ", account, distribution,
                       boost::json::serialize(boost::json::value_from(paths)));
}

std::string problems(World& world) {
    world.checker().finish();
    std::string text;
    for (const std::string& violation : world.checker().violations()) {
        text += violation + '\n';
    }
    if (!text.empty() && world.is_up()) {
        const core::Outlook outlook = world.core().outlook();
        text += fmt::format("open {}, blocked {}, busy {}\n", outlook.open,
                            outlook.blocked_operations, outlook.is_busy);
    }
    return text.empty() ? text : text + world.trace().tail();
}

} // namespace exarch::simulation
