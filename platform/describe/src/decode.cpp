#include "reader.hpp"

#include <boost/json/basic_parser_impl.hpp>

namespace edm {

std::vector<violation> decode_into(const type& t, void* out, std::string_view json, const decode_options& options)
{
    if (json.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return {{{std::string{options.root}}, "Field required", "missing"}};
    boost::json::parse_options how;
    how.max_depth = describing::max_depth;
    boost::json::basic_parser<describing::reader> parser{how, t, out, options};
    boost::json::error_code failed;
    std::size_t parsed = parser.write_some(false, json.data(), json.size(), failed);
    if (failed || parsed != json.size())
        return {{{std::string{options.root}, std::to_string(std::min(parsed, json.size()))},
                 "JSON decode error",
                 "json_invalid",
                 2}};
    return parser.handler().violations();
}

} // namespace edm
