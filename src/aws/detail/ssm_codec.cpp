#include "aws/detail/ssm_codec.hpp"

#include "aws/detail/error_reply.hpp"
#include "aws/detail/json.hpp"
#include "aws/detail/json_protocol.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string_view>

namespace exarch::aws {
namespace {

namespace json = boost::json;

ServiceRequest ssm_request(const Endpoint& endpoint, std::string_view operation,
                           const json::object& parameters) {
    return json_request(
        endpoint,
        {.service = "ssm", .target_prefix = "AmazonSSM", .name = operation, .version = "1.1"},
        parameters);
}

std::optional<std::int64_t> version_of(const json::object& object) {
    const json::value* value = object.if_contains("Version");
    const std::int64_t* version = value == nullptr ? nullptr : value->if_int64();
    return version != nullptr && *version >= 1 ? std::optional(*version) : std::nullopt;
}

} // namespace

ServiceRequest get_parameter_request(const Endpoint& endpoint, const std::string& name) {
    return ssm_request(endpoint, "GetParameter", {{"Name", name}, {"WithDecryption", true}});
}

Outcome<SsmParameter> parse_parameter(const Reply& reply) {
    const Outcome<json::value> document = read_json_reply(reply, false, "GetParameter");
    if (!document.has_value()) {
        return std::unexpected(document.error());
    }
    const json::object* parameter = object_member(document->get_object(), "Parameter");
    const json::value* value = parameter == nullptr ? nullptr : parameter->if_contains("Value");
    const auto version = parameter == nullptr ? std::nullopt : version_of(*parameter);
    if (value == nullptr || !value->is_string() || !version) {
        return std::unexpected(unreadable_reply(
            reply, false, "GetParameter's reply has no Parameter with a Value and a Version"));
    }
    return SsmParameter{.type = std::string(string_member(*parameter, "Type")),
                        .value = std::string(string_member(*parameter, "Value")),
                        .version = *version};
}

ServiceRequest put_parameter_request(const Endpoint& endpoint, const PutParameter& put) {
    json::object parameters{{"Name", put.name},
                            {"Value", put.value},
                            {"Type", put.type},
                            {"Overwrite", put.overwrites}};
    if (put.is_advanced) {
        parameters["Tier"] = "Advanced";
    }
    ServiceRequest request = ssm_request(endpoint, "PutParameter", parameters);
    request.mutating = true;
    return request;
}

Outcome<std::int64_t> parse_version(const Reply& reply) {
    const Outcome<json::value> document = read_json_reply(reply, true, "PutParameter");
    return and_then(document, [&reply](const json::value& value) -> Outcome<std::int64_t> {
        const auto version = version_of(value.get_object());
        if (!version) {
            return std::unexpected(
                unreadable_reply(reply, true, "PutParameter's reply has no Version"));
        }
        return *version;
    });
}

} // namespace exarch::aws
