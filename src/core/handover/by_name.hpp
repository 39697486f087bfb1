#pragma once

#include "base/time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// How what a core knows gets into a text, and out of it again: each thing shows its members by
/// name (`visit(visitor)`), once for both ways. Moments travel by the calendar.
namespace exarch::core {

/// Writes down what it is shown.
class Teller {
public:
    explicit Teller(base::Moment now) : now_(now) {}

    void operator()(std::string_view name, bool value) { object_[name] = value; }
    void operator()(std::string_view name, std::uint32_t value) { object_[name] = value; }
    void operator()(std::string_view name, std::size_t value) { object_[name] = value; }
    void operator()(std::string_view name, double value) { object_[name] = value; }
    void operator()(std::string_view name, const std::string& value) { object_[name] = value; }
    void operator()(std::string_view name, base::Duration value) { object_[name] = told(value); }
    void operator()(std::string_view name, base::Instant value) { object_[name] = told(value); }
    void operator()(std::string_view name, const std::optional<base::Instant>& value) {
        (*this)(name, value.value_or(base::Instant::min()));
    }
    template <std::size_t Size>
    void operator()(std::string_view name, const std::array<base::Duration, Size>& values) {
        boost::json::array& array = object_[name].emplace_array();
        for (const base::Duration value : values) {
            array.emplace_back(told(value));
        }
    }

    [[nodiscard]] boost::json::object take() { return std::move(object_); }

private:
    [[nodiscard]] static std::int64_t told(base::Duration value) {
        return std::chrono::ceil<std::chrono::milliseconds>(value).count();
    }
    /// Rather a little later than a little earlier.
    [[nodiscard]] std::int64_t told(base::Instant value) const {
        return value == base::Instant::min()
                   ? never
                   : now_.wall.time_since_epoch().count() + told(value - now_.steady);
    }

    friend class Listener;
    static constexpr std::int64_t never = 0;

    base::Moment now_;
    boost::json::object object_;
};

/// Reads it back. What is not there, or is no such thing, stays as it was.
class Listener {
public:
    /// `object` must outlive it.
    Listener(const boost::json::object& object, base::Moment now) : object_(object), now_(now) {}

    void operator()(std::string_view name, bool& value) const {
        const boost::json::value* found = object_.if_contains(name);
        value = found != nullptr && found->is_bool() ? found->get_bool() : value;
    }
    template <class Count>
        requires(std::is_unsigned_v<Count> && !std::is_same_v<Count, bool>)
    void operator()(std::string_view name, Count& value) const {
        constexpr std::int64_t most = 1'000'000'000;
        if (const auto number = integer(name); number && *number >= 0 && *number <= most) {
            value = static_cast<Count>(*number);
        }
    }
    void operator()(std::string_view name, double& value) const {
        const boost::json::value* found = object_.if_contains(name);
        value = found != nullptr && found->is_number() ? found->to_number<double>() : value;
    }
    void operator()(std::string_view name, std::string& value) const {
        const boost::json::value* found = object_.if_contains(name);
        if (found != nullptr && found->is_string()) {
            value = found->get_string();
        }
    }
    void operator()(std::string_view name, base::Duration& value) const {
        if (const auto number = integer(name)) {
            value = heard_duration(*number);
        }
    }
    void operator()(std::string_view name, base::Instant& value) const {
        if (const auto number = integer(name)) {
            value = heard_instant(*number);
        }
    }
    void operator()(std::string_view name, std::optional<base::Instant>& value) const {
        if (const auto number = integer(name)) {
            value = *number == Teller::never ? std::nullopt : std::optional(heard_instant(*number));
        }
    }
    template <std::size_t Size>
    void operator()(std::string_view name, std::array<base::Duration, Size>& values) const {
        const boost::json::value* found = object_.if_contains(name);
        if (found == nullptr || !found->is_array() || found->get_array().size() != Size) {
            return;
        }
        for (std::size_t place = 0; place < Size; ++place) {
            const boost::json::value& each = found->get_array()[place];
            values.at(place) = heard_duration(each.is_int64() ? each.get_int64() : 0);
        }
    }

private:
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const {
        const boost::json::value* found = object_.if_contains(name);
        return found != nullptr && found->is_int64() ? std::optional(found->get_int64())
                                                     : std::nullopt;
    }
    /// Nothing that a core remembers is further away.
    static constexpr std::chrono::milliseconds longest = std::chrono::hours(48);
    /// Nor anything that it waits for: a calendar has jumped.
    static constexpr std::chrono::milliseconds longest_ahead = std::chrono::hours(1);

    [[nodiscard]] static base::Duration heard_duration(std::int64_t number) {
        return std::chrono::milliseconds(std::clamp<std::int64_t>(number, 0, longest.count()));
    }
    [[nodiscard]] base::Instant heard_instant(std::int64_t number) const {
        if (number == Teller::never) {
            return base::Instant::min();
        }
        const std::int64_t wall = now_.wall.time_since_epoch().count();
        if (number > wall + longest_ahead.count()) {
            return now_.steady;
        }
        return now_.steady -
               std::chrono::milliseconds(wall - std::max(number, wall - longest.count()));
    }

    const boost::json::object& object_;
    base::Moment now_;
};

} // namespace exarch::core
