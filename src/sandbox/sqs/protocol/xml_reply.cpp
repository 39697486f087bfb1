#include "sandbox/sqs/protocol/protocol.hpp"
#include "sandbox/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exarch::sandbox::sqs {
namespace {

namespace json = boost::json;

constexpr std::string_view name_space = "http://queue.amazonaws.com/doc/2012-11-05/";

// How a member of the JSON form is written in XML: lists and maps without an element of their own
// around them, each item under a name.
struct Flattened {
    std::string_view member;
    std::string_view element;
    /// Of maps: what key and value are called.
    std::string_view key = {};
    std::string_view value = {};
};

constexpr std::array<Flattened, 8> flattened_members{{
    {"Attributes", "Attribute", "Name", "Value"},
    {"Failed", "BatchResultErrorEntry"},
    {"MessageAttributes", "MessageAttribute", "Name", "Value"},
    {"Messages", "Message"},
    {"QueueUrls", "QueueUrl"},
    {"Results", "ListMessageMoveTasksResultEntry"},
    {"Tags", "Tag", "Key", "Value"},
    {"queueUrls", "QueueUrl"},
}};

class XmlWriter {
public:
    explicit XmlWriter(std::string_view operation) : operation_(operation) {}

    void members(const json::object& object) {
        for (const auto& [name, value] : object) {
            member(name, value);
        }
    }

    void element(std::string_view name, const json::value& value) {
        if (value.is_object() && value.as_object().empty()) {
            xml += fmt::format("<{}/>", name);
            return;
        }
        xml += fmt::format("<{}>", name);
        if (value.is_object()) {
            members(value.as_object());
        } else if (value.is_string()) {
            append_xml_escaped(xml, value.as_string());
        } else {
            xml += json::serialize(value);
        }
        xml += fmt::format("</{}>", name);
    }

    std::string xml;

private:
    void member(std::string_view name, const json::value& value) {
        const auto* const flattened =
            std::ranges::find(flattened_members, name, &Flattened::member);
        if (name == "Successful") {
            items({name, entry_name_}, value.as_array());
        } else if (flattened == flattened_members.end()) {
            element(name, value);
        } else if (value.is_array()) {
            items(*flattened, value.as_array());
        } else {
            entries(*flattened, value.as_object());
        }
    }

    void items(const Flattened& flattened, const json::array& values) {
        for (const json::value& value : values) {
            element(flattened.element, value);
        }
    }

    void entries(const Flattened& flattened, const json::object& map) {
        for (const auto& [key, value] : map) {
            xml += fmt::format("<{}><{}>", flattened.element, flattened.key);
            append_xml_escaped(xml, key);
            xml += fmt::format("</{}>", flattened.key);
            element(flattened.value, value);
            xml += fmt::format("</{}>", flattened.element);
        }
    }

    std::string_view operation_;
    std::string entry_name_ = fmt::format("{}ResultEntry", operation_);
};

} // namespace

std::string format_xml_reply(std::string_view operation, const json::object& result,
                             std::string_view request_id) {
    XmlWriter writer(operation);
    writer.xml =
        fmt::format("<?xml version=\"1.0\"?><{}Response xmlns=\"{}\">", operation, name_space);
    if (has_output(operation)) {
        // Clients look for the element even where nothing is in it.
        writer.element(fmt::format("{}Result", operation), result);
    }
    writer.xml += "<ResponseMetadata><RequestId>";
    append_xml_escaped(writer.xml, request_id);
    writer.xml += fmt::format("</RequestId></ResponseMetadata></{}Response>", operation);
    return std::move(writer.xml);
}

std::string format_xml_error(const ServiceError& error, std::string_view request_id) {
    if (error.code == unknown_operation) {
        return fmt::format("<{}/>", unknown_operation);
    }
    const bool is_missing_queue = error == missing_queue().error();
    XmlWriter writer("");
    writer.xml = fmt::format("<?xml version=\"1.0\"?><ErrorResponse xmlns=\"{}\"><Error><Type>{}"
                             "</Type>",
                             name_space, error.is_sender_fault ? "Sender" : "Receiver");
    writer.element("Code", json::string(error.code));
    // The one message that differs between the protocols.
    writer.element("Message", json::string(is_missing_queue ? "The specified queue does not exist "
                                                              "for this wsdl version."
                                                            : error.message));
    writer.xml += "<Detail/></Error>";
    writer.element("RequestId", json::string(request_id));
    writer.xml += "</ErrorResponse>";
    return std::move(writer.xml);
}

} // namespace exarch::sandbox::sqs
