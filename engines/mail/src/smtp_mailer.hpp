#pragma once

#include "smtp_url.hpp"

#include <edm/core/environment.hpp>
#include <edm/mail/message.hpp>
#include <edm/security/workers.hpp>
#include <edm/service/resources.hpp>

#include <atomic>

namespace edm::mail_engine {

/// Sends by SMTP, a connection per mail, a few at once. Thread-safe.
class smtp_mailer : public mailer
{
  public:
    smtp_mailer(smtp_server server, address from, environment at);
    /// Lets what is being sent end; mails that wait fail.
    ~smtp_mailer() override;

    task<std::expected<void, std::string>> send(edm::mail message) override;

  private:
    smtp_server server_;
    address from_;
    environment at_;
    std::atomic<bool> ending_ = false;
    security::worker_pool pool_;
};

} // namespace edm::mail_engine
