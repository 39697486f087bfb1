#pragma once

#include "simulation/checks/violations.hpp"
#include "simulation/checks/wish_checker.hpp"
#include "simulation/shared/fake_table.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace exarch::simulation {

/// Holds all that stands in the logs of a table at the end of a run against what producers asked
/// for: each message once, whoever has taken it in, and each task of a name once.
class SharedWishes {
public:
    void expect(const std::string& message, const std::string& sender, Wishes wishes) {
        asked_.emplace(message, Asked{sender, std::move(wishes)});
    }
    void finish(const FakeTable& table, Violations& violations) const;
    [[nodiscard]] std::size_t messages() const { return asked_.size(); }

private:
    struct Asked {
        std::string sender;
        Wishes wishes;
    };
    /// What is in the logs of a message, or of a task of a name.
    struct Accepted {
        std::vector<std::string> operations;
        std::size_t rejections = 0;
    };
    using Name = std::pair<std::string, std::string>;
    struct Found {
        std::map<std::string, Accepted> messages;
        std::map<Name, Accepted> names;
    };

    static void read(const aws::Item& item, Found& found, Violations& violations);
    [[nodiscard]] static Found read(const FakeTable& table, Violations& violations);
    [[nodiscard]] static Accepted told_of(const Wishes& wishes);

    std::map<std::string, Asked> asked_;
};

} // namespace exarch::simulation
