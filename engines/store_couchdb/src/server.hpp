#pragma once

#include "session.hpp"

#include <atomic>
#include <string_view>

namespace edm::store_couchdb {

/// A request on a database that is not there is answered 404 with this.
inline constexpr std::string_view no_database = "Database does not exist";

struct answer
{
    int status = 0;
    std::string body{};

    bool ok() const { return status >= 200 && status < 300; }
    /// The server did not say what became of the request. 507 says that nothing did: its disk is full.
    bool failed() const { return status >= 500 && status != 507; }
    bool lacks_database() const { return status == 404 && body.find(no_database) != std::string::npos; }
};

/// Why there is no answer.
enum class silence
{
    unsent, ///< the server knows nothing of the request
    unknown ///< it may have been carried out
};

/// One CouchDB as one user. A request that was refused for want of a session is repeated, once, in a new one; where
/// none can be had it is unsent. Thread-safe.
class server
{
  public:
    server(const options& with, std::shared_ptr<session> as);
    /// In a session of its own.
    server(const options& with, credentials as) : server(with, std::make_shared<session>(with, std::move(as))) {}

    /// `path` begins with `/` and is percent-encoded. `body` is JSON.
    task<std::expected<answer, silence>> send(std::string method, std::string path, std::string body = {});

    /// Nothing is sent any more, and `trouble` says why: what is there is not what this process opened.
    void give_up(std::string why);
    /// What is wrong with the server or with our session; none: the last request was done.
    std::optional<std::string> trouble() const;
    /// Why our user cannot log in.
    std::optional<refusal> refused() const { return session_->refused(); }
    /// Requests that wrote something, so far.
    std::uint64_t writes() const { return writes_.load(); }

  private:
    task<std::expected<answer, silence>> once(std::string method, std::string path, std::string body,
                                              std::string cookie);
    void learn(const answer& from);
    void note(std::optional<std::string> trouble);

    web::client client_;
    const std::shared_ptr<session> session_;
    const std::string url_;
    const milliseconds patience_;
    mutable std::mutex mutex_;
    std::optional<std::string> trouble_;
    std::atomic<bool> given_up_{false};
    std::atomic<std::uint64_t> writes_{0};
};

} // namespace edm::store_couchdb
