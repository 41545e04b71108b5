#include "buyers.hpp"

#include "load.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>
#include <stdexcept>
#include <unordered_map>

namespace edm::bench {

namespace {
using steady = std::chrono::steady_clock;
constexpr std::size_t pool_size = 64;
} // namespace

class buyers::crowd
{
  public:
    crowd(const shop& at, std::size_t users) : shop_(at), poller_(::epoll_create1(EPOLL_CLOEXEC))
    {
        static std::size_t groups = 0;
        auto group = groups++;
        for (std::size_t i = 0; i != users; ++i) {
            auto& u = users_.emplace_back();
            u.token = at.token(fmt::format("buyer-{}-{}@example.org", group, i));
            add(kind::stream, i);
            send_now(*peers_.back(),
                     "GET /notifications HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + u.token + "\r\n\r\n");
        }
        auto until = steady::now() + std::chrono::seconds{30};
        while (open_streams_ != users && steady::now() < until)
            turn(100);
        if (open_streams_ != users)
            throw std::runtime_error("not all streams opened");
        for (std::size_t i = 0; i != pool_size; ++i) {
            add(kind::buying, 0);
            idle_.push_back(peers_.back().get());
        }
    }
    ~crowd()
    {
        for (auto& p : peers_)
            ::close(p->fd);
        ::close(poller_);
    }

    std::size_t left() const { return users_.size() * shop_.recipes().size() - next_; }
    std::size_t under_way() const { return begun_.size(); }
    result& now_counting() { return counting_; }

    /// Begins the next purchase; its latency counts from `since`.
    bool begin(steady::time_point since)
    {
        if (left() == 0)
            return false;
        auto user = next_ % users_.size();
        const auto& recipe = shop_.recipes()[next_ / users_.size()];
        ++next_;
        begun_.emplace(fmt::format("{}/{}", user, recipe), since);
        auto body = fmt::format(R"({{"encr_info":"{}"}})", shop_.card());
        waiting_.push_back(fmt::format("POST /buy-recipe/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n"
                                       "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                       recipe, users_[user].token, body.size(), body));
        give_out();
        return true;
    }

    /// Takes what has arrived, waiting for at most so many milliseconds.
    void turn(int milliseconds)
    {
        epoll_event events[128];
        int ready = ::epoll_wait(poller_, events, 128, milliseconds);
        for (int i = 0; i < ready; ++i) {
            auto& p = *peers_[events[i].data.u64];
            auto got = ::recv(p.fd, buffer_, sizeof buffer_, 0);
            if (got < 0 && errno == EAGAIN)
                continue;
            if (got <= 0)
                throw std::runtime_error("the shop closed a connection");
            p.received.append(buffer_, static_cast<std::size_t>(got));
            p.of == kind::stream ? read_stream(p) : read_answer(p);
        }
        give_out();
    }

  private:
    enum class kind
    {
        stream,
        buying
    };
    struct user
    {
        std::string token;
    };
    struct peer
    {
        int fd;
        kind of;
        std::size_t user;
        std::string received;
        bool open = false;
    };

    void add(kind of, std::size_t user)
    {
        auto& p = *peers_.emplace_back(std::make_unique<peer>(peer{connect_to(shop_.port()), of, user, {}}));
        epoll_event e{.events = EPOLLIN, .data = {.u64 = peers_.size() - 1}};
        ::epoll_ctl(poller_, EPOLL_CTL_ADD, p.fd, &e);
    }

    void send_now(peer& p, std::string_view bytes)
    {
        // A request is far smaller than an empty socket buffer.
        if (::send(p.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
            throw std::runtime_error("a request could not be sent whole");
    }

    void give_out()
    {
        while (!idle_.empty() && !waiting_.empty()) {
            auto* p = idle_.back();
            idle_.pop_back();
            send_now(*p, waiting_.front());
            waiting_.pop_front();
        }
    }

    void read_answer(peer& p)
    {
        auto end = p.received.find("\r\n\r\n");
        if (end == p.received.npos)
            return;
        static constexpr std::string_view field = "Content-Length: ";
        auto at = p.received.find(field);
        std::size_t body = at < end ? std::stoul(p.received.substr(at + field.size(), 10)) : 0;
        if (p.received.size() < end + 4 + body)
            return;
        if (!p.received.starts_with("HTTP/1.1 201 ")) {
            if (counting_.refused++ == 0)
                fmt::print(stderr, "a purchase was answered: {}\n", p.received);
        }
        p.received.clear();
        idle_.push_back(&p);
    }

    /// Each message is one line; several may have come.
    void read_stream(peer& p)
    {
        if (!p.open) {
            auto end = p.received.find("\r\n\r\n");
            if (end == p.received.npos)
                return;
            if (!p.received.starts_with("HTTP/1.1 200 "))
                throw std::runtime_error("a stream was refused: " + p.received);
            p.open = true;
            ++open_streams_;
            p.received.erase(0, end + 4);
        }
        std::size_t from = 0;
        for (auto end = p.received.find('\n', from); end != p.received.npos; end = p.received.find('\n', from)) {
            read_line(p, std::string_view{p.received}.substr(from, end - from));
            from = end + 1;
        }
        p.received.erase(0, from);
    }

    void read_line(const peer& p, std::string_view line)
    {
        static constexpr std::string_view id = R"("recipe_id":")";
        if (line.find(R"("payment_status":1)") == line.npos)
            return;
        auto at = line.find(id);
        if (at == line.npos)
            throw std::runtime_error("a message names no recipe");
        line.remove_prefix(at + id.size());
        auto purchase = begun_.find(fmt::format("{}/{}", p.user, line.substr(0, line.find('"'))));
        if (purchase == begun_.end())
            throw std::runtime_error("a purchase was told twice, or never made");
        counting_.milliseconds.push_back(
            std::chrono::duration<double, std::milli>(steady::now() - purchase->second).count());
        ++counting_.purchases;
        begun_.erase(purchase);
    }

    const shop& shop_;
    int poller_;
    std::vector<user> users_;
    std::vector<std::unique_ptr<peer>> peers_;
    std::vector<peer*> idle_;
    std::deque<std::string> waiting_;
    std::unordered_map<std::string, steady::time_point> begun_;
    std::size_t open_streams_ = 0, next_ = 0;
    result counting_;
    char buffer_[64 * 1024];
};

buyers::buyers(const shop& at, std::size_t users) : crowd_(std::make_unique<crowd>(at, users)) {}
buyers::~buyers() = default;

std::size_t buyers::left() const
{
    return crowd_->left();
}

namespace {

void finish_all(auto& crowd)
{
    auto until = steady::now() + std::chrono::seconds{20};
    while (crowd.under_way() != 0) {
        if (steady::now() > until)
            throw std::runtime_error(fmt::format("{} purchases never ended", crowd.under_way()));
        crowd.turn(10);
    }
}

} // namespace

buyers::result buyers::saturate(std::size_t under_way, std::chrono::milliseconds length)
{
    auto& c = *crowd_;
    c.now_counting() = {};
    const auto began = steady::now();
    auto now = began;
    for (; now < began + length; now = steady::now()) {
        while (c.under_way() < under_way && c.begin(steady::now())) {
        }
        if (c.under_way() == 0)
            break;
        c.turn(10);
    }
    auto out = c.now_counting();
    out.per_second = static_cast<double>(out.purchases) / std::chrono::duration<double>(now - began).count();
    finish_all(c);
    return out;
}

buyers::result buyers::at_rate(double per_second, std::chrono::milliseconds length)
{
    auto& c = *crowd_;
    c.now_counting() = {};
    const auto began = steady::now();
    const auto step = std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(1 / per_second));
    auto next = began;
    while (next < began + length) {
        auto now = steady::now();
        for (; next <= now; next += step)
            c.begin(next);
        auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(next - now).count();
        c.turn(static_cast<int>(rest));
    }
    finish_all(c);
    return std::move(c.now_counting());
}

buyers::result buyers::one_by_one(std::size_t count)
{
    auto& c = *crowd_;
    c.now_counting() = {};
    for (std::size_t i = 0; i != count; ++i) {
        c.begin(steady::now());
        finish_all(c);
    }
    return std::move(c.now_counting());
}

} // namespace edm::bench
