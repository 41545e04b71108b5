#include "stream.hpp"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace edm::measure {

stream::stream(poller& by, std::uint16_t port, std::string_view token, traffic& counted, line_handler each)
    : socket_(connect_to(port)), counted_(counted), each_(std::move(each))
{
    by.watch(socket_.get(), *this);
    send_whole(socket_.get(),
               fmt::format("GET /notifications HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n\r\n", token),
               counted_);
}

void stream::ready()
{
    read_all(socket_.get(), raw_, counted_);
    if (!open_)
        take_head();
    if (!open_)
        return;
    if (chunked_)
        take_chunks();
    else
        text_.append(std::exchange(raw_, {}));
    std::size_t from = 0;
    for (auto end = text_.find('\n'); end != text_.npos; end = text_.find('\n', from)) {
        each_(std::string_view{text_}.substr(from, end - from));
        from = end + 1;
    }
    text_.erase(0, from);
}

void stream::take_head()
{
    auto end = raw_.find("\r\n\r\n");
    if (end == raw_.npos)
        return;
    if (!raw_.starts_with("HTTP/1.1 200 "))
        throw std::runtime_error("a stream was refused: " + raw_);
    chunked_ = field_of(std::string_view{raw_}.substr(0, end + 2), "Transfer-Encoding") == "chunked";
    raw_.erase(0, end + 4);
    open_ = true;
}

void stream::take_chunks()
{
    std::size_t at = 0;
    while (at != raw_.size()) {
        if (chunk_ == 0) {
            auto end = raw_.find("\r\n", at);
            if (end == raw_.npos)
                break;
            std::from_chars(raw_.data() + at, raw_.data() + end, chunk_, 16);
            if (chunk_ == 0)
                throw std::runtime_error("the shop ended a stream");
            chunk_ += 2; // the line end behind it
            at = end + 2;
            continue;
        }
        auto part = std::min(chunk_, raw_.size() - at);
        auto text = chunk_ > 2 ? std::min(part, chunk_ - 2) : 0;
        text_.append(raw_, at, text);
        at += part;
        chunk_ -= part;
    }
    raw_.erase(0, at);
}

namespace {

/// What follows a word of a mail's source, up to what cannot be part of an address or a token.
std::string word_after(std::string_view source, std::string_view before)
{
    auto at = source.find(before);
    if (at == source.npos)
        return {};
    source.remove_prefix(at + before.size());
    static constexpr std::string_view part = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@+";
    return std::string{source.substr(0, source.find_first_not_of(part))};
}

/// Undoes quoted-printable as far as it can stand in an address: soft line ends, and `=3D`.
std::string unquoted(std::string text)
{
    for (auto at = text.find("=\r\n"); at != text.npos; at = text.find("=\r\n", at))
        text.erase(at, 3);
    for (auto at = text.find("=3D"); at != text.npos; at = text.find("=3D", at + 1))
        text.replace(at, 3, "=");
    return text;
}

} // namespace

mail_watch::mail_watch(poller& by, std::string folder, mail_handler each)
    : folder_(std::move(folder)), fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), each_(std::move(each))
{
    if (fd_.get() < 0 || ::inotify_add_watch(fd_.get(), folder_.c_str(), IN_MOVED_TO) < 0)
        throw std::runtime_error(fmt::format("{} cannot be watched: {}", folder_, std::strerror(errno)));
    by.watch(fd_.get(), *this);
}

void mail_watch::ready()
{
    alignas(inotify_event) char bytes[16 * 1024];
    auto got = ::read(fd_.get(), bytes, sizeof bytes);
    for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(bytes + at);
        at += static_cast<ssize_t>(sizeof *event + event->len);
        std::string_view name = event->len != 0 ? event->name : "";
        if (name.starts_with('.') || !name.ends_with(".eml"))
            continue;
        std::ifstream in{fmt::format("{}/{}", folder_, name), std::ios::binary};
        auto source = unquoted({std::istreambuf_iterator<char>{in}, {}});
        each_(word_after(source, "\r\nTo: "), word_after(source, "token="));
    }
}

} // namespace edm::measure
