#pragma once

#include <edm/core/environment.hpp>
#include <edm/store_couchdb/store_couchdb.hpp>
#include <edm/web/client.hpp>

#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace edm::store_couchdb {

/// Why there is no session.
struct refusal
{
    int status = 0; ///< of the answer to the log-in; 0: there was none
    std::string why;
};

/// One user's session with one CouchDB, for all who work as that user: whoever needs it first logs in for all. CouchDB
/// locks a user out who gives a wrong password five times in five minutes, from that address, and our neighbours with
/// it: after a refusal nobody logs in for two. Thread-safe.
class session : public std::enable_shared_from_this<session>
{
  public:
    using outcome = std::expected<std::string, refusal>;

    session(const options& with, credentials as);

    /// The cookie to send; empty where there is no user. `stale`: one that was refused.
    task<outcome> cookie(std::string stale = {});
    /// Takes the cookie that came with an answer, if there is one.
    void renew(const web::client_response& from);
    /// What became of the last log-in; none: it was taken, or there was none yet.
    std::optional<refusal> refused() const;
    const std::string& user() const { return as_.user; }

  private:
    static task<> log_in(std::shared_ptr<session> self);
    task<outcome> ask();
    refusal refuse(int status, std::string why);

    web::client client_;
    const std::string url_;
    const credentials as_;
    const milliseconds patience_;
    const edm::environment environment_;
    mutable std::mutex mutex_;
    std::string cookie_;
    std::vector<resumption<outcome>> waiting_; ///< for the log-in that is under way
    std::optional<refusal> refused_;
    time_point refused_at_{};
};

/// `url` without its last slashes.
std::string base_of(std::string url);

} // namespace edm::store_couchdb
