# CMake's toolchain file for `script/package --arch arm64`: clang makes code for any machine; what
# it lacks, headers and libraries, script/sysroot has put into build/sysroot/arm64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot/arm64)
foreach(language C CXX)
    set(CMAKE_${language}_COMPILER_TARGET aarch64-linux-gnu)
endforeach()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
    set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
# Before exarch's own options, CMake tries the compiler out, and the machine's linker knows its own.
set(CMAKE_EXE_LINKER_FLAGS_INIT -fuse-ld=lld)
