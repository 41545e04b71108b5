#include "catalogue.hpp"

#include <fmt/format.h>

namespace edm::measure {

std::string catalogue(std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i != count; ++i)
        out +=
            fmt::format("Measured Recipe {}\tA dish that exists to be listed, number {}.\tMain\teasy\t{}.{:02}\tquick|"
                        "measured\tsalt|pepper|{} eggs\tStir well.|Serve at once.\n",
                        i, i, 1 + i % 20, i % 100, 1 + i % 6);
    return out;
}

std::string upload_request(const std::string& file, const std::string& token)
{
    auto body = fmt::format("--edge\r\nContent-Disposition: form-data; name=\"recipes_csv\"; filename=\"r.tsv\"\r\n"
                            "Content-Type: text/tab-separated-values\r\n\r\n{}\r\n--edge--\r\n",
                            file);
    return fmt::format("POST /load-recipes HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n"
                       "Content-Type: multipart/form-data; boundary=edge\r\nContent-Length: {}\r\n\r\n{}",
                       token, body.size(), body);
}

} // namespace edm::measure
