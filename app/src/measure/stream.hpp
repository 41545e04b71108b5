#pragma once

#include "pool.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace edm::measure {

/// A user that follows its notifications: HTTP/1.1 with a chunked body, as the shop or a proxy before it sends it.
class stream final : public watched
{
  public:
    using line_handler = std::function<void(std::string_view line)>;

    stream(poller& by, std::uint16_t port, std::string_view token, traffic& counted, line_handler each);
    /// Its head has come.
    bool open() const { return open_; }
    void ready() override;

  private:
    void take_head();
    void take_chunks();

    descriptor socket_;
    traffic& counted_;
    line_handler each_;
    std::string raw_, text_; ///< as received; without the framing of chunks
    std::size_t chunk_ = 0;  ///< what is left of the present chunk, with its line end
    bool open_ = false, chunked_ = false;
};

/// The folder where mails of confirmation land: tells of each as it is written.
class mail_watch final : public watched
{
  public:
    using mail_handler = std::function<void(const std::string& to, const std::string& token)>;

    mail_watch(poller& by, std::string folder, mail_handler each);
    void ready() override;

  private:
    std::string folder_;
    descriptor fd_;
    mail_handler each_;
};

} // namespace edm::measure
