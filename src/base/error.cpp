#include "base/error.hpp"

#include <utility>

namespace exarch::base {

std::string_view format(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::invalid:
        return "invalid";
    case ErrorKind::not_found:
        return "not_found";
    case ErrorKind::denied:
        return "denied";
    case ErrorKind::conflict:
        return "conflict";
    case ErrorKind::throttled:
        return "throttled";
    case ErrorKind::unreachable:
        return "unreachable";
    case ErrorKind::outcome_unknown:
        return "outcome_unknown";
    case ErrorKind::cancelled:
        return "cancelled";
    case ErrorKind::corrupt:
        return "corrupt";
    case ErrorKind::system:
        return "system";
    }
    return "unknown";
}

Error::Error(ErrorKind kind, std::string context) : kind_(kind), context_(std::move(context)) {}

Error::Error(ErrorKind kind, std::string context, Error cause)
    : kind_(kind), context_(std::move(context)),
      cause_(std::make_shared<const Error>(std::move(cause))) {}

std::string Error::message() const {
    std::string text = context_;
    for (const Error* inner = cause_.get(); inner != nullptr; inner = inner->cause_.get()) {
        text += ": ";
        text += inner->context_;
    }
    return text;
}

Error Error::within(std::string context) const {
    return Error(kind_, std::move(context), *this);
}

} // namespace exarch::base
