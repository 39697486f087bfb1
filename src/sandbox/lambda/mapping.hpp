#pragma once

#include "sandbox/functions/event_source.hpp"
#include "sandbox/lambda/function.hpp"

#include <boost/json.hpp>

#include <memory>
#include <string>

namespace exarch::sandbox::lambda {

/// An event source mapping as a caller sees it; the event source does its work.
struct Mapping {
    std::string uuid;
    FunctionName function;
    base::Timestamp modified;
    /// Deleted: it ends with what it has begun.
    bool is_deleted = false;
    std::unique_ptr<functions::EventSource> source = {};

    [[nodiscard]] const functions::EventSourceSettings& settings() const {
        return source->settings();
    }
};

/// Changes `settings` by what a request has, of CreateEventSourceMapping and
/// UpdateEventSourceMapping, but for queue and function; refused as AWS refuses.
[[nodiscard]] Permitted apply_mapping(functions::EventSourceSettings& settings, const Body& body);

/// EventSourceMappingConfiguration. `state` is that of a mapping that is changing; empty: the one
/// it has come to.
[[nodiscard]] boost::json::object format_mapping(const Mapping& mapping, std::string_view state);

} // namespace exarch::sandbox::lambda
