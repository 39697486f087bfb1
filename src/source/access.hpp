#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "source/place.hpp"
#include "source/store.hpp"

#include <memory>
#include <optional>

namespace exarch::source {

/// The doors to the outside. All of it must outlive what it is given to.
struct Surroundings {
    const base::Environment& environment;
    const base::Clock& clock;
    /// The longest that a read or a write may take, with looking for credentials and all attempts.
    base::Duration patience = std::chrono::seconds(30);
};

/// A place in AWS as this machine reaches it: each function blocks until AWS has answered, or
/// patience is over. What is certainly without effect is tried again a few times. Fails by one line
/// that names the place, the action and the resource, and what would mend it.
class Access {
public:
    /// Calls nobody. `place` is no file. Fails as invalid where AWS's own settings are wrong.
    [[nodiscard]] static base::Result<std::unique_ptr<Access>> open(const Place& place,
                                                                    Surroundings surroundings);
    virtual ~Access() = default;

    /// As Store::read() of the place's version.
    [[nodiscard]] virtual base::Result<std::optional<Kept>> read() = 0;
    /// Calls nobody. Fails as invalid where the text is too long for the place, and where what is
    /// there is not exarch's to write.
    [[nodiscard]] virtual base::Status check(const Push& push) const = 0;
    /// As Store::write(). Fails as check() does.
    [[nodiscard]] virtual base::Result<Pushed> write(const Push& push) = 0;
};

} // namespace exarch::source
