#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace edm::config {

/// One assignment of a `.env` file.
struct env_entry
{
    std::string name;
    std::string value;
    std::size_t line; ///< from 1
};

/// A `.env` file as read: what is well-formed, and one sentence per damaged line.
struct env_file
{
    std::vector<env_entry> entries;
    std::vector<std::string> errors; ///< "`.env`:12: what is wrong. What to do." Never holds a value.
};

/// Reads the text of a `.env` file. The grammar, line by line (LF or CR LF; a byte order mark is tolerated):
///
///     line    = blanks [ "export" blanks ] name blanks "=" blanks value | blanks [ "#" anything ]
///     name    = letter or "_", then letters, digits and "_"
///     value   = unquoted: literal to the end of the line or to " #", without blanks around it
///             | "'" literal up to the next "'" "'"
///             | '"' text with the escapes \n \r \t \" \\ \$ '"'
///
/// After a closing quote only blanks and a comment may follow. Nothing is interpolated: `$` is a dollar sign. The text
/// is UTF-8 without NUL. A name may occur once.
/// @param shown_name how errors name the file
env_file parse_env(std::string_view text, std::string_view shown_name);

} // namespace edm::config
