#include "aws/detail/xml.hpp"

#include <fmt/format.h>
#include <pugixml.hpp>

#include <utility>

namespace exarch::aws {
namespace {

/// pugixml takes names that end in NUL; those of AWS are short enough to compare one by one.
pugi::xml_node find_child(pugi::xml_node node, std::string_view name) {
    while (node && (node.type() != pugi::node_element || name != node.name())) {
        node = node.next_sibling();
    }
    return node;
}

} // namespace

struct XmlDocument::Tree {
    pugi::xml_document document;
};

std::string_view XmlElement::name() const {
    return pugi::xml_node(node_).name();
}

XmlElement XmlElement::child(std::string_view name) const {
    return XmlElement(find_child(pugi::xml_node(node_).first_child(), name).internal_object());
}

std::string_view XmlElement::text() const {
    return pugi::xml_node(node_).child_value();
}

void XmlElement::for_each(std::string_view name,
                          const std::function<void(XmlElement)>& visit) const {
    pugi::xml_node node = find_child(pugi::xml_node(node_).first_child(), name);
    while (node) {
        visit(XmlElement(node.internal_object()));
        node = find_child(node.next_sibling(), name);
    }
}

XmlDocument::XmlDocument(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
XmlDocument::XmlDocument(XmlDocument&&) noexcept = default;
XmlDocument& XmlDocument::operator=(XmlDocument&&) noexcept = default;
XmlDocument::~XmlDocument() = default;

base::Result<XmlDocument> XmlDocument::parse(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid, fmt::format("XML of {} bytes, more than the {} that are read",
                                                  text.size(), bytes_max)));
    }
    auto tree = std::make_unique<Tree>();
    const pugi::xml_parse_result parsed = tree->document.load_buffer(
        text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) {
        return std::unexpected(base::Error(
            base::ErrorKind::invalid,
            fmt::format("no well-formed XML: {} at byte {}", parsed.description(), parsed.offset)));
    }
    return XmlDocument(std::move(tree));
}

XmlElement XmlDocument::root() const {
    return XmlElement(tree_->document.document_element().internal_object());
}

} // namespace exarch::aws
