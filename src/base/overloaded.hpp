#pragma once

namespace exarch::base {

/// One visitor of many functions, for std::visit: the one that fits the alternative is called.
template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

} // namespace exarch::base
