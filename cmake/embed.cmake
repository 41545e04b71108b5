# Files compiled into the binary.
#
#   include(embed)
#   edm_embed(NAME assets FILES "/docs=docs/index.html" "/docs/docs.css=docs/docs.css" ...)
#
# makes the static library edm_<NAME> with the header edm/<NAME>/<NAME>.hpp: every file as it is and, where that is
# smaller, compressed with gzip, under the path on the left. The bytes come in by the assembler's .incbin, so a megabyte
# costs milliseconds. Run as a script (cmake -P) this file is the build step that compresses and writes the table.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(EDM_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

  function(edm_embed)
    cmake_parse_arguments(A "" "NAME" "FILES" ${ARGN})
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${A_NAME})
    set(sources)
    set(list "")
    foreach(entry ${A_FILES})
      string(FIND "${entry}" "=" cut)
      if(cut LESS 1)
        message(FATAL_ERROR "edm_embed(${A_NAME}): write \"/path=file\", not \"${entry}\"")
      endif()
      string(SUBSTRING "${entry}" 0 ${cut} path)
      math(EXPR cut "${cut} + 1")
      string(SUBSTRING "${entry}" ${cut} -1 file)
      get_filename_component(file "${file}" ABSOLUTE)
      list(APPEND sources ${file})
      string(APPEND list "${path}\t${file}\n") # a tab sorts before every character of a path
    endforeach()
    file(GENERATE OUTPUT ${out}/files.txt CONTENT "${list}")
    add_custom_command(
      OUTPUT ${out}/${A_NAME}.cpp ${out}/include/edm/${A_NAME}/${A_NAME}.hpp
      COMMAND ${CMAKE_COMMAND} -D NAME=${A_NAME} -D OUT=${out} -P ${EDM_EMBED_SCRIPT}
      DEPENDS ${sources} ${out}/files.txt ${EDM_EMBED_SCRIPT}
      COMMENT "Embedding ${A_NAME}"
      VERBATIM)
    add_library(edm_${A_NAME} STATIC ${out}/${A_NAME}.cpp ${out}/include/edm/${A_NAME}/${A_NAME}.hpp)
    target_include_directories(edm_${A_NAME} PUBLIC ${out}/include)
    target_link_libraries(edm_${A_NAME} PUBLIC edm_options)
  endfunction()
  return()
endif()

cmake_minimum_required(VERSION 3.25)

set(types
  "css=text/css\; charset=utf-8" "html=text/html\; charset=utf-8" "ico=image/x-icon" "js=text/javascript\; charset=utf-8"
  "json=application/json" "png=image/png" "svg=image/svg+xml" "tsv=text/tab-separated-values\; charset=utf-8"
  "txt=text/plain\; charset=utf-8" "webmanifest=application/manifest+json" "woff2=font/woff2")

# The media type of a file by its extension; a type that nobody listed is an error, not a guess.
function(content_type out file)
  get_filename_component(extension "${file}" LAST_EXT)
  foreach(type IN LISTS types)
    if(".${type}" MATCHES "^\\${extension}=(.*)$")
      set(${out} "${CMAKE_MATCH_1}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "cmake/embed.cmake knows no content type for ${file}")
endfunction()

# Appends one file's bytes to the assembly; the table refers to them as <symbol>.
macro(incbin symbol file)
  string(APPEND assembly "asm(\".pushsection .rodata\\n.global ${symbol}\\n${symbol}:\\n"
         ".incbin \\\"${file}\\\"\\n.byte 0\\n.popsection\\n\");\nextern \"C\" const char ${symbol}[];\n")
endmacro()

file(STRINGS ${OUT}/files.txt entries ENCODING UTF-8)
list(SORT entries COMPARE STRING)
set(assembly "")
set(rows "")
set(number 0)
foreach(entry ${entries})
  string(REGEX MATCH "^([^\t]+)\t(.*)$" ignored "${entry}")
  set(path "${CMAKE_MATCH_1}")
  set(file "${CMAKE_MATCH_2}")
  content_type(type "${file}")
  set(symbol edm_${NAME}_${number})
  file(SIZE "${file}" size)
  file(SHA256 "${file}" hash)
  string(SUBSTRING ${hash} 0 32 hash)
  incbin(${symbol} "${file}")
  set(gzip "{}")
  # -n leaves the time stamp out, so that the same input gives the same binary.
  execute_process(COMMAND gzip -9 -n -c "${file}" OUTPUT_FILE ${OUT}/${number}.gz COMMAND_ERROR_IS_FATAL ANY)
  file(SIZE ${OUT}/${number}.gz gzip_size)
  if(gzip_size LESS size)
    incbin(${symbol}_gz "${OUT}/${number}.gz")
    set(gzip "{${symbol}_gz, ${gzip_size}}")
  endif()
  string(APPEND rows "    {\"${path}\", \"${type}\", {${symbol}, ${size}}, ${gzip}, \"\\\"${hash}\\\"\"},\n")
  math(EXPR number "${number} + 1")
endforeach()

string(CONFIGURE [[
// Written by cmake/embed.cmake.
#pragma once

#include <span>
#include <string_view>

namespace edm::@NAME@ {

/// A file inside the binary. All views live as long as the program.
struct asset
{
    std::string_view path;         ///< as in a request's target, e.g. "/docs"
    std::string_view content_type; ///< ready for the Content-Type header, with charset
    std::string_view body;         ///< the file as it is, for clients that accept no gzip
    std::string_view gzip;         ///< the same compressed; empty where that would not be smaller
    std::string_view etag;         ///< strong, quoted, of `body`; append to it inside the quotes for the gzip form
};

/// The file under exactly this path, or nullptr. Thread safe, no allocation.
const asset* find_asset(std::string_view path) noexcept;

/// All files, sorted by path.
std::span<const asset> all_assets() noexcept;

} // namespace edm::@NAME@
]] header @ONLY)

string(CONFIGURE [[
// Written by cmake/embed.cmake.
#include <edm/@NAME@/@NAME@.hpp>

#include <algorithm>

@assembly@
namespace edm::@NAME@ {

static constexpr asset assets[] = {
@rows@};

const asset* find_asset(std::string_view path) noexcept
{
    const auto* found = std::ranges::lower_bound(assets, path, {}, &asset::path);
    return found != std::end(assets) && found->path == path ? found : nullptr;
}

std::span<const asset> all_assets() noexcept { return assets; }

} // namespace edm::@NAME@
]] source @ONLY)

file(MAKE_DIRECTORY ${OUT}/include/edm/${NAME})
file(WRITE ${OUT}/include/edm/${NAME}/${NAME}.hpp "${header}")
file(WRITE ${OUT}/${NAME}.cpp "${source}")
