#include "shop.hpp"

#include "measure/load.hpp"
#include "stage.hpp"

#include <edm/describe/describe.hpp>
#include <edm/security/fernet.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace edm::bench {

using namespace measure;

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

shop::shop(const std::filesystem::path& data)
{
    auto address = fmt::format("127.0.0.1:{}", free_port());
    ::setenv("EDM_DATA_DIR", data.c_str(), 1);
    ::setenv("EDM_LISTEN", address.c_str(), 1);
    ::setenv("EDM_PUBLIC_URL", ("http://" + address).c_str(), 1);
    ::setenv("EDM_PAYMENT_DELAY", "0s", 1);
    ::setenv("EDM_LOG_LEVEL", "warning", 1);
    std::filesystem::create_directories(data);
    process_ = std::make_unique<app::process>();
    process_->start();
    signer_ = std::make_unique<security::token_signer>(read_file(data / "secrets" / "ACCESS_TOKEN_SECRET_KEY"));
    environment now;
    card_ = security::fernet_encrypt(
        read_file(data / "secrets" / "PAYMENT_PROVIDER_ENCRYPTION_KEY"),
        R"({"card_holder_name":"A Buyer","card_number":"4242424242424242","expiration_month":12,)"
        R"("expiration_year":2099,"cvv":"123","number_installments":1})",
        now.now(), *now.random);
    drain();
    read_recipes();
}

shop::~shop() = default;

std::string shop::token(std::string user_id, bool administrator) const
{
    return access_token(*signer_, std::move(user_id), administrator);
}

measure::visited shop::visited() const
{
    measure::visited out{.token = [this](std::string user) { return token(std::move(user)); },
                         .card = card_,
                         .recipes = recipes_,
                         .mailbox = {}};
    for (const auto& service : process_->declared().services)
        out.ports.emplace(service->name(), port());
    return out;
}

void shop::drain()
{
    run_on(process_->contexts().at(0), process_->delivery().drained());
}

store::counts shop::counted(std::string_view service) const
{
    return process_->delivery().store_of(service).counted();
}

const std::vector<std::string>& shop::services() const
{
    static const std::vector<std::string> names{"purchasing", "payment-provider", "recipes", "notifications"};
    return names;
}

void shop::load_recipes(std::size_t count)
{
    auto answer = ask(port(), upload_request(catalogue(count), token("administrator@example.org", true)));
    if (!answer.starts_with("HTTP/1.1 201 "))
        throw std::runtime_error("loading recipes: " + answer);
    drain();
    read_recipes();
}

void shop::read_recipes()
{
    auto answer = ask(port(), get_request("/get-all-recipes", token("reader@example.org")));
    if (!answer.starts_with("HTTP/1.1 200 "))
        throw std::runtime_error("listing recipes: " + answer);
    recipes_.clear();
    static constexpr std::string_view before = R"({"id":")";
    for (auto at = answer.find(before); at != answer.npos; at = answer.find(before, at + 1)) {
        auto first = at + before.size();
        recipes_.push_back(answer.substr(first, answer.find('"', first) - first));
    }
    if (recipes_.empty())
        throw std::runtime_error("there are no recipes to buy");
}

} // namespace edm::bench
