# The only ways to add a target to this project.
#
#   edm_library(NAME core DEPENDS describe LIBS fmt::fmt [PCH <header>...])   a library of the platform or an engine
#   edm_service(NAME recipes [EXTRA web])                                     a service: no link list, by design
#   edm_test(NAME core_test SOURCES ... DEPENDS ...)                          a GoogleTest program, registered with ctest
#
# Each library has its own include root (<folder>/include), reachable only through DEPENDS. That is what makes a wrong
# include fail to compile.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
endif()
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url json)

set(EDM_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")

add_library(edm_options INTERFACE)
target_compile_options(edm_options INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-unused-parameter
                       -Wno-missing-field-initializers
                       "SHELL:-Xclang -fno-pch-timestamp")
target_compile_definitions(edm_options INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                           BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE SPDLOG_FMT_EXTERNAL)
if(EDM_SANITIZE)
  target_compile_options(edm_options INTERFACE -fsanitize=${EDM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(edm_options INTERFACE -fsanitize=${EDM_SANITIZE})
endif()
target_link_libraries(edm_options INTERFACE Threads::Threads)

# The allocator of the programs. Events are made on one thread and freed on another, thousands at a time, which costs
# glibc's allocator a third of all processor time (docs/performance.md). Static, so that no host has to have it; a
# sanitizer brings its own.
add_library(edm_allocator INTERFACE)
if(NOT EDM_SANITIZE)
  find_library(EDM_JEMALLOC libjemalloc_pic.a REQUIRED)
  target_link_libraries(edm_allocator INTERFACE -Wl,--whole-archive ${EDM_JEMALLOC} -Wl,--no-whole-archive)
endif()

# Prefixes a module's name to the name of its CMake target.
function(edm_target out name)
  set(${out} edm_${name} PARENT_SCOPE)
endfunction()

function(edm_library)
  cmake_parse_arguments(A "" "NAME" "DEPENDS;LIBS;PCH" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp)
  edm_target(target ${A_NAME})
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC include PRIVATE src)
    target_link_libraries(${target} PUBLIC edm_options)
    set(scope PUBLIC)
    if(A_PCH)
      target_compile_options(${target} PRIVATE -fpch-instantiate-templates)
      target_precompile_headers(${target} PRIVATE ${A_PCH})
    endif()
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE include)
    target_link_libraries(${target} INTERFACE edm_options)
    set(scope INTERFACE)
  endif()
  foreach(dependency ${A_DEPENDS})
    target_link_libraries(${target} ${scope} edm_${dependency})
  endforeach()
  target_link_libraries(${target} ${scope} ${A_LIBS})
endfunction()

# A service links the platform's face and the contracts, and nothing else: there is no LINKS argument.
# EXTRA exists for simulators alone, which are outside parties with a web page of their own.
function(edm_service)
  cmake_parse_arguments(A "" "NAME" "EXTRA" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp)
  string(REPLACE "-" "_" id ${A_NAME})
  add_library(edm_service_${id} STATIC ${sources})
  target_include_directories(edm_service_${id} PUBLIC include PRIVATE src)
  target_link_libraries(edm_service_${id} PUBLIC edm_service edm_contracts ${A_EXTRA})
  target_precompile_headers(edm_service_${id} REUSE_FROM edm_service_face)
  set_property(GLOBAL APPEND PROPERTY EDM_SERVICES edm_service_${id})
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tests/*.cpp)
  if(tests AND BUILD_TESTING)
    edm_test(NAME ${id}_test SOURCES ${tests} DEPENDS service_${id} testing testing_engines)
    target_include_directories(${id}_test PRIVATE src)
  endif()
endfunction()

function(edm_test)
  cmake_parse_arguments(A "" "NAME" "SOURCES;DEPENDS;LIBS" ${ARGN})
  if(NOT BUILD_TESTING)
    return()
  endif()
  add_executable(${A_NAME} ${A_SOURCES})
  foreach(dependency ${A_DEPENDS})
    target_link_libraries(${A_NAME} PRIVATE edm_${dependency})
  endforeach()
  target_link_libraries(${A_NAME} PRIVATE edm_options GTest::gtest GTest::gmock GTest::gtest_main ${A_LIBS})
  add_test(NAME ${A_NAME} COMMAND ${A_NAME})
  set_tests_properties(${A_NAME} PROPERTIES TIMEOUT 600)
endfunction()
