#pragma once

#include <boost/json/value.hpp>

#include <sys/types.h>

#include <filesystem>
#include <initializer_list>
#include <string>

namespace edm::mail_engine {

/// A process that runs `smtp_server.py`. Throws where it cannot be installed or does not start, with the reason.
class smtp_server_process
{
  public:
    explicit smtp_server_process(std::initializer_list<const char*> modes);
    ~smtp_server_process();
    smtp_server_process(const smtp_server_process&) = delete;
    smtp_server_process& operator=(const smtp_server_process&) = delete;

    int port() const { return port_; }
    std::string ca_file() const { return (folder_ / "ca.pem").string(); }
    /// The next mail that the server took; waits for it.
    boost::json::value next_mail();
    /// Whether it took another one so far.
    bool has_mail() const;

  private:
    std::string line();

    std::filesystem::path folder_;
    pid_t pid_ = -1;
    int in_ = -1;  ///< its standard input: closing it ends the server
    int out_ = -1; ///< its standard output
    std::string read_;
    int port_ = 0;
};

} // namespace edm::mail_engine
