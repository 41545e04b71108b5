#pragma once

#include <edm/core/environment.hpp>
#include <edm/mail/message.hpp>
#include <edm/service/resources.hpp>

#include <cstdio>
#include <mutex>

namespace edm::mail_engine {

/// Prints whole messages. Thread-safe.
class stdout_mailer : public mailer
{
  public:
    stdout_mailer(address from, environment at, std::FILE* out = stdout) : from_(std::move(from)), at_(at), out_(out) {}

    task<std::expected<void, std::string>> send(edm::mail message) override;

  private:
    address from_;
    environment at_;
    std::FILE* out_;
    std::mutex mutex_;
};

} // namespace edm::mail_engine
