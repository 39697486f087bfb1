#pragma once

#include "base/identifier.hpp"
#include "base/time.hpp"
#include "core/event.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace exarch::worker {

/// What people should read about an account's calls.
struct TroubleNotice {
    bool is_warning = false;
    std::string text;

    friend bool operator==(const TroubleNotice&, const TroubleNotice&) = default;
};

/// Notices when calls of an account come to nothing again and again: nobody would learn of it
/// otherwise, since each is tried again until its operations expire.
class CallTroubles {
public:
    /// A call has ended. Tells of the third in a row that was not sent or had no answer, of later
    /// ones once a minute, and of the first answer after that.
    [[nodiscard]] std::optional<TroubleNotice>
    ended(const base::AccountId& account, const core::CallAnswered& answer, base::Instant now);

private:
    struct Trouble {
        std::uint64_t in_a_row = 0;
        std::optional<base::Instant> told_at;
    };

    std::map<base::AccountId, Trouble> accounts_;
};

} // namespace exarch::worker
