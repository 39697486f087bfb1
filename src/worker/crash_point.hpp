#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace exarch::worker {

/// The moments around which a crash could lose or double something, if anything could.
enum class CrashPoint : std::uint8_t {
    before_commit,
    after_commit,
    before_call,
    after_call,
    before_delete,
    after_delete,
};

inline constexpr std::array<std::string_view, 6> crash_point_names = {
    "before-commit", "after-commit", "before-call", "after-call", "before-delete", "after-delete",
};

/// Ends the process by SIGKILL at one of them, for tests: `EXARCH_CRASH_AT=after-call:3` at the
/// third pass. Builds without EXARCH_CRASH_POINTS refuse the variable and pass everything.
class CrashPoints {
public:
    /// Fails as invalid where the variable names no point, or the build has none.
    [[nodiscard]] static base::Result<CrashPoints> from(const base::Environment& environment);

    void pass(CrashPoint point);

private:
    bool is_armed_ = false;
    CrashPoint point_ = CrashPoint::before_commit;
    std::int64_t passes_left_ = 0;
};

} // namespace exarch::worker
