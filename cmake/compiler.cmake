# The language, the compiler and the options that every target shares.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

# GCC 12 destroys temporaries in co_await expressions twice: docs/adr/0001-expected-and-clang-19.md
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR "exarch is built with Clang 19 or later, found ${CMAKE_CXX_COMPILER_ID} "
        "${CMAKE_CXX_COMPILER_VERSION}. Use a preset: cmake --preset release")
endif()

option(EXARCH_TESTS "build the tests" ON)
option(EXARCH_BENCHMARKS "build the benchmarks" OFF)
option(EXARCH_FUZZERS "build the fuzz targets with libFuzzer" OFF)
option(EXARCH_STATIC "link exarch statically: one file that needs no library" OFF)
option(EXARCH_CRASH_POINTS "let EXARCH_CRASH_AT end the process at a named point" OFF)
# Less than half the work for a build from nothing, and more for a change of one file. A source that
# lacks an include may find it in another: the other presets compile each alone.
option(EXARCH_UNITY "compile several sources of a module at once" OFF)
set(EXARCH_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")

add_library(exarch_options INTERFACE)
add_library(exarch::options ALIAS exarch_options)
target_compile_options(exarch_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-omit-frame-pointer)
# With the time in it, no precompiled header would be the one that ccache has seen.
target_compile_options(exarch_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
target_link_options(exarch_options INTERFACE -fuse-ld=lld)
if(EXARCH_UNITY)
    # A name of another source that happens to be compiled before is not one that this one hides.
    target_compile_options(exarch_options INTERFACE -Wno-shadow)
endif()
if(EXARCH_STATIC)
    # The same source makes the same file in whatever directory it is built: script/package.
    target_compile_options(exarch_options INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
    target_link_options(exarch_options INTERFACE -Wl,--build-id=none)
endif()
if(EXARCH_SANITIZE)
    target_compile_options(exarch_options INTERFACE
        -fsanitize=${EXARCH_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(exarch_options INTERFACE -fsanitize=${EXARCH_SANITIZE})
endif()
if(EXARCH_FUZZERS)
    target_compile_options(exarch_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(EXARCH_CRASH_POINTS)
    target_compile_definitions(exarch_options INTERFACE EXARCH_CRASH_POINTS)
endif()
