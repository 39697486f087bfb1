#pragma once

#include "ledger/record.hpp"
#include "simulation/checks/violations.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace exarch::simulation {

/// What a producer means by a message, as the producer itself knows it.
struct Wishes {
    struct Wish {
        std::string account;
        std::string distribution;
        /// In canonical form.
        std::string item;

        friend bool operator==(const Wish&, const Wish&) = default;
    };
    std::vector<Wish> wishes;
    std::size_t rejections = 0;
    std::int32_t priority = 0;
    std::optional<base::Timestamp> not_before;
    std::optional<base::Timestamp> deadline;
    /// The task's own id; two tasks of one sender and id are one where they have the same content.
    std::string name;
    std::string content;
};

/// Holds what was accepted against what was asked for.
class WishChecker {
public:
    explicit WishChecker(Violations& violations) : violations_(violations) {}

    void expect(const std::string& message, Wishes wishes) {
        wishes_.emplace(message, std::move(wishes));
    }
    /// A task is durable.
    void on_accept(const ledger::AcceptTask& task, const ledger::TaskReceipt& receipt);
    /// The run is over: every message was accepted.
    void finish();

    [[nodiscard]] bool is_durable(const std::string& message) const {
        return durable_.contains(message);
    }

private:
    void check_content(const ledger::AcceptTask& task, const Wishes& wishes);
    void check_name(const ledger::AcceptTask& task, const ledger::TaskReceipt& receipt,
                    const Wishes& wishes);

    Violations& violations_;
    std::map<std::string, Wishes> wishes_;
    std::set<std::string> durable_;
    std::set<std::string> accepted_;
    /// By sender and name, the content that was accepted under it.
    std::map<std::pair<std::string, std::string>, std::string> named_;
};

} // namespace exarch::simulation
