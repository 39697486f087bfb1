#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace exarch::cli {

/// JSON as a person reads it: indented, short lists on one line. Ends in a newline.
[[nodiscard]] std::string render_json(const boost::json::value& value);

} // namespace exarch::cli
