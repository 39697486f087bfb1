#pragma once

#include "sandbox/lambda/refusal.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace exarch::sandbox::lambda {

struct IntegerRange {
    std::string_view name;
    /// As refusals call it: `timeout`.
    std::string_view member;
    std::int64_t least;
    std::int64_t most;
};

/// A request's JSON object, read member by member. What is null is absent.
class Body {
public:
    /// Of a request without a body: an empty object. Refused where it is no JSON object.
    [[nodiscard]] static Fallible<Body> parse(std::string_view text);
    explicit Body(boost::json::object object) : object_(std::move(object)) {}

    /// Refuses members that mean something to AWS, and nothing here.
    [[nodiscard]] Permitted allow_only(std::initializer_list<std::string_view> names) const;

    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    [[nodiscard]] Fallible<std::optional<std::string>> text(std::string_view name) const;
    [[nodiscard]] Fallible<std::optional<std::int64_t>> integer(const IntegerRange& range) const;
    [[nodiscard]] Fallible<std::optional<bool>> boolean(std::string_view name) const;
    [[nodiscard]] Fallible<std::optional<Body>> object(std::string_view name) const;
    [[nodiscard]] Fallible<std::optional<std::vector<std::string>>>
    texts(std::string_view name) const;
    /// This object as names and texts.
    [[nodiscard]] Fallible<std::map<std::string, std::string>> entries() const;

private:
    [[nodiscard]] const boost::json::value* find(std::string_view name) const;

    boost::json::object object_;
};

} // namespace exarch::sandbox::lambda
