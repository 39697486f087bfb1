#pragma once

#include <string>
#include <utility>

namespace exarch::base {

/// A string that must not be seen: it has no operator<<, formats nowhere, and is overwritten when
/// it goes. reveal() is to be called only where it is put on the wire or into a digest.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept { value_.swap(other.value_); }
    /// By value, so that what stood here before is overwritten too.
    Secret& operator=(Secret other) noexcept {
        value_.swap(other.value_);
        return *this;
    }
    ~Secret();

    [[nodiscard]] const std::string& reveal() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }

    friend bool operator==(const Secret&, const Secret&) = default;

private:
    std::string value_;
};

} // namespace exarch::base
