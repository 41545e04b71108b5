// B5 and B6: what the program needs before anybody asks it anything.

#include "benchmarks.hpp"
#include "child.hpp"
#include "measure/load.hpp"
#include "shop.hpp"
#include "stage.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace edm::bench {

using namespace measure;

namespace {

using namespace std::chrono_literals;

security::token_signer signer_of(const std::filesystem::path& data)
{
    return security::token_signer{read_file(data / "secrets" / "ACCESS_TOKEN_SECRET_KEY")};
}

/// Streams that are open and say nothing; one user each.
class idle_streams
{
  public:
    idle_streams(std::uint16_t port, const security::token_signer& tokens, std::size_t count)
    {
        for (std::size_t i = 0; i != count; ++i) {
            auto token = access_token(tokens, fmt::format("listener-{}@example.org", i));
            auto request =
                "GET /notifications HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\n\r\n";
            int fd = connect_to(port);
            sockets_.push_back(fd);
            if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0)
                throw std::runtime_error("a stream cannot be asked for");
        }
    }
    ~idle_streams()
    {
        for (int fd : sockets_)
            ::close(fd);
    }
    /// Waits until each has begun.
    void begun()
    {
        char bytes[4096];
        const auto until = std::chrono::steady_clock::now() + 60s;
        for (int fd : sockets_)
            while (::recv(fd, bytes, sizeof bytes, 0) <= 0) {
                if (std::chrono::steady_clock::now() > until)
                    throw std::runtime_error("a stream did not begin");
                std::this_thread::sleep_for(1ms);
            }
    }

  private:
    std::vector<int> sockets_;
};

void load_into(const child& program, const std::filesystem::path& data, std::size_t recipes)
{
    auto token = access_token(signer_of(data), "administrator@example.org", true);
    auto answer = ask(program.port(), upload_request(catalogue(recipes), token));
    if (!answer.starts_with("HTTP/1.1 201 "))
        throw std::runtime_error("loading recipes: " + answer);
}

} // namespace

void measure_memory(const settings& s, report& to)
{
    const auto data = s.scratch / "b5";
    child program{data};
    std::this_thread::sleep_for(2s); // the first start loads its catalogue
    auto idle = static_cast<double>(program.resident()) / 1024;
    to.add({.id = "B5",
            .measure = "MiB resident, idle",
            .value = fmt::format("{:.1f}", idle),
            .target = "≤ 25",
            .came_to = passes(idle <= 25),
            .figures = {{"mib", idle}}});
    const std::size_t count = s.quick ? 2000 : 10'000;
    auto before = program.resident();
    idle_streams streams{program.port(), signer_of(data), count};
    streams.begun();
    std::this_thread::sleep_for(1500ms); // buffers of idle connections are given back after a second
    auto each = static_cast<double>(program.resident() - before) / static_cast<double>(count);
    to.add({.id = "B5",
            .measure = fmt::format("KiB a stream, {} idle ones", count),
            .value = fmt::format("{:.1f}", each),
            .target = "≤ 4",
            .came_to = passes(each <= 4),
            .figures = {{"kib_a_stream", each}}});
}

void measure_start(const settings& s, report& to)
{
    const auto data = s.scratch / "b6";
    {
        child first{data};
        load_into(first, data, 400);
        std::this_thread::sleep_for(1s);
        first.stop();
    }
    const int rounds = s.quick ? 7 : 15;
    std::vector<double> clean, killed;
    for (int i = 0; i != rounds; ++i) {
        child next{data};
        clean.push_back(next.milliseconds_to_ready());
        next.kill();
        child again{data};
        killed.push_back(again.milliseconds_to_ready());
        again.stop();
    }
    for (auto& [name, times] : {std::pair{"a clean stop", &clean}, std::pair{"SIGKILL", &killed}}) {
        auto t = of(*times);
        to.add({.id = "B6",
                .measure = fmt::format("ms from start to /readyz, 400 recipes, after {}", name),
                .value = fmt::format("{:.0f} ({:.0f}–{:.0f})", t.median, t.lowest, t.highest),
                .target = "≤ 50",
                .came_to = passes(t.median <= 50),
                .figures = {{"ms", t.median}}});
    }
}

} // namespace edm::bench
