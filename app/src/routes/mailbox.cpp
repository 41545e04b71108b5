#include "platform_routes.hpp"
#include "program.hpp"
#include "reply.hpp"
#include "static_file.hpp"

#include <edm/mail/mailbox.hpp>

namespace edm::app {

namespace {

constexpr std::string_view below = "/mailbox/";

web::response page(std::string body)
{
    web::response out;
    out.content_type = "text/html; charset=utf-8";
    out.body = std::move(body);
    out.headers = {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"},
                   {"Cache-Control", "no-store"},
                   {"Referrer-Policy", "no-referrer"},
                   {"X-Content-Type-Options", "nosniff"}};
    return out;
}

} // namespace

void add_mailbox_routes(gateway::router& to, const platform_parts& p)
{
    const auto* box = dynamic_cast<const mail_engine::mailbox*>(p.mail);
    if (!box || !p.declared->resources.development)
        return;
    to.add({"GET", "/mailbox", false,
            at_once([box](const web::request&) { return page(mail_engine::mailbox_page(*box)); })});
    to.add({"GET", "/mailbox/*", false, at_once([box](const web::request& r) {
                auto name = percent_decode(r.path.substr(below.size()));
                auto shown = name ? mail_engine::mailbox_message_page(*box, *name) : std::nullopt;
                return shown ? page(std::move(*shown)) : gateway::failure_response(failure{errors::not_found});
            })});
}

} // namespace edm::app
