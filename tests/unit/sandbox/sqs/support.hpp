#pragma once

#include "sandbox/sqs/service.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exarch::sandbox {

/// What the service answered, taken apart.
struct SqsReply {
    int status = 0;
    /// Of JSON: the body. Null where it's XML.
    boost::json::value json;
    std::string body;
    http::Headers headers;
    /// A long poll that goes on.
    std::optional<base::Instant> asks_again_at;

    /// The text of a member, or "absent".
    [[nodiscard]] std::string text(std::string_view member) const;
    /// `QueueDoesNotExist`, or "" where it's no error.
    [[nodiscard]] std::string error() const;
    [[nodiscard]] std::string message() const { return text("message"); }
    /// `Successful` or `Failed`, an Id each.
    [[nodiscard]] std::vector<std::string> ids(std::string_view member) const;
    /// The bodies of received messages.
    [[nodiscard]] std::vector<std::string> bodies() const;
    [[nodiscard]] const boost::json::object& received(std::size_t index) const;
    [[nodiscard]] std::string handle(std::size_t index = 0) const;
};

/// SQS with one caller, in a time that goes on only when the test says so. Everything goes in as
/// an http::Request and comes out as an http::Response.
class SqsWorld {
public:
    explicit SqsWorld(SqsParams params = {});

    /// By the JSON protocol.
    SqsReply json(std::string_view operation, boost::json::object parameters = {});
    SqsReply raw_json(std::string_view operation, std::string body);
    /// By the query protocol; names and values are percent-encoded here.
    using Form = std::vector<std::pair<std::string, std::string>>;
    SqsReply query(std::string_view action, const Form& form = {});
    SqsReply ask(const http::Request& request);

    void advance(base::Duration duration);

    /// Creates one and returns its URL.
    std::string create(std::string_view name, boost::json::object attributes = {});
    /// Its message id.
    std::string send(std::string_view url, std::string_view body);
    SqsReply receive(std::string_view url, boost::json::object more = {});
    std::string attribute(std::string_view url, std::string_view name);

    Caller caller;
    base::Region region{"eu-west-1"};
    base::Moment now{base::Instant(std::chrono::hours(1)),
                     base::Timestamp(std::chrono::seconds(1'800'000'000))};
    /// When the request at hand came in, where that is not now.
    std::optional<base::Instant> arrived_at;
    /// What the authoriser was asked, and the action that it refuses.
    std::vector<Access> accesses;
    std::string refused_action;

private:
    SqsService service_;
};

/// What stands between `<element>` and its end, the first time; "absent" where nothing does.
[[nodiscard]] std::string between(std::string_view xml, std::string_view element);

} // namespace exarch::sandbox
