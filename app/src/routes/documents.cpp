#include "platform_routes.hpp"
#include "program.hpp"
#include "reply.hpp"
#include "static_file.hpp"

#include <edm/assets/assets.hpp>

namespace edm::app {

namespace {

constexpr std::string_view ask_again = "no-cache";
constexpr std::string_view a_day = "public, max-age=86400";

/// A document that was made at start, and its bytes.
struct made_document
{
    std::string body;
    static_file file;
};

void add_made(gateway::router& to, std::string path, std::string body)
{
    auto made = std::make_shared<made_document>();
    made->body = std::move(body);
    made->file = {.content_type = "application/json",
                  .body = made->body,
                  .gzip = {},
                  .etag = entity_tag(made->body),
                  .cache_control = ask_again};
    to.add({"GET", std::move(path), false,
            at_once([made](const web::request& r) { return answer_static(made->file, r); })});
}

web::response to_the_documentation(const web::request&)
{
    web::response out;
    out.status = 302;
    out.headers.emplace_back("Location", "/docs");
    return out;
}

} // namespace

void add_document_routes(gateway::router& to, const platform_parts& p)
{
    for (const auto& one : assets::all_assets()) {
        bool page = one.content_type.starts_with("text/html");
        static_file file{.content_type = one.content_type,
                         .body = one.body,
                         .gzip = one.gzip,
                         .etag = std::string{one.etag},
                         .cache_control = page ? ask_again : a_day,
                         .page = page};
        to.add({"GET", std::string{one.path}, false,
                at_once([file](const web::request& r) { return answer_static(file, r); })});
    }
    auto texts = p.declared->service_texts();
    // No server address: the page that shows the document may be reached under any name.
    add_made(to, "/openapi.json", reference::openapi_json(p.declared->model, p.declared->about(""), texts));
    add_made(to, "/asyncapi.json",
             reference::asyncapi_json(p.declared->model, p.declared->about(p.declared->resources.public_url), texts));
    if (!assets::find_asset("/"))
        to.add({"GET", "/", false, at_once(to_the_documentation)});
}

} // namespace edm::app
