#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace pugi {
struct xml_node_struct;
} // namespace pugi

namespace exarch::aws {

/// An element of an XmlDocument, or none: asking none for anything gives none or empty, so that a
/// reply of an unexpected shape reads as empty. Valid as long as its document.
class XmlElement {
public:
    XmlElement() = default;

    explicit operator bool() const { return node_ != nullptr; }
    [[nodiscard]] std::string_view name() const;
    /// The first child element of that name.
    [[nodiscard]] XmlElement child(std::string_view name) const;
    /// Its own text; empty where it has none.
    [[nodiscard]] std::string_view text() const;
    /// The text of the first child of that name.
    [[nodiscard]] std::string_view text(std::string_view name) const { return child(name).text(); }
    /// Calls `visit` for each child element of that name, in order.
    void for_each(std::string_view name, const std::function<void(XmlElement)>& visit) const;

private:
    friend class XmlDocument;
    explicit XmlElement(pugi::xml_node_struct* node) : node_(node) {}
    pugi::xml_node_struct* node_ = nullptr;
};

/// A reply in XML. No entities but XML's own five are expanded, and nothing is fetched.
class XmlDocument {
public:
    /// Fails as invalid on bad grammar, and on more than `bytes_max` bytes.
    [[nodiscard]] static base::Result<XmlDocument> parse(std::string_view text,
                                                         std::size_t bytes_max = 8 * 1024 * 1024);
    XmlDocument(XmlDocument&&) noexcept;
    XmlDocument& operator=(XmlDocument&&) noexcept;
    ~XmlDocument();

    [[nodiscard]] XmlElement root() const;

private:
    struct Tree;
    explicit XmlDocument(std::unique_ptr<Tree> tree);
    std::unique_ptr<Tree> tree_;
};

} // namespace exarch::aws
