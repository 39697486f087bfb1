#pragma once

#include "base/result.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::sandbox {

/// One object of a control request, read member by member. Every failure is invalid and names the
/// place: `accounts[0].roles[1].name: …`. The value must outlive it.
class JsonReader {
public:
    /// Fails where the value is no object.
    [[nodiscard]] static base::Result<JsonReader> of(const boost::json::value& value,
                                                     std::string place);

    /// `accounts[0].name` of `name`.
    [[nodiscard]] std::string place(std::string_view member) const;
    [[nodiscard]] base::Status allow_only(std::initializer_list<std::string_view> members) const;
    [[nodiscard]] base::Result<const boost::json::value*> required(std::string_view member) const;

    /// A string that must be there, of letters, digits and `_+=,.@-`, and 1 to `length_max` long.
    [[nodiscard]] base::Result<std::string> name(std::string_view member,
                                                 std::size_t length_max) const;
    [[nodiscard]] base::Result<std::string> text(std::string_view member,
                                                 std::string_view where_absent) const;
    /// An object of strings; empty where it is absent.
    [[nodiscard]] base::Result<std::map<std::string, std::string>>
    texts(std::string_view member) const;
    [[nodiscard]] base::Result<std::int64_t> number(std::string_view member,
                                                    std::int64_t where_absent) const;

    /// An element of an array, and its place.
    using Element = std::pair<const boost::json::value*, std::string>;
    /// Empty where the array is absent.
    [[nodiscard]] base::Result<std::vector<Element>> elements(std::string_view member) const;

private:
    JsonReader(const boost::json::object& object, std::string place)
        : object_(&object), place_(std::move(place)) {}
    [[nodiscard]] const boost::json::value* find(std::string_view member) const;
    [[nodiscard]] std::unexpected<base::Error> wrong(std::string_view member,
                                                     std::string_view what) const;

    const boost::json::object* object_;
    std::string place_;
};

} // namespace exarch::sandbox
