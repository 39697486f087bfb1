#pragma once

#include <boost/json.hpp>

#include <string_view>

namespace exarch::aws {

/// The string under `name`, valid as long as `object`; empty where there is none or it is no
/// string.
[[nodiscard]] std::string_view string_member(const boost::json::object& object,
                                             std::string_view name);

/// The array under `name`; none where there is none or it is something else.
[[nodiscard]] const boost::json::array* array_member(const boost::json::object& object,
                                                     std::string_view name);

/// The object under `name`; none where there is none or it is something else.
[[nodiscard]] const boost::json::object* object_member(const boost::json::object& object,
                                                       std::string_view name);

} // namespace exarch::aws
