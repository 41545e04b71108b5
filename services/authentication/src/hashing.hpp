#pragma once

#include <edm/core/result.hpp>
#include <edm/core/task.hpp>
#include <edm/service/resources.hpp>

#include <string>

namespace edm::authentication {

/// The platform's hasher with its overload as a failure: an answer 503 that says when to come again. Thread-safe.
class hashing
{
  public:
    explicit hashing(const resources& from) : from_(from) {}

    task<result<std::string>> hash(std::string password) const;
    task<result<bool>> verify(std::string password, std::string hash) const;
    /// False after the time that a wrong password takes.
    task<result<bool>> verify_nobody(std::string password) const;

  private:
    const resources& from_;
};

} // namespace edm::authentication
