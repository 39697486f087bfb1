#include "cli/policy/policy_documents.hpp"
#include "cli/terminal/complaint.hpp"
#include "cli/terminal/json_text.hpp"
#include "cli/verbs.hpp"
#include "source/load.hpp"
#include "worker/cloud.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <optional>
#include <string>

namespace exarch::cli {
namespace {

namespace json = boost::json;

json::object make_document(PolicyKind kind, const PolicyScope& scope,
                           const PolicyOptions& options) {
    const base::AccountId account(options.account.empty() ? "*" : options.account);
    switch (kind) {
    case PolicyKind::controller:
        return controller_policy(scope, options.dead_letters,
                                 options.names_function ? options.function.name : "");
    case PolicyKind::function:
        return function_policy(scope, options.function);
    case PolicyKind::producer:
        return producer_policy(scope);
    case PolicyKind::queue:
        return queue_policy(scope, options.producers);
    case PolicyKind::target:
        return target_policy(scope, account, options.distributions);
    case PolicyKind::target_trust:
        return target_trust(scope, account, options.principal);
    }
    return {};
}

json::object make_documents(const PolicyScope& scope, const PolicyOptions& options) {
    if (options.kind.has_value()) {
        return make_document(*options.kind, scope, options);
    }
    return {{"controller", make_document(PolicyKind::controller, scope, options)},
            {"function", make_document(PolicyKind::function, scope, options)},
            {"producer", make_document(PolicyKind::producer, scope, options)},
            {"queue", make_document(PolicyKind::queue, scope, options)},
            {"target", make_document(PolicyKind::target, scope, options)},
            {"target-trust", make_document(PolicyKind::target_trust, scope, options)}};
}

/// The place that is named here is the one that this configuration was read from, if it is in AWS.
base::Result<std::optional<source::Place>> find_source(const CommonOptions& common,
                                                       const PolicyOptions& options,
                                                       const base::Environment& environment) {
    if (options.source) {
        return options.source;
    }
    EXARCH_TRY(std::optional<source::Place> place,
               source::named_place(common.config_file, environment));
    if (place && place->kind == source::Place::Kind::file) {
        place.reset();
    }
    return place;
}

base::Result<json::object> make_documents(const CommonOptions& common, const PolicyOptions& options,
                                          const config::Config& config,
                                          const base::Environment& environment) {
    EXARCH_TRY(const aws::SharedConfig shared, aws::SharedConfig::load(environment));
    EXARCH_TRY(const base::Region region,
               worker::Cloud::find_region(environment, shared, config.queues.front()));
    EXARCH_TRY(PolicyScope scope, policy_scope(config, region));
    if (!scope.other_account.empty() && options.principal.empty() &&
        options.kind.value_or(PolicyKind::target_trust) == PolicyKind::target_trust) {
        return base::invalid(fmt::format(
            "the queues are in accounts {} and {}, so that they do not tell whom the roles are to "
            "trust: name the role or user that takes from them by --principal ARN",
            scope.central_account.value(), scope.other_account.value()));
    }
    EXARCH_TRY(scope.source, find_source(common, options, environment));
    PolicyOptions completed = options;
    if (options.kind.value_or(PolicyKind::function) == PolicyKind::function) {
        EXARCH_TRY(
            completed.function,
            with_configured(options.function, scope, environment.get("EXARCH_TICKS").value_or("")));
    }
    return make_documents(scope, completed);
}

bool lacks_ticks(const PolicyOptions& options, const config::Config& config,
                 const base::Environment& environment) {
    const bool has_table = !options.function.table.empty() || !config.ledger_table.empty();
    return options.kind == PolicyKind::function && has_table && options.function.ticks.empty() &&
           !environment.get("EXARCH_TICKS");
}

} // namespace

ExitCode run_policy(const CommonOptions& common, const PolicyOptions& options,
                    Surroundings surroundings) {
    const auto config = source::load({.file = common.config_file, .ledger_required = false},
                                     {surroundings.environment, surroundings.clock});
    if (!config.has_value()) {
        return complain_of_configuration(surroundings.terminal, config.error());
    }
    const auto documents = make_documents(common, options, *config, surroundings.environment);
    if (!documents.has_value()) {
        return complain(surroundings.terminal, documents.error());
    }
    if (lacks_ticks(options, *config, surroundings.environment)) {
        surroundings.terminal.error("exarch: a function with a table sends itself ticks, and this "
                                    "names no queue of them, so its permissions are left out: add "
                                    "--ticks, or set EXARCH_TICKS\n");
    }
    surroundings.terminal.out(common.output == OutputFormat::json
                                  ? json::serialize(*documents) + "\n"
                                  : render_json(*documents));
    return ExitCode::done;
}

} // namespace exarch::cli
