#include "smtp_mailer.hpp"

#include "curl_library.hpp"
#include "smtp_session.hpp"

#include <stdexcept>
#include <utility>

namespace edm::mail_engine {

namespace {

constexpr std::size_t connections = 4;
constexpr std::size_t waiting_mails = 1000;

} // namespace

smtp_mailer::smtp_mailer(smtp_server server, address from, environment at)
    : server_(std::move(server)), from_(std::move(from)), at_(at), pool_(connections, waiting_mails)
{
    // At the start, not at the first mail.
    if (const auto& curl = curl_library::get(); !curl)
        throw std::runtime_error("EDM_MAIL: " + curl.error());
}

smtp_mailer::~smtp_mailer()
{
    ending_ = true;
}

task<std::expected<void, std::string>> smtp_mailer::send(edm::mail message)
{
    using outcome = std::expected<void, std::string>;
    auto source = render(message, from_, at_.now());
    if (!source)
        co_return std::unexpected(std::move(source.error()));
    const smtp_delivery what{from_.mail, std::move(message.to), std::move(*source)};
    auto delivered = co_await pool_.run([this, &what]() -> outcome {
        if (ending_)
            return std::unexpected("SMTP: not sent, the process ends");
        return deliver(server_, what);
    });
    if (!delivered)
        co_return std::unexpected("SMTP: too many mails are waiting");
    co_return std::move(*delivered);
}

} // namespace edm::mail_engine
