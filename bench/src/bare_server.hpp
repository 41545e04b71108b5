#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace edm::bench {

/// The reference of B1 and B2: Boost.Beast on Asio's own coroutines as its documentation shows it, one io_context and
/// thread per core, sockets typed on it. It answers every request with the same JSON body, and does nothing else.
class bare_server
{
  public:
    explicit bare_server(std::string body);
    ~bare_server();
    std::uint16_t port() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace edm::bench
