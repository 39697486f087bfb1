#include "cli/config/config_report.hpp"
#include "cli/doctor/mend.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/terminal/table.hpp"
#include "cli/verbs.hpp"
#include "source/access.hpp"
#include "source/load.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace exarch::cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::string_view default_file = "exarch.yaml";

class ConfigVerb {
public:
    ConfigVerb(const CommonOptions& common, const ConfigOptions& options, Surroundings surroundings)
        : common_(common), options_(options), surroundings_(surroundings),
          terminal_(surroundings.terminal), reach_{surroundings.environment, surroundings.clock} {}

    ExitCode check() {
        const config::LoadRequest request{
            .file = file(), .queue_required = false, .ledger_required = false};
        const auto place = source::named_place(file(), surroundings_.environment);
        if (!place.has_value()) {
            return complain_of_configuration(terminal_, place.error());
        }
        std::optional<std::int64_t> version;
        const auto config = load(request, *place, version);
        if (!config.has_value()) {
            return complain_of_configuration(terminal_, config.error());
        }
        print(CheckReport{*config, version});
        return ExitCode::done;
    }

    ExitCode diff() {
        auto report = compare();
        if (!report.has_value()) {
            return complain_of_configuration(terminal_, report.error());
        }
        print(*report);
        return report->is_same() ? ExitCode::done : ExitCode::some_failed;
    }

    ExitCode push() {
        const auto text = read_local();
        if (!text.has_value()) {
            return complain_of_configuration(terminal_, text.error());
        }
        // By itself: what is set here says nothing about where it will be read.
        const auto config = config::parse_config(
            text->text, text->name, {.queue_required = false, .ledger_required = false},
            base::Environment({}));
        if (!config.has_value()) {
            return complain_of_configuration(terminal_, config.error());
        }
        const auto code = push(text->text);
        return code.has_value() ? *code : complain(terminal_, code.error());
    }

private:
    [[nodiscard]] const std::string& file() const {
        return options_.file.empty() ? common_.config_file : options_.file;
    }

    base::Result<config::Config> load(const config::LoadRequest& request,
                                      const std::optional<source::Place>& place,
                                      std::optional<std::int64_t>& version) const {
        if (!place || place->kind == source::Place::Kind::file) {
            return config::load(request, surroundings_.environment);
        }
        EXARCH_TRY(const source::Text text, source::read(*place, reach_));
        version = text.version;
        return config::parse_config(text.text, text.name, request, surroundings_.environment);
    }

    base::Result<source::Text> read_local() const {
        EXARCH_TRY(std::optional<source::Place> place,
                   source::named_place(file(), surroundings_.environment));
        if (!place) {
            place = source::Place{source::Place::Kind::file, std::string(default_file)};
        }
        return source::read(*place, reach_);
    }

    base::Result<DiffReport> compare() const {
        EXARCH_TRY(source::Text to, read_local());
        const source::Place& place = options_.to.value();
        if (place.kind == source::Place::Kind::file) {
            EXARCH_TRY(source::Text from, source::read(place, reach_));
            return DiffReport{std::move(from), std::move(to)};
        }
        EXARCH_TRY(const auto access, source::Access::open(place, reach_));
        EXARCH_TRY(std::optional<source::Kept> kept, access->read());
        source::Text from{source::format(place) + " (nothing yet)", {}, std::nullopt};
        if (kept) {
            from = {source::format_at(place, kept->version), std::move(kept->text), kept->version};
        }
        return DiffReport{std::move(from), std::move(to)};
    }

    base::Result<ExitCode> push(const std::string& text) {
        const source::Place& place = options_.to.value();
        EXARCH_TRY(const auto access, source::Access::open(place, reach_));
        EXARCH_TRY(const std::optional<source::Kept> kept, access->read());
        if (kept && kept->text == text) {
            print(PushReport{.place = place, .version = kept->version});
            return ExitCode::done;
        }
        const source::Push push{text, kept, surroundings_.clock.now().wall};
        EXARCH_CHECK(access->check(push));
        if ((kept ? std::optional(kept->version) : std::nullopt) != options_.based_on) {
            return refuse(kept);
        }
        EXARCH_TRY(const source::Pushed pushed, access->write(push));
        if (!pushed.is_applied) {
            EXARCH_TRY(const std::optional<source::Kept> newer, access->read());
            return refuse(newer);
        }
        print(PushReport{.place = place,
                         .version = pushed.version,
                         .is_pushed = true,
                         .replaced = options_.based_on,
                         .is_advanced = pushed.is_advanced});
        return warn(pushed.version);
    }

    /// Nothing was pushed: what is there is not what the text was made from.
    ExitCode refuse(const std::optional<source::Kept>& kept) {
        const std::string place = source::format(*options_.to);
        if (!kept) {
            terminal_.error(fmt::format("exarch: nothing is at {}, and --based-on names a version: "
                                        "leave it out\n",
                                        place));
            return ExitCode::some_failed;
        }
        terminal_.error(fmt::format(
            "exarch: {} is there, {}; nothing was pushed: look at `exarch config diff{} --to {}`, "
            "and push with --based-on {} what is to replace it\n",
            source::format_at(*options_.to, kept->version),
            options_.based_on ? fmt::format("and this is based on version {}", *options_.based_on)
                              : "and this is based on none",
            file().empty() ? std::string() : " " + shell_word(file()), place, kept->version));
        return ExitCode::some_failed;
    }

    /// Parameter Store replaces whatever is there: only the number tells of a push in between.
    ExitCode warn(std::int64_t version) {
        const std::int64_t expected = options_.based_on.value_or(0) + 1;
        if (version == expected) {
            return ExitCode::done;
        }
        source::Place lost = *options_.to;
        lost.version = version - 1;
        terminal_.error(fmt::format(
            "exarch: somebody else pushed meanwhile, and this has replaced it: look at {}\n",
            source::format(lost)));
        return ExitCode::some_failed;
    }

    template <class Report>
    void print(const Report& report) {
        terminal_.out(common_.output == OutputFormat::json
                          ? boost::json::serialize(to_json(report)) + "\n"
                          : render_text(report));
    }

    const CommonOptions& common_;
    const ConfigOptions& options_;
    Surroundings surroundings_;
    Terminal& terminal_;
    source::Surroundings reach_;
};

} // namespace

ExitCode run_config(const CommonOptions& common, const ConfigOptions& options,
                    Surroundings surroundings) {
    ConfigVerb verb(common, options, surroundings);
    switch (options.deed.value()) {
    case ConfigDeed::check:
        break;
    case ConfigDeed::diff:
        return verb.diff();
    case ConfigDeed::push:
        return verb.push();
    }
    return verb.check();
}

} // namespace exarch::cli
