#include "commands.hpp"
#include "measure/disk.hpp"
#include "measure/interrupt.hpp"
#include "measure/results.hpp"
#include "measure/servers.hpp"
#include "measure/syncs.hpp"
#include "program.hpp"
#include "table.hpp"

#include <edm/core/environment.hpp>

#include <boost/url.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

namespace edm::app {

namespace {

using namespace edm::measure;

constexpr std::array placements{
    placement{"one-embedded", "one process, SQLite, events in memory", "sqlite", "embedded", false},
    placement{"one-rabbitmq", "one process, SQLite, RabbitMQ", "sqlite", "rabbitmq", false},
    placement{"split-rabbitmq", "a process per service, SQLite, RabbitMQ", "sqlite", "rabbitmq", true},
    placement{"one-couchdb", "one process, CouchDB, RabbitMQ", "couchdb", "rabbitmq", false},
    placement{"split-couchdb", "a process per service, CouchDB, RabbitMQ", "couchdb", "rabbitmq", true},
};

struct measure_options
{
    std::string rabbitmq, couchdb, couchdb_user, couchdb_password, out = "measured";
    pid_t rabbitmq_pid = 0, couchdb_pid = 0;
    std::vector<std::string> only;
    bool no_proxy = false;
    workload work;
};

std::string machine()
{
    utsname system{};
    ::uname(&system);
    auto memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
    return fmt::format("{} cores, {:.0f} GiB of memory, {} {}", std::thread::hardware_concurrency(),
                       memory / (1024.0 * 1024 * 1024), system.sysname, system.release);
}

broker_names names_of(const program& declared)
{
    broker_names out{.exchanges = {"edm.broadcast"}, .queues = {"edm.unreadable"}};
    for (const auto& topic : declared.model.topics)
        out.exchanges.push_back("edm." + topic.name);
    for (const auto& subscription : declared.model.subscriptions)
        out.queues.push_back("edm." + subscription.name);
    for (const auto& service : declared.services) {
        out.queues.push_back(fmt::format("edm.{}.baseline", service->name()));
        out.exchanges.push_back(fmt::format("edm.{}.log", service->name()));
    }
    return out;
}

/// `http://user:password@host:port`, and the user and password that its own settings name.
couchdb_login login_of(const measure_options& with)
{
    auto parsed = boost::urls::parse_uri(with.couchdb);
    if (!parsed)
        throw usage_error("EDM_COUCHDB_URL: write http://127.0.0.1:5984");
    boost::urls::url url{*parsed};
    couchdb_login out{.url = {}, .user = with.couchdb_user, .password = with.couchdb_password};
    if (url.has_userinfo()) {
        out.user = url.user();
        out.password = url.password();
        url.remove_userinfo();
    }
    out.url = url.buffer();
    while (out.url.ends_with('/'))
        out.url.pop_back();
    return out;
}

/// Why a placement cannot be run here; empty: it can.
std::string missing_for(const placement& p, const measure_options& with)
{
    if (p.bus == "rabbitmq" && with.rabbitmq.empty())
        if (auto missing = missing_rabbitmq(); !missing.empty())
            return missing;
    if (p.store == "couchdb" && with.couchdb.empty())
        return "EDM_COUCHDB_URL names no CouchDB";
    return {};
}

class measurement
{
  public:
    explicit measurement(const measure_options& with) : with_(with), out_(std::filesystem::absolute(with.out))
    {
        in_.program = std::filesystem::read_symlink("/proc/self/exe");
        for (const auto& service : declared_.services)
            in_.services.emplace_back(service->name());
        if (!with.no_proxy)
            in_.proxy = find_program("nginx", {"/usr/sbin", "/usr/local/sbin"});
        scratch_ = out_ / "data";
        std::filesystem::create_directories(scratch_);
        found_.version = version();
        found_.measured_at = to_rfc3339(environment{}.now());
        found_.processor = processor_name();
        found_.machine = machine();
        found_.syncs_counted = sync_counter::method();
        found_.work = with.work;
        found_.work.buyers = static_cast<std::size_t>(std::max(200.0, 30 * with.work.seconds));
        auto syncs = latency_of(sync_times(scratch_, 200));
        found_.sync_ms = syncs.p50;
    }
    ~measurement()
    {
        std::error_code ignored;
        std::filesystem::remove_all(scratch_, ignored);
    }

    int run()
    {
        for (const auto& p : placements) {
            if (!with_.only.empty() && std::ranges::find(with_.only, p.id) == with_.only.end())
                continue;
            if (auto missing = missing_for(p, with_); !missing.empty()) {
                leave_out(p, missing);
                continue;
            }
            try {
                found_.outcomes.push_back(run(p));
            } catch (const std::runtime_error& e) {
                leave_out(p, e.what());
                failed_ = true;
            }
        }
        auto text = as_text(found_);
        fmt::print("\n{}", text);
        write("measure.json", as_json(found_));
        write("measure.html", as_html(found_));
        fmt::print("\n{0}/measure.json\n{0}/measure.html\n", with_.out);
        bool wrong = std::ranges::any_of(found_.outcomes, [](const outcome& o) {
            return o.refused != 0 || !o.audit || o.audit->behind > 0 || o.audit->lost > 0;
        });
        return failed_ || wrong || found_.outcomes.empty() ? 1 : 0;
    }

  private:
    outcome run(const placement& p)
    {
        auto say = [&](const std::string& what) {
            fmt::print("{}: {}\n", p.id, what);
            std::fflush(stdout);
        };
        auto directory = scratch_ / p.id;
        std::filesystem::remove_all(directory);
        std::filesystem::create_directories(directory);
        std::map<std::string, std::string> settings;
        std::unique_ptr<server> broker, database;
        if (p.bus == "rabbitmq") {
            say(with_.rabbitmq.empty() ? "starting a broker" : "looking for the broker");
            broker = with_.rabbitmq.empty() ? own_rabbitmq(directory / "rabbitmq")
                                            : given_rabbitmq(with_.rabbitmq, names_of(declared_), with_.rabbitmq_pid);
            settings.emplace("EDM_RABBITMQ_URL", broker->url());
        }
        if (p.store == "couchdb") {
            environment now;
            auto name = "measure-" + now.random->hex(4);
            auto at = login_of(with_);
            database = given_couchdb(at, name, name, with_.couchdb_pid);
            settings.emplace("EDM_COUCHDB_URL", at.url);
            settings.emplace("EDM_COUCHDB_PREFIX", name + "-");
            settings.emplace("COUCHDB_USER", at.user);
            settings.emplace("COUCHDB_PASSWORD", at.password);
            settings.emplace("COUCHDB_APP_USER", name);
            settings.emplace("COUCHDB_APP_PASSWORD", now.random->hex(16));
        }
        say("starting");
        study one{p, in_, directory, std::move(settings), broker.get(), database.get(), found_.work, say};
        auto out = one.run();
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
        return out;
    }

    void leave_out(const placement& p, const std::string& why)
    {
        fmt::print("{}: not run: {}\n", p.id, why);
        std::fflush(stdout);
        found_.not_run.push_back(fmt::format("{} ({}): {}", p.id, p.title, why));
    }

    void write(const char* name, const std::string& content) const
    {
        std::ofstream file{out_ / name};
        file << content;
        if (!file.flush())
            throw std::runtime_error(fmt::format("{}/{} cannot be written", with_.out, name));
    }

    const measure_options& with_;
    std::filesystem::path out_, scratch_;
    program declared_;
    surroundings in_;
    results found_;
    bool failed_ = false;
};

int measure_all(const measure_options& with)
{
    for (const auto& id : with.only)
        if (std::ranges::none_of(placements, [&](const placement& p) { return p.id == id; }))
            throw usage_error(fmt::format("--only: there is no placement {}", for_terminal(id)));
    std::signal(SIGPIPE, SIG_IGN);
    note_interrupts();
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    try {
        return measurement{with}.run();
    } catch (const interrupted&) {
        fmt::print(stderr, "edm: interrupted; what was started is stopped, and nothing is written\n");
        return 130;
    }
}

} // namespace

void add_measure(CLI::App& to, int& code)
{
    auto* command = to.add_subcommand("measure", "Measure what engines and placements cost, on this machine");
    std::string text =
        "Runs the same workload of users who browse, sign up and buy, by the same seed, on one placement\n"
        "after the other, each on fresh data with processes of its own; a broker or database that is given serves "
        "all:\n\n";
    for (const auto& p : placements)
        text += fmt::format("  {:<15} {}\n", p.id, p.title);
    text +=
        "\nWithout --rabbitmq a broker is started for each placement where rabbitmq-server is installed. Services in\n"
        "processes of their own are joined by nginx where it is installed. What cannot be run is said, with the\n"
        "reason. Clients, services and servers share the machine: compare within a run, not between machines.\n\n"
        "On a given broker the virtual host must be unused: its queues edm.* are deleted afterwards. On a given\n"
        "CouchDB the databases have a prefix of their own, and are deleted too.\n\n"
        "Prints a table; writes measure.json and measure.html. Exit code 1 where a placement failed, an answer was\n"
        "refused, or the audit found something lost.";
    command->footer(text);
    auto with = std::make_shared<measure_options>();
    command->add_option("--rabbitmq", with->rabbitmq, "The broker, amqp://user:password@host:port/vhost")
        ->envname("EDM_RABBITMQ_URL")
        ->type_name("URL");
    command->add_option("--couchdb", with->couchdb, "The database, http://127.0.0.1:port")
        ->envname("EDM_COUCHDB_URL")
        ->type_name("URL");
    command->add_option("--couchdb-user", with->couchdb_user, "Its administrator")
        ->envname("COUCHDB_USER")
        ->type_name("NAME");
    command->add_option("--couchdb-password", with->couchdb_password, "Better by the environment")
        ->envname("COUCHDB_PASSWORD")
        ->type_name("PASSWORD");
    command
        ->add_option("--rabbitmq-pid", with->rabbitmq_pid,
                     "Its process, where it is not the one that listens on this machine")
        ->type_name("PID");
    command->add_option("--couchdb-pid", with->couchdb_pid, "The same of the database")->type_name("PID");
    command->add_option("--only", with->only, "This placement; may be repeated")->type_name("ID");
    command->add_option("--seed", with->work.seed, "What users choose, and when")->capture_default_str();
    command->add_option("--seconds", with->work.seconds, "How long each closed loop lasts; the open loop twice as long")
        ->check(CLI::Range(0.5, 600.0))
        ->capture_default_str();
    command->add_option("--rate", with->work.rates.purchases, "Purchases a second in the open loop")
        ->check(CLI::Range(0.1, 1000.0))
        ->capture_default_str();
    command->add_flag("--no-proxy", with->no_proxy, "Clients know which process answers what");
    command
        ->add_option("--out", with->out, "Where the results go, and the data while it runs: on the disk that is meant")
        ->type_name("DIR")
        ->capture_default_str();
    command->callback([with, &code] { code = measure_all(*with); });
}

} // namespace edm::app
