#pragma once

#include "simulation/world.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace exarch::simulation {

/// A scenario step by step, in which nothing happens but what it says:
///
///     Script().send(first_form({{account, "E1", "/a"}})).receive().commit()
///         .expect_deleted().expect_send({"/a"}).reply_with(Verdict::accepted)
///         .commit().expect_done(1).run();
///
/// fails_at_every_step() plays it again once for each of its steps and each thing that can go
/// wrong there, from then on lets everything run by itself, and holds the run against all rules.
/// Both record what is wrong as failures of the running test.
class Script {
public:
    explicit Script(WorldParams params = {}) : params_(params) {}

    Script& set_up(std::function<void(World&)> change);
    /// A producer sends a message.
    Script& send(std::string body, std::string sender = "alice");
    Script& receive();
    /// The shell makes everything durable that is asked for, and tells the core.
    Script& commit();
    Script& expect_commit();
    /// Nothing is asked for: no commit, no call.
    Script& expect_nothing();
    Script& expect_deleted();
    Script& expect_send(std::vector<std::string> items);
    /// The call under way departs, arrives, and is answered as CloudFront does; or like this.
    Script& reply();
    Script& reply_with(Fault fault);
    Script& advance(base::Duration time);
    Script& expect_done(std::size_t operations);
    Script& expect_failed(std::size_t operations);
    Script& expect_expired(std::size_t operations);

    void run() const;
    void fails_at_every_step() const;

private:
    struct Step {
        std::string name;
        std::function<void(World&)> act;
        /// It is not an expectation: the rest of the scenario rests on it in any case.
        bool is_given = false;
    };
    Script& add(std::string name, std::function<void(World&)> act, bool is_given = false);
    [[nodiscard]] std::unique_ptr<World> world() const;
    void fail_at(std::size_t step, const std::string& name,
                 const std::function<void(World&)>& fail) const;

    WorldParams params_;
    std::vector<Step> steps_;
};

/// The first form, of `{account, distribution, path}`.
struct Entry {
    std::string account;
    std::string distribution;
    std::string path;
};
[[nodiscard]] std::string first_form(const std::vector<Entry>& entries);

/// The second form: one operation with these paths, and further fields of the task.
[[nodiscard]] std::string second_form(const std::string& account, const std::string& distribution,
                                      const std::vector<std::string>& paths,
                                      const std::string& fields = {});

/// What a run did wrong and how it ended, for the message of a failed test; empty where nothing.
[[nodiscard]] std::string problems(World& world);

} // namespace exarch::simulation
