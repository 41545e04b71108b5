#include "services.hpp"

#include <edm/authentication/authentication.hpp>
#include <edm/email_confirmation/email_confirmation.hpp>
#include <edm/notifications/notifications.hpp>
#include <edm/payment_provider/payment_provider.hpp>
#include <edm/purchasing/purchasing.hpp>
#include <edm/recipes/recipes.hpp>

namespace edm::app {

std::vector<std::unique_ptr<service>> make_services(const resources& r)
{
    std::vector<std::unique_ptr<service>> all;
    all.push_back(make_authentication(r));
    all.push_back(make_email_confirmation(r));
    all.push_back(make_recipes(r));
    all.push_back(make_purchasing(r));
    all.push_back(make_notifications(r));
    // make service: above this line
    all.push_back(make_payment_provider(r));
    return all;
}

} // namespace edm::app
