#pragma once

#include "control_client.hpp"
#include "process.hpp"

#include <boost/json.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace edm::app {

/// What a command asks the program for and is refused. The sentence is shown; ends the program with code 1.
struct command_failed : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// The program as commands reach it: the process that runs over `EDM_DATA_DIR`, or, where none does, one that is
/// started here for the time of the command, on the control socket alone.
class control_session
{
  public:
    enum class new_data
    {
        refused, ///< what looks at data must not find nothing wrong in a directory that has none
        allowed
    };

    /// Throws usage_error where settings or the data directory are wrong.
    explicit control_session(new_data fresh = new_data::refused);
    ~control_session();

    /// The answer, whatever its status.
    control_answer send(const control_request& r) const { return client_->send(r); }
    /// The JSON of an answer with status 2xx; otherwise throws command_failed with the answer's own sentence.
    boost::json::value get(std::string target, milliseconds limit = milliseconds{60'000}) const;
    boost::json::value post(std::string target, const boost::json::value& body,
                            milliseconds limit = milliseconds{60'000}) const;

    /// Whether the process runs by itself.
    bool found_running() const { return !own_; }

  private:
    boost::json::value ask(const control_request& r) const;

    std::unique_ptr<process> own_;
    std::unique_ptr<control_client> client_;
};

/// The description in an answer of the common envelope (or of violations), else what its status says.
std::string reason_of(const control_answer& answer);

} // namespace edm::app
