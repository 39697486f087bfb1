#include "actions/cloudfront_invalidate.hpp"
#include "base/identifier.hpp"
#include "cli/command/option_values.hpp"
#include "cli/command_table.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

namespace exarch::cli {
namespace {

using config::quote;

// An ARN of a service, with an example for who wrote something else.
std::string check_arn(const std::string& value, std::string_view service,
                      std::string_view example) {
    const bool fits = value.starts_with("arn:") && value.contains(fmt::format(":{}:", service));
    return fits ? "" : fmt::format("{} is not like {}", quote(value), example);
}

std::string set_principal(Arguments& arguments, const std::string& value) {
    arguments.policy.principal = value;
    return value.starts_with("arn:")
               ? ""
               : fmt::format("{} is no ARN, like arn:aws:iam::999900001111:role/exarch",
                             quote(value));
}

std::string add_dead_letters(Arguments& arguments, const std::string& value) {
    arguments.policy.dead_letters.push_back(value);
    return value.starts_with("arn:") && value.contains(":sqs:")
               ? ""
               : fmt::format("{} is no ARN of a queue, like "
                             "arn:aws:sqs:eu-west-1:999900001111:dead-letters",
                             quote(value));
}

std::string add_distribution(Arguments& arguments, const std::string& value) {
    arguments.policy.distributions.push_back(value);
    return actions::is_distribution_id(value)
               ? ""
               : fmt::format("{} is no distribution id, like E2EXAMPLE1", quote(value));
}

std::string add_producer(Arguments& arguments, const std::string& value) {
    arguments.policy.producers.push_back(value);
    return value.starts_with("arn:") || base::is_account_id(value)
               ? ""
               : fmt::format("{} is neither an account id nor an ARN, like "
                             "arn:aws:iam::222233334444:role/shop",
                             quote(value));
}

std::string set_function(Arguments& arguments, const std::string& value) {
    arguments.policy.names_function = true;
    return take_function(arguments.policy.function.name, value);
}

std::string set_table(Arguments& arguments, const std::string& value) {
    arguments.policy.function.table = value;
    return check_arn(value, "dynamodb", "arn:aws:dynamodb:eu-west-1:999900001111:table/exarch");
}

std::string set_ticks(Arguments& arguments, const std::string& value) {
    arguments.policy.function.ticks = value;
    return check_arn(value, "sqs", "arn:aws:sqs:eu-west-1:999900001111:exarch-ticks");
}

std::string set_source(Arguments& arguments, const std::string& value) {
    const auto place = source::parse_place(value);
    if (!place.has_value()) {
        return place.error().message();
    }
    arguments.policy.source = *place;
    return place->kind != source::Place::Kind::file
               ? ""
               : fmt::format("{} is not in AWS, like ssm:/exarch/config or dynamodb:exarch#config",
                             quote(value));
}

const OptionRow policy_rows[] = {
    {"policy", "--account", "ID", "the target's account; else a document for all of them",
     [](Arguments& arguments, const std::string& value) {
         return take_account(arguments.policy.account, value);
     }},
    {"policy", "--distribution", "ID…", "let the target's role touch these alone; else all",
     add_distribution},
    {"policy", "--principal", "ARN", "who may assume the role; else the queue's account decides",
     set_principal},
    {"policy", "--dead-letters", "ARN…",
     "let the controller take from these dead-letter queues, too", add_dead_letters},
    {"policy", "--producer", "ARN…", "let these of other accounts send to the queue: ARNs, or ids",
     add_producer},
    {"policy", "--function", "NAME", "the function's name; the controller may look at it; exarch",
     set_function},
    {"policy", "--table", "ARN",
     "the function's ledger; else the table that the configuration names", set_table},
    {"policy", "--ticks", "ARN", "the queue that the function paces itself by; else EXARCH_TICKS",
     set_ticks},
    {"policy", "--source", "PLACE", "let controller and function read their configuration there",
     set_source},
};

} // namespace

std::span<const OptionRow> policy_options() {
    return policy_rows;
}

} // namespace exarch::cli
