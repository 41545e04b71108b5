#pragma once

#include "measure/catalogue.hpp"
#include "measure/crowd.hpp"
#include "process.hpp"

#include <edm/security/jwt.hpp>
#include <edm/store/store.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace edm::bench {

/// The whole program in this process, on a fresh data directory and a free port, with payments that settle at once.
class shop
{
  public:
    explicit shop(const std::filesystem::path& data);
    ~shop();

    std::uint16_t port() const { return process_->port(); }
    /// A token that the program's own key signed: a user whom the shop never heard of counts as one whose events are
    /// still on their way.
    std::string token(std::string user_id, bool administrator = false) const;
    const std::vector<std::string>& recipes() const { return recipes_; }
    /// Loads so many recipes as the administrator, beside the starter catalogue.
    void load_recipes(std::size_t count);
    /// As clients see it; not beyond the life of this.
    measure::visited visited() const;
    void drain();
    store::counts counted(std::string_view service) const;
    const std::vector<std::string>& services() const;

  private:
    void read_recipes();

    std::unique_ptr<app::process> process_;
    std::unique_ptr<security::token_signer> signer_;
    std::string card_;
    std::vector<std::string> recipes_;
};

std::string read_file(const std::filesystem::path& path);

} // namespace edm::bench
