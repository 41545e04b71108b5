#pragma once

#include <edm/store_couchdb/store_couchdb.hpp>
#include <edm/web/client.hpp>

#include <atomic>
#include <expected>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace edm::store_couchdb {

struct answer
{
    int status = 0;
    std::string body{};

    bool ok() const { return status >= 200 && status < 300; }
    /// 5xx: the server did not say what became of the request.
    bool failed() const { return status >= 500; }
};

/// Why there is no answer.
enum class silence
{
    unsent, ///< the server knows nothing of the request
    unknown ///< it may have been carried out
};

/// One CouchDB as one user. It logs in when it must (a session cookie, renewed as the server says) and repeats a
/// request that was refused for want of a session, once. Thread-safe.
class server
{
  public:
    server(const options& with, credentials as);

    /// `path` begins with `/` and is percent-encoded. `body` is JSON.
    task<std::expected<answer, silence>> send(std::string method, std::string path, std::string body = {});

    /// Nothing is sent any more, and `trouble` says why: what is there is not what this process opened.
    void give_up(std::string why);
    /// What is wrong with the server or with our session; none: the last request was answered.
    std::optional<std::string> trouble() const;
    /// Requests that wrote something, so far.
    std::uint64_t writes() const { return writes_.load(); }

  private:
    task<std::expected<answer, silence>> once(std::string method, std::string path, std::string body);
    task<std::expected<answer, silence>> log_in();
    std::string cookie() const;
    void keep_cookie(const web::client_response& from);
    void note(std::optional<std::string> trouble);

    web::client client_;
    const std::string url_;
    const credentials as_;
    const milliseconds patience_;
    mutable std::mutex mutex_;
    std::string cookie_;
    std::optional<std::string> trouble_;
    std::atomic<bool> given_up_{false};
    std::atomic<std::uint64_t> writes_{0};
};

} // namespace edm::store_couchdb
