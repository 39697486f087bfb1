#include "source/load.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace exarch::source {

base::Result<Text> read(const Place& place, Surroundings surroundings) {
    if (place.kind == Place::Kind::file) {
        EXARCH_TRY(std::string text, config::read_file(place.name));
        return Text{place.name, std::move(text), std::nullopt};
    }
    EXARCH_TRY(const std::unique_ptr<Access> access, Access::open(place, surroundings));
    EXARCH_TRY(std::optional<Kept> kept, access->read());
    if (!kept) {
        return std::unexpected(base::Error(base::ErrorKind::not_found,
                                           fmt::format("{}: nothing has been put there yet; "
                                                       "`exarch config push FILE --to {}` does",
                                                       format(place), format(place))));
    }
    return Text{format_at(place, kept->version), std::move(kept->text), kept->version};
}

base::Result<std::optional<Place>> named_place(const std::string& flag,
                                               const base::Environment& environment) {
    const std::string name =
        flag.empty() ? environment.get("EXARCH_CONFIG").value_or(std::string()) : flag;
    if (name.empty()) {
        return std::nullopt;
    }
    auto place = parse_place(name);
    if (!place.has_value()) {
        return std::unexpected(flag.empty() ? place.error().within("EXARCH_CONFIG")
                                            : place.error());
    }
    return *std::move(place);
}

base::Result<config::Config> load(const config::LoadRequest& request, Surroundings surroundings) {
    EXARCH_TRY(const std::optional<Place> place,
               named_place(request.file, surroundings.environment));
    if (!place || place->kind == Place::Kind::file) {
        return config::load(request, surroundings.environment);
    }
    EXARCH_TRY(const Text found, read(*place, surroundings));
    return config::parse_config(found.text, found.name, request, surroundings.environment);
}

base::Result<config::Config> load_for_function(const std::string& file,
                                               const base::Environment& environment,
                                               const base::Clock& clock, base::Log& log) {
    constexpr std::chrono::seconds patience(5);
    auto config = load({.file = file, .queue_required = false, .ledger_required = false},
                       {environment, clock, patience});
    if (config.has_value() && !config->file.empty()) {
        log.info("configured by {}", config->file);
    }
    return config;
}

} // namespace exarch::source
