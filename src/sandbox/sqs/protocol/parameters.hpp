#pragma once

#include "sandbox/sqs/fallible.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace exarch::sandbox::sqs {

/// Reads the parameters of a request, which both protocols bring into the form of the JSON one. A
/// parameter that is null counts as absent; one of the wrong type is refused by its name.
/// Outlived by the object it reads.
class Parameters {
public:
    explicit Parameters(const boost::json::object& object) : object_(object) {}

    /// Absent, or there with nothing in it.
    [[nodiscard]] bool is_blank(std::string_view name) const;
    [[nodiscard]] Fallible<std::optional<std::string>> text(std::string_view name) const;
    /// Refuses what is absent or empty.
    [[nodiscard]] Fallible<std::string> required_text(std::string_view name) const;
    [[nodiscard]] Fallible<std::optional<std::int64_t>> integer(std::string_view name) const;
    /// Empty where it's absent.
    [[nodiscard]] Fallible<std::vector<std::string>> texts(std::string_view name) const;
    [[nodiscard]] Fallible<std::map<std::string, std::string>>
    text_map(std::string_view name) const;
    /// Null where it's absent.
    [[nodiscard]] Fallible<const boost::json::object*> object(std::string_view name) const;
    [[nodiscard]] Fallible<std::vector<const boost::json::object*>>
    objects(std::string_view name) const;

private:
    [[nodiscard]] const boost::json::value* find(std::string_view name) const;
    /// Null where it's absent.
    [[nodiscard]] Fallible<const boost::json::array*> list(std::string_view name) const;

    const boost::json::object& object_;
};

/// What an integer may be.
struct IntegerRange {
    std::string_view name;
    std::int64_t least;
    std::int64_t most;
    /// How SQS words it: `Must be between 1 and 10, if provided.`
    std::string_view rule;
};

/// An integer within its range, or none where it's absent.
[[nodiscard]] Fallible<std::optional<std::int64_t>> read_integer(const Parameters& parameters,
                                                                 const IntegerRange& range);

} // namespace exarch::sandbox::sqs
