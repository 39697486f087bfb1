#include "source/place.hpp"

#include "base/text.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace exarch::source {
namespace {

constexpr std::string_view parameter_prefix = "ssm:";
constexpr std::string_view table_prefix = "dynamodb:";
/// Of Parameter Store, with what an ARN has before it; of DynamoDB, 255 and the same.
constexpr std::size_t name_bytes_max = 1011;
constexpr std::size_t item_bytes_max = 64;

std::unexpected<base::Error> wrong(std::string_view text, std::string_view what) {
    return std::unexpected(
        base::Error(base::ErrorKind::invalid, fmt::format("{}: {}", config::quote(text), what)));
}

bool is_arn(std::string_view name) {
    return name.starts_with("arn:");
}

/// Whether it is of this service, in a region, and of a resource that begins like this.
bool is_arn_of(std::string_view name, std::string_view service, std::string_view resource) {
    const auto parts = base::split_arn(name);
    return is_arn(name) && parts && (*parts)[2] == service &&
           config::parse_region((*parts)[3]).has_value() && parts->back().starts_with(resource);
}

/// Takes `:3` off the end of `text`; what is behind a colon and no number stays.
std::optional<std::int64_t> take_version(std::string_view& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto version =
        config::parse_whole(text.substr(colon + 1), {1, std::numeric_limits<std::int64_t>::max()});
    if (!version.has_value()) {
        return std::nullopt;
    }
    text = text.substr(0, colon);
    return *version;
}

bool is_name(std::string_view text, std::string_view extra, std::size_t bytes_max) {
    return !text.empty() && text.size() <= bytes_max && config::consists_of(text, extra);
}

base::Result<Place> parse_parameter(std::string_view text) {
    std::string_view name = text.substr(parameter_prefix.size());
    const std::optional<std::int64_t> version = take_version(name);
    const bool fits = is_arn(name) ? is_arn_of(name, "ssm", "parameter/") : !name.contains(':');
    if (!fits || name == "/" || !is_name(name, "/.-:", name_bytes_max)) {
        return wrong(text, "this is no parameter of Parameter Store; write its name, like "
                           "ssm:/exarch/config, or its ARN, and a version behind it as in "
                           "ssm:/exarch/config:3");
    }
    return Place{Place::Kind::parameter, std::string(name), {}, version};
}

base::Result<Place> parse_table(std::string_view text) {
    std::string_view item = text.substr(table_prefix.size());
    const std::size_t hash = std::min(item.find('#'), item.size());
    const std::string_view name = item.substr(0, hash);
    item.remove_prefix(std::min(hash + 1, item.size()));
    const std::optional<std::int64_t> version = take_version(item);
    const bool fits = is_arn(name) ? is_arn_of(name, "dynamodb", "table/") : !name.contains(':');
    const std::string_view extra = is_arn(name) ? "/.-:" : ".-";
    if (!fits || !is_name(name, extra, name_bytes_max) || !is_name(item, ".-", item_bytes_max)) {
        return wrong(text, "this is no configuration in a table of DynamoDB; write the table's "
                           "name or ARN and the item's, like dynamodb:exarch#config, and a version "
                           "behind it as in dynamodb:exarch#config:3");
    }
    return Place{Place::Kind::table, std::string(name), std::string(item), version};
}

} // namespace

base::Result<Place> parse_place(std::string_view text) {
    if (text.starts_with(parameter_prefix)) {
        return parse_parameter(text);
    }
    if (text.starts_with(table_prefix)) {
        return parse_table(text);
    }
    return Place{Place::Kind::file, std::string(text)};
}

std::string format(const Place& place) {
    const std::string version = place.version ? fmt::format(":{}", *place.version) : "";
    switch (place.kind) {
    case Place::Kind::file:
        break;
    case Place::Kind::parameter:
        return fmt::format("{}{}{}", parameter_prefix, place.name, version);
    case Place::Kind::table:
        return fmt::format("{}{}#{}{}", table_prefix, place.name, place.item, version);
    }
    return place.name;
}

std::string format_at(const Place& place, std::int64_t version) {
    Place latest = place;
    latest.version.reset();
    return fmt::format("{} (version {})", format(latest), version);
}

std::optional<base::Region> region_of(const Place& place) {
    const auto parts = base::split_arn(place.name);
    if (place.kind == Place::Kind::file || !is_arn(place.name) || !parts) {
        return std::nullopt;
    }
    return base::Region(std::string((*parts)[3]));
}

std::string arn_of(const Place& place, const Neighbourhood& around) {
    if (place.kind == Place::Kind::file || is_arn(place.name)) {
        return place.name;
    }
    const bool is_parameter = place.kind == Place::Kind::parameter;
    return fmt::format("arn:{}:{}:{}:{}:{}{}{}", around.partition,
                       is_parameter ? "ssm" : "dynamodb", around.region.value(), around.account,
                       is_parameter ? "parameter" : "table", place.name.starts_with('/') ? "" : "/",
                       place.name);
}

} // namespace exarch::source
