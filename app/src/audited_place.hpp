#pragma once

#include "control_session.hpp"

#include <edm/delivery/audit.hpp>
#include <edm/web/client.hpp>

#include <set>
#include <string>

namespace edm::app {

/// Another process, reached by its control socket or by its URL: its ends of the audit. Used by one coroutine at a
/// time. What cannot be reached or read is thrown as command_failed, one line that names the place.
class audited_place final : public audit_side
{
  public:
    /// @param where a data directory in which a process runs, or an http or https URL
    audited_place(web::client& by, std::string where);

    const std::string& name() const { return name_; }
    bool has_url() const { return socket_.empty(); }
    /// The administrator's token; none where the process does not run the service that gives them.
    task<std::optional<std::string>> log_in(std::string user, std::string password);
    /// For all later questions to a URL.
    void use_token(std::string token) { token_ = std::move(token); }

    task<std::set<std::string>> services();

    task<std::uint32_t> epoch(std::string service) override;
    task<std::uint64_t> unsent(std::string service) override;
    task<std::vector<counter_entry>> counters(std::string topic, std::string after) override;
    task<std::vector<counter_entry>> marks(std::string subscription, std::string after) override;
    task<std::vector<audited_event>> parked(std::string subscription, std::string after_key, sequence after) override;
    task<bool> starting(std::string subscription) override;
    task<std::optional<std::uint64_t>> on_the_way(std::string subscription) override;
    /// Which events they are is known inside a process alone.
    task<bool> list_on_the_way(std::string, std::function<void(std::string_view, sequence)>) override;

  private:
    task<control_answer> send(web::client_request r);
    template <class Answer>
    task<Answer> get(std::string target);

    web::client& client_;
    std::string name_, base_, socket_, token_;
};

} // namespace edm::app
