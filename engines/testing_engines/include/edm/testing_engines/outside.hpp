#pragma once

#include <edm/core/executor.hpp>
#include <edm/security/password.hpp>
#include <edm/service/resources.hpp>

#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace edm::testing {

/// Keeps mails instead of sending them.
class kept_mails final : public mailer
{
  public:
    std::vector<mail> sent;
    bool away = false; ///< while set every mail fails

    task<std::expected<void, std::string>> send(mail message) override
    {
        if (away)
            co_return std::unexpected("the mail server is away");
        sent.push_back(std::move(message));
        co_return std::expected<void, std::string>{};
    }
    /// What follows `before` in the text of the last mail, up to white space: the token of its link.
    std::string token_after(std::string_view before) const
    {
        const auto& text = sent.at(sent.size() - 1).text;
        const auto from = text.find(before) + before.size();
        return text.substr(from, text.find_first_of(" \r\n", from) - from);
    }
};

/// A hasher that costs nothing, and counts.
class plain_hasher final : public security::password_hasher
{
  public:
    int hashed = 0;
    int verified = 0; ///< dummies too
    bool overloaded = false;

    task<std::string> hash(std::string password) override
    {
        refuse();
        ++hashed;
        co_return "plain:" + password;
    }
    task<bool> verify(std::string password, std::string hash) override
    {
        refuse();
        ++verified;
        co_return hash == "plain:" + password;
    }
    task<> verify_dummy(std::string) override
    {
        refuse();
        ++verified;
        co_return;
    }

  private:
    void refuse() const
    {
        if (overloaded)
            throw security::hashing_overloaded{};
    }
};

/// A call that a service made to an outside party.
struct outside_call
{
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    milliseconds limit{};

    std::string header(std::string_view name) const
    {
        for (const auto& [key, value] : headers)
            if (key == name)
                return value;
        return {};
    }
};

/// An outside party that answers what it is told to, in order; after that always the same.
class outside_party final : public http_caller
{
  public:
    using answer = std::expected<http_answer, http_problem>;

    explicit outside_party(int status = 200, std::string body = "{}")
        : otherwise{.status = status, .body = std::move(body)}
    {
    }

    std::deque<answer> answers;
    http_answer otherwise;
    std::vector<outside_call> calls;
    std::function<void()> meanwhile; ///< runs once, before an answer comes
    bool holds = false;              ///< while set no answer comes; `release()` ends it

    task<answer> post(std::string url, std::vector<std::pair<std::string, std::string>> headers, std::string body,
                      milliseconds limit) override
    {
        calls.push_back({std::move(url), std::move(headers), std::move(body), limit});
        if (meanwhile)
            std::exchange(meanwhile, {})();
        if (holds)
            (void)co_await callback<bool>([this](resumption<bool> done) { held_.push_back(done); });
        if (answers.empty())
            co_return otherwise;
        auto next = std::move(answers.front());
        answers.pop_front();
        co_return next;
    }
    void release()
    {
        holds = false;
        for (auto& done : std::exchange(held_, {}))
            done(true);
    }

  private:
    std::vector<resumption<bool>> held_;
};

} // namespace edm::testing
