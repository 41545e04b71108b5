#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace edm::app {

class program;
struct stored_state;

enum class verdict : std::uint8_t
{
    ok,
    warn, ///< works, and somebody should look at it
    fail  ///< does not work, or not safely
};

/// What the doctor says of one thing, and what to do about it.
struct finding
{
    verdict level = verdict::ok;
    std::string subject;
    std::string sentence;
};

/// The findings so far, in the order of the checks.
class findings
{
  public:
    void ok(std::string_view subject, std::string sentence) { add(verdict::ok, subject, std::move(sentence)); }
    void warn(std::string_view subject, std::string sentence) { add(verdict::warn, subject, std::move(sentence)); }
    void fail(std::string_view subject, std::string sentence) { add(verdict::fail, subject, std::move(sentence)); }
    const std::vector<finding>& all() const { return all_; }
    verdict worst() const;

  private:
    void add(verdict level, std::string_view subject, std::string sentence)
    {
        all_.push_back({level, std::string{subject}, std::move(sentence)});
    }
    std::vector<finding> all_;
};

/// SQLite, clock, open files: of the machine, whatever the settings.
void check_machine(findings& to, const program& declared);
/// The data directory and the files in it that others must not read. The settings are loaded.
void check_files(findings& to, const program& declared);
/// The broker, where there is one, and what waits in it for subscriptions that nobody runs.
void check_broker(findings& to, const program& declared);
/// The database server, where there is one, and what its stores hold for an operator to look at.
void check_database(findings& to, const program& declared);
/// Subscriptions that nobody declares, dead letters, exhausted work.
void tell_stored_state(findings& to, const stored_state& state);
/// The process, its port, its stores, what its subscriptions hold; or the same from the files where none runs.
void check_state(findings& to, const program& declared);

} // namespace edm::app
