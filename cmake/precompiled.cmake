# What most sources include is parsed once and not by each of them: it halves a build from nothing.
# Only headers from outside, so that no change of ours builds everything anew. script/lint compiles
# without it, and so finds the source that forgot an include.

set(exarch_precompiled_standard
    <algorithm> <array> <charconv> <chrono> <cstdint> <deque> <expected> <functional> <map>
    <memory> <optional> <set> <span> <string> <string_view> <utility> <variant> <vector>
    <fmt/format.h>)
set(exarch_precompiled_asio ${exarch_precompiled_standard}
    <boost/asio/any_io_executor.hpp> <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp>
    <boost/asio/co_spawn.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/steady_timer.hpp>
    <boost/asio/use_awaitable.hpp>)

# exarch_precompile(KIND [HEADERS …] [LIBRARIES …]): makes KIND_standard and KIND_asio, each with
# the headers given besides its own.
function(exarch_precompile kind)
    cmake_parse_arguments(EXTRA "" "" "HEADERS;LIBRARIES" ${ARGN})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${kind}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "")
    foreach(set IN ITEMS standard asio)
        add_library(${kind}_${set} OBJECT ${source})
        target_link_libraries(${kind}_${set} PRIVATE ${EXTRA_LIBRARIES} exarch::options)
        target_precompile_headers(${kind}_${set} PRIVATE
            ${exarch_precompiled_${set}} ${EXTRA_HEADERS})
    endforeach()
    target_link_libraries(${kind}_asio PRIVATE asio)
endfunction()

# exarch_reuse_precompiled(TARGET KIND LIBRARIES…): the set that suits what TARGET links.
function(exarch_reuse_precompiled target kind)
    set(set standard)
    if("asio" IN_LIST ARGN)
        set(set asio)
    endif()
    target_precompile_headers(${target} REUSE_FROM ${kind}_${set})
endfunction()

exarch_precompile(exarch_precompiled)
