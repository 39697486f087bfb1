#include "cli/command_table.hpp"
#include "config/value.hpp"

#include <limits>

namespace exarch::cli {
namespace {

std::string set_place(Arguments& arguments, const std::string& value) {
    auto place = source::parse_place(value);
    arguments.config.to = place.value_or(source::Place());
    return place.has_value() ? "" : place.error().message();
}

std::string set_based_on(Arguments& arguments, const std::string& value) {
    const auto version = config::parse_whole(value, {1, std::numeric_limits<std::int64_t>::max()});
    arguments.config.based_on = version.value_or(0);
    return version.has_value() ? "" : version.error().message();
}

const OptionRow config_rows[] = {
    {"config", "--to", "PLACE", "ssm:/path or dynamodb:TABLE#config: what FILE is to replace",
     set_place},
    {"config", "--based-on", "VERSION", "push: what FILE was made from; else nothing may be there",
     set_based_on},
};

} // namespace

std::span<const OptionRow> config_options() {
    return config_rows;
}

} // namespace exarch::cli
