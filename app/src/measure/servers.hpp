#pragma once

#include "child.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace edm::measure {

/// A server that a placement needs. Each placement finds it as if nothing had ever been on it.
class server
{
  public:
    virtual ~server() = default;
    virtual std::string url() const = 0;
    /// Its process, for what it uses; 0 where it does not run on this machine, or may not be looked at.
    virtual pid_t pid() const = 0;
};

/// What a broker holds of ours.
struct broker_names
{
    std::vector<std::string> exchanges, queues;
};

/// Where Debian's rabbitmq-server is not installed: what to install. Else empty.
std::string missing_rabbitmq();
/// A RabbitMQ of our own: loopback, free ports, settings as Debian has them, all its files below `directory`. Ready
/// when this returns; killed at the end.
std::unique_ptr<server> own_rabbitmq(const std::filesystem::path& directory);
/// A RabbitMQ that somebody else runs. Throws std::runtime_error where it cannot be reached, or already holds one of
/// the queues: it is in use. They are deleted at the end, with the exchanges.
std::unique_ptr<server> given_rabbitmq(const std::string& url, broker_names names, pid_t pid);

struct couchdb_login
{
    std::string url, user, password;
};
/// A CouchDB that somebody else runs. Databases with this prefix, and the user, are deleted at the end.
std::unique_ptr<server> given_couchdb(const couchdb_login& at, const std::string& prefix, const std::string& app_user,
                                      pid_t pid);

} // namespace edm::measure
