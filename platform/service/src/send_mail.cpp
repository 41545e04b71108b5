#include <edm/service/send_mail.hpp>

#include <utility>

namespace edm {

namespace {

/// Never answered: due work has no caller.
constexpr error_kind mail_not_sent{503, "mail_not_sent", "The mail could not be sent."};

} // namespace

task<result<nothing>> send_mail(const resources& from, call& by, std::string service, std::string item, mail message)
{
    message.message_id = mail_message_id(from, service, item);
    if (by.trace().valid())
        message.traceparent = by.trace().traceparent();
    auto sent = co_await from.mail->send(std::move(message));
    if (!sent)
        co_return fail(mail_not_sent, std::move(sent.error()));
    co_return nothing{};
}

} // namespace edm
