#pragma once

#include "actions/action.hpp"
#include "base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace exarch::simulation {

/// Where an account and its lanes stand by what AWS has answered, as far as those who hand the
/// account on have written it down. Names a lane as a lease does; the account itself is the empty
/// name.
class BreakerWatch {
public:
    void on_answer(const std::string& lane, actions::Verdict verdict, base::Instant now);
    /// What was answered so far is in the table.
    void on_written();
    /// Somebody else goes on, with what is in the table.
    void on_taken();

    /// It was denied less than a minute ago, and whoever reads the table knows.
    [[nodiscard]] bool is_paused(const std::string& name, base::Instant now) const;
    /// Whether the last answer that told was a denial; none where none told.
    [[nodiscard]] std::optional<bool> is_denied(const std::string& name) const;

private:
    void has_answered(const std::string& name);

    std::map<std::string, base::Instant> denied_at_;
    std::map<std::string, base::Instant> unwritten_;
    std::map<std::string, bool> is_denied_;
};

} // namespace exarch::simulation
