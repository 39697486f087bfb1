#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace exarch::base {

/// A string that means one thing: two identifiers of different tags do not convert into each
/// other. Holds whatever it is given; whoever reads input validates it first.
template <class Tag>
class Identifier {
public:
    Identifier() = default;
    explicit Identifier(std::string value) : value_(std::move(value)) {}
    explicit Identifier(std::string_view value) : value_(value) {}
    explicit Identifier(const char* value) : value_(value) {}

    [[nodiscard]] const std::string& value() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }

    friend auto operator<=>(const Identifier&, const Identifier&) = default;

private:
    std::string value_;
};

/// A number that means one thing, handed out in ascending order by whoever owns the sequence.
template <class Tag>
class Sequence {
public:
    constexpr Sequence() = default;
    constexpr explicit Sequence(std::int64_t value) : value_(value) {}

    [[nodiscard]] constexpr std::int64_t value() const { return value_; }
    [[nodiscard]] constexpr Sequence plus(std::int64_t steps) const {
        return Sequence(value_ + steps);
    }

    friend constexpr auto operator<=>(const Sequence&, const Sequence&) = default;

private:
    std::int64_t value_ = 0;
};

/// Twelve digits.
using AccountId = Identifier<struct AccountIdTag>;
/// `arn:aws:iam::111122223333:role/CloudFrontInvalidationRole`
using RoleArn = Identifier<struct RoleArnTag>;
/// What AWS calls a request in its reply; what its support asks for.
using RequestId = Identifier<struct RequestIdTag>;
/// `eu-west-1`
using Region = Identifier<struct RegionTag>;

/// An AWS account id is exactly twelve digits.
[[nodiscard]] bool is_account_id(std::string_view text);

} // namespace exarch::base
