#pragma once

#include "documents.hpp"

#include <edm/core/result.hpp>
#include <edm/core/time.hpp>
#include <edm/service/resources.hpp>

#include <string>
#include <string_view>

namespace edm::email_confirmation {

/// What a link says, once its signature is verified.
struct link_claims
{
    std::string user_id;
    std::string sequence; ///< of the sign-up
};

/// Writes and reads the links of confirmation mails. Thread-safe.
class links
{
  public:
    explicit links(const resources& from) : from_(from) {}

    /// A link to the confirmation of this sign-up, valid for 24 hours.
    std::string to(const confirmation& user, time_point now) const;
    /// Fails with `errc::invalid_token` or `errc::expired_token`.
    result<link_claims> read(std::string_view token, time_point now) const;

  private:
    const resources& from_;
};

} // namespace edm::email_confirmation
