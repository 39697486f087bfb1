# exarch_library(NAME SOURCES … DEPENDS … [LIBRARIES …]): a module of src/, as exarch::NAME.
# DEPENDS names the modules it may know, LIBRARIES what comes from outside.
function(exarch_library name)
    cmake_parse_arguments(MODULE "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
    add_library(exarch_${name} STATIC ${MODULE_SOURCES})
    add_library(exarch::${name} ALIAS exarch_${name})
    target_include_directories(exarch_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    list(TRANSFORM MODULE_DEPENDS PREPEND exarch::)
    target_link_libraries(exarch_${name} PUBLIC
        ${MODULE_DEPENDS} ${MODULE_LIBRARIES} PRIVATE exarch::options)
    exarch_reuse_precompiled(exarch_${name} exarch_precompiled ${MODULE_LIBRARIES})
    set_target_properties(exarch_${name} PROPERTIES
        UNITY_BUILD ${EXARCH_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

# exarch_test(NAME SOURCES … DEPENDS … [LIBRARIES …]): a GoogleTest program run by ctest.
function(exarch_test name)
    cmake_parse_arguments(TEST "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
    add_executable(${name} ${TEST_SOURCES})
    list(TRANSFORM TEST_DEPENDS PREPEND exarch::)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_compile_definitions(${name} PRIVATE EXARCH_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${TEST_DEPENDS} ${TEST_LIBRARIES}
        GTest::gmock_main exarch_unoptimized exarch::options)
    exarch_reuse_precompiled(${name} exarch_precompiled_test ${TEST_LIBRARIES})
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
    # A test that hangs is a failure with a name, not a build that never ends. With sanitizers it
    # is script/soak that says when, which ctest would not let it do against a limit from here.
    if(NOT EXARCH_SANITIZE)
        set_tests_properties(${name} PROPERTIES TIMEOUT 300)
    endif()
endfunction()
