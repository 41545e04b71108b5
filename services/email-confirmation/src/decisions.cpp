// The pure functions of this service: what becomes of a document.

#include "email_confirmation.hpp"
#include "errors.hpp"

#include <fmt/format.h>

#include <chrono>

namespace edm::email_confirmation {

namespace {

constexpr std::int64_t mails_per_hour = 5;
constexpr milliseconds hour = std::chrono::hours{1};

/// Counts one more mail: none where the address had those of this hour.
bool may_mail(confirmation& filed, std::int64_t now)
{
    if (now - filed.mails_since >= hour.count() || now < filed.mails_since) {
        filed.mails_since = now;
        filed.mails = 0;
    }
    if (filed.mails >= mails_per_hour)
        return false;
    ++filed.mails;
    return true;
}

/// The id of the item makes the mail's Message-ID, so it must be unique among all users; that of a sign-up's own mail
/// is the same however often its event is handled.
void mail_link(change<confirmation>& decided, std::string item, const std::string& sequence, time_point at)
{
    decided.later(std::move(item), confirmation_mail::kind, confirmation_mail{sequence}, at);
}

} // namespace

result<change<confirmation>> file_sign_up(std::optional<confirmation> filed, const contracts::user_signed_up& event,
                                          const received& how)
{
    const bool confirmed = event.confirmed.value_or(false);
    auto sequence = how.sequence.text();
    if (filed && filed->sequence == sequence) {
        if (!confirmed || filed->confirmed)
            return change<confirmation>::keep();
        filed->confirmed = true;
        return change<confirmation>{std::move(*filed)};
    }
    // Authentication counts its sign-ups of a user as the topic does, for each publishes exactly one event. So the
    // counter alone names the sign-up to it, and the whole sequence does so here.
    confirmation fresh{.user_id = event.user_id,
                       .user_name = event.user_name,
                       .sequence = sequence,
                       .sign_up = static_cast<std::int64_t>(how.sequence.counter),
                       .confirmed = confirmed,
                       .mails_since = filed ? filed->mails_since : 0,
                       .mails = filed ? filed->mails : 0};
    if (confirmed)
        return change<confirmation>{std::move(fresh)};
    // Whoever signs up with another's address again and again must not flood it: the mail of the latest sign-up waits
    // for the next hour, and those of earlier ones are not sent any more.
    auto mail_at = how.at.now;
    if (!may_mail(fresh, mail_at.time_since_epoch().count()))
        mail_at = time_point{milliseconds{fresh.mails_since}} + hour;
    change<confirmation> decided{std::move(fresh)};
    mail_link(decided, fmt::format("{} {}", event.user_id, sequence), sequence, mail_at);
    return decided;
}

result<change<confirmation>> confirm_sign_up(std::optional<confirmation> filed, const link_claims& link)
{
    if (!filed || filed->sequence != link.sequence)
        return fail(errc::inexistent_token);
    if (filed->confirmed)
        return fail(errc::previously_confirmed);
    filed->confirmed = true;
    contracts::email_confirmed event{filed->user_id, filed->sign_up};
    change<confirmation> decided{std::move(*filed)};
    decided.publish(event);
    return decided;
}

result<change<confirmation>> request_mail(std::optional<confirmation> filed, const moment& at)
{
    if (!filed || filed->confirmed)
        return change<confirmation>::keep();
    if (!may_mail(*filed, at.now.time_since_epoch().count()))
        return change<confirmation>::keep();
    auto sequence = filed->sequence;
    change<confirmation> decided{std::move(*filed)};
    mail_link(decided, at.id(), sequence, at.now);
    return decided;
}

} // namespace edm::email_confirmation
