#include "findings.hpp"
#include "program.hpp"

#include <edm/core/time.hpp>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/timex.h>

namespace edm::app {

namespace {

constexpr int oldest_sqlite = 3'040'000;
constexpr rlim_t wanted_files = 8192; ///< a connection is a file
constexpr rlim_t least_files = 256;

void check_sqlite(findings& to)
{
    auto sentence = fmt::format("version {}", sqlite3_libversion());
    if (sqlite3_libversion_number() < oldest_sqlite)
        to.fail("SQLite", sentence + " is older than 3.40; install a newer libsqlite3-0");
    else if (sqlite3_threadsafe() == 0)
        to.fail("SQLite", sentence + " was built without threads; install Debian's libsqlite3-0");
    else
        to.ok("SQLite", sentence);
}

void check_clock(findings& to, const program& declared)
{
    auto now = declared.environment.now();
    auto shown = to_rfc3339(now);
    if (now < *from_rfc3339("2024-01-01T00:00:00Z")) {
        to.fail("clock",
                fmt::format("{} is in the past; tokens and webhooks depend on the time: set the clock", shown));
        return;
    }
    timex state{};
    if (::adjtimex(&state) == TIME_ERROR)
        to.warn("clock", fmt::format("{}, not synchronised; webhooks are refused when it is 5 minutes wrong: run a "
                                     "time service such as systemd-timesyncd",
                                     shown));
    else
        to.ok("clock", shown);
}

void check_open_files(findings& to)
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur == RLIM_INFINITY) {
        to.ok("open files", "no limit");
        return;
    }
    auto sentence = fmt::format("at most {}", limit.rlim_cur);
    if (limit.rlim_cur < least_files)
        to.fail("open files", sentence + fmt::format("; raise it with ulimit -n {}", wanted_files));
    else if (limit.rlim_cur < wanted_files)
        to.warn("open files",
                sentence + fmt::format(", so fewer connections; raise it with ulimit -n {}", wanted_files));
    else
        to.ok("open files", sentence);
}

} // namespace

verdict findings::worst() const
{
    auto out = verdict::ok;
    for (const auto& one : all_)
        out = std::max(out, one.level);
    return out;
}

void check_machine(findings& to, const program& declared)
{
    check_sqlite(to);
    check_clock(to, declared);
    check_open_files(to);
}

} // namespace edm::app
