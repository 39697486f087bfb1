# Every library comes from the distribution's packages; script/install lists them.

if(EXARCH_STATIC)
    set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
    set(Boost_USE_STATIC_LIBS ON)
    set(OPENSSL_USE_STATIC_LIBS ON)
    set(ZLIB_USE_STATIC_LIBS ON)
endif()

find_package(Boost 1.81.0 EXACT CONFIG REQUIRED COMPONENTS json url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt 9.1 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB 1.2.13 REQUIRED)
# fmt is compiled in src/base/formatting.cpp, not linked. spdlog's target asks for fmt's shared
# library, which a static program can't have.
set_target_properties(spdlog::spdlog_header_only PROPERTIES
    INTERFACE_LINK_LIBRARIES Threads::Threads)

# These packages ship no CMake target that serves both a shared and a static link.
function(exarch_system_library name header library)
    find_path(${name}_INCLUDE ${header} REQUIRED)
    find_library(${name}_LIBRARY ${library} REQUIRED)
    add_library(${name} INTERFACE)
    target_include_directories(${name} SYSTEM INTERFACE ${${name}_INCLUDE})
    target_link_libraries(${name} INTERFACE ${${name}_LIBRARY})
endfunction()
exarch_system_library(cares ares.h cares)
exarch_system_library(sqlite sqlite3.h sqlite3)
exarch_system_library(pugixml_library pugixml.hpp pugixml)
exarch_system_library(yaml_library yaml-cpp/yaml.h yaml-cpp)

# Asio and Beast are compiled once, in src/http, not in every file that includes them.
add_library(asio INTERFACE)
target_compile_definitions(asio INTERFACE
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_link_libraries(asio INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
