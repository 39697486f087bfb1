#include "unit/sandbox/sqs/support.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

namespace exarch::sandbox {
namespace {

namespace json = boost::json;

std::string encode(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

} // namespace

std::string SqsReply::text(std::string_view member) const {
    if (!json.is_object() || !json.as_object().contains(member)) {
        return "absent";
    }
    return std::string(json.at(member).as_string());
}

std::string SqsReply::error() const {
    if (status == 200) {
        return {};
    }
    const std::string type = text("__type");
    return type.substr(type.find('#') + 1);
}

std::vector<std::string> SqsReply::ids(std::string_view member) const {
    std::vector<std::string> result;
    for (const json::value& entry : json.at(member).as_array()) {
        result.emplace_back(entry.at("Id").as_string());
    }
    return result;
}

std::vector<std::string> SqsReply::bodies() const {
    std::vector<std::string> result;
    if (json.as_object().contains("Messages")) {
        for (const json::value& message : json.at("Messages").as_array()) {
            result.emplace_back(message.at("Body").as_string());
        }
    }
    return result;
}

const json::object& SqsReply::received(std::size_t index) const {
    return json.at("Messages").at(index).as_object();
}

std::string SqsReply::handle(std::size_t index) const {
    return std::string(received(index).at("ReceiptHandle").as_string());
}

SqsWorld::SqsWorld(SqsParams params)
    : caller{.account = base::AccountId("111122223333"),
             .arn = "arn:aws:iam::111122223333:user/producer",
             .unique_id = "AIDAPRODUCER",
             .source_identity = "",
             .access_key_id = "AKIAPRODUCER"},
      service_(
          [this](const ServiceCall&, const Access& access) -> std::expected<void, ServiceError> {
              accesses.push_back(access);
              if (access.action == refused_action) {
                  return std::unexpected(ServiceError{403, "AccessDenied", "not you"});
              }
              return {};
          },
          std::move(params)) {}

SqsReply SqsWorld::ask(const http::Request& request) {
    const ServiceCall call{.request = request,
                           .caller = caller,
                           .region = region,
                           .request_id = base::RequestId("request-1"),
                           .now = now,
                           .arrived_at = arrived_at.value_or(now.steady)};
    CallRecord record;
    const Answer answer = service_.answer(call, record);
    SqsReply reply;
    if (const auto* const again = std::get_if<AskAgain>(&answer)) {
        reply.asks_again_at = again->at;
        return reply;
    }
    const auto& response = std::get<http::Response>(answer);
    reply.status = response.status;
    reply.body = response.body;
    reply.headers = response.headers;
    if (const auto parsed = base::parse_json(response.body, {.bytes_max = 16'000'000})) {
        reply.json = *parsed;
    }
    return reply;
}

SqsReply SqsWorld::raw_json(std::string_view operation, std::string body) {
    http::Request request;
    request.method = "POST";
    request.headers.add("Host", "127.0.0.1:4600");
    request.headers.add("X-Amz-Target", fmt::format("AmazonSQS.{}", operation));
    request.headers.add("Content-Type", "application/x-amz-json-1.0");
    request.body = std::move(body);
    return ask(request);
}

SqsReply SqsWorld::json(std::string_view operation, json::object parameters) {
    return raw_json(operation, json::serialize(parameters));
}

SqsReply SqsWorld::query(std::string_view action, const Form& form) {
    http::Request request;
    request.method = "POST";
    request.headers.add("Host", "127.0.0.1:4600");
    request.body = fmt::format("Action={}&Version=2012-11-05", action);
    for (const auto& [name, value] : form) {
        request.body += fmt::format("&{}={}", name, encode(value));
    }
    return ask(request);
}

void SqsWorld::advance(base::Duration duration) {
    now.steady += duration;
    now.wall += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

std::string SqsWorld::create(std::string_view name, json::object attributes) {
    return json("CreateQueue", {{"QueueName", name}, {"Attributes", std::move(attributes)}})
        .text("QueueUrl");
}

std::string SqsWorld::send(std::string_view url, std::string_view body) {
    return json("SendMessage", {{"QueueUrl", url}, {"MessageBody", body}}).text("MessageId");
}

SqsReply SqsWorld::receive(std::string_view url, json::object more) {
    more.emplace("QueueUrl", url);
    more.emplace("MaxNumberOfMessages", 10);
    return json("ReceiveMessage", std::move(more));
}

std::string SqsWorld::attribute(std::string_view url, std::string_view name) {
    const SqsReply reply =
        json("GetQueueAttributes", {{"QueueUrl", url}, {"AttributeNames", {name}}});
    const json::value* const attributes = reply.json.as_object().if_contains("Attributes");
    return attributes == nullptr ? "absent" : std::string(attributes->at(name).as_string());
}

std::string between(std::string_view xml, std::string_view element) {
    const std::string open = fmt::format("<{}>", element);
    const std::size_t begin = xml.find(open);
    const std::size_t end = xml.find(fmt::format("</{}>", element), begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) {
        return "absent";
    }
    return std::string(xml.substr(begin + open.size(), end - begin - open.size()));
}

} // namespace exarch::sandbox
