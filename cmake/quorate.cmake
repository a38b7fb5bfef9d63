# Warnings, hardening and sanitisers for our own code; generated and third-party code is left alone.
add_library(quorate_options INTERFACE)
target_include_directories(quorate_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(quorate_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -fstack-protector-strong -fno-omit-frame-pointer)
# Whoever installs a release has no use for a newer compiler's opinion.
if(QUORATE_WERROR)
  target_compile_options(quorate_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(quorate_options INTERFACE -fstack-clash-protection -fcf-protection)
endif()
if(QUORATE_SANITIZE)
  target_compile_options(quorate_options INTERFACE -fsanitize=${QUORATE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(quorate_options INTERFACE -fsanitize=${QUORATE_SANITIZE})
else()
  # _FORTIFY_SOURCE needs an optimised build and fights the sanitisers.
  target_compile_options(quorate_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()
target_link_options(quorate_options INTERFACE -Wl,-z,relro,-z,now)
if(NOT QUORATE_SANITIZE)
  target_link_options(quorate_options INTERFACE $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()

# What nearly every file includes, parsed once: about a second a file, which is a third of a build from
# nothing. Every file still includes what it uses: -D QUORATE_PCH=OFF shows what does not, and is better
# where a compiler cache serves several checkouts.
option(QUORATE_PCH "Precompile the common headers" ON)
add_library(quorate_pch OBJECT cmake/nothing.cc)
target_link_libraries(quorate_pch PUBLIC quorate_options absl::status absl::statusor absl::strings)
add_library(quorate_test_pch OBJECT cmake/nothing.cc)
target_link_libraries(quorate_test_pch PUBLIC quorate_options absl::status absl::statusor absl::strings
  GTest::gmock)
if(QUORATE_PCH)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # From precompiled headers GCC 12 forgets that std::string is a system header, and warns of its inside.
    target_compile_options(quorate_options INTERFACE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow)
  endif()
  set(common <algorithm> <array> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
    <variant> <vector> <absl/status/status.h> <absl/status/statusor.h> <absl/strings/str_cat.h>)
  target_precompile_headers(quorate_pch PRIVATE ${common})
  target_precompile_headers(quorate_test_pch PRIVATE ${common} <gmock/gmock.h> <gtest/gtest.h>)
endif()
function(quorate_precompiled name from)
  if(QUORATE_PCH)
    target_link_libraries(${name} PRIVATE)
    target_precompile_headers(${name} REUSE_FROM ${from})
  endif()
endfunction()

# quorate_library(name SOURCES a.cc ... DEPS t ...): one CMake target a folder.
function(quorate_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC quorate_options ${ARG_DEPS})
  quorate_precompiled(${name} quorate_pch)
endfunction()

# quorate_program(name SOURCES a.cc ... DEPS t ...)
function(quorate_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE quorate_options ${ARG_DEPS})
  quorate_precompiled(${name} quorate_pch)
endfunction()

# quorate_test(name SOURCES a.cc ... DEPS t ... [TIMEOUT s] [LABELS l ...]): one GoogleTest binary a
# folder, run by ctest as one test.
function(quorate_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE quorate_options ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  quorate_precompiled(${name} quorate_test_pch)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
endfunction()

# quorate_proto(name PROTO files [GRPC] DEPS t ...): generated code, compiled without our warnings.
function(quorate_proto name)
  cmake_parse_arguments(ARG "GRPC" "" "PROTO;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_PROTO})
  target_include_directories(${name} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/proto ${Protobuf_INCLUDE_DIRS})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf ${ARG_DEPS})
  target_compile_options(${name} PRIVATE -w)
  protobuf_generate(TARGET ${name} LANGUAGE cpp IMPORT_DIRS ${CMAKE_SOURCE_DIR}/proto
    PROTOC_OUT_DIR ${CMAKE_BINARY_DIR}/proto)
  if(ARG_GRPC)
    protobuf_generate(TARGET ${name} LANGUAGE grpc IMPORT_DIRS ${CMAKE_SOURCE_DIR}/proto
      PROTOC_OUT_DIR ${CMAKE_BINARY_DIR}/proto
      PLUGIN protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>
      GENERATE_EXTENSIONS .grpc.pb.h .grpc.pb.cc)
    target_link_libraries(${name} PUBLIC gRPC::grpc++)
  endif()
endfunction()
