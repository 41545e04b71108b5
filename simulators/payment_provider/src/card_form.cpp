#include "card_form.hpp"

#include <edm/service/page.hpp>

namespace edm::payment_provider {

namespace {

struct input
{
    std::string_view name, label, attributes;
    bool required = true;
};

constexpr input inputs[] = {
    {"card_holder_name", "Name on the card", R"(maxlength="100" autocomplete="cc-name")"},
    {"card_number", "Card number", R"(inputmode="numeric" maxlength="30" autocomplete="cc-number")"},
    {"expiration_month", "Month of expiry (1 to 12)", R"(inputmode="numeric" autocomplete="cc-exp-month")"},
    {"expiration_year", "Year of expiry (4 digits)", R"(inputmode="numeric" autocomplete="cc-exp-year")"},
    {"cvv", "Security code", R"(type="password" inputmode="numeric" maxlength="4" autocomplete="cc-csc")"},
    {"number_installments", "Installments (1 to 12, 12 if empty)", R"(inputmode="numeric")", false},
};

std::string_view label_of(std::string_view name)
{
    for (const auto& i : inputs)
        if (i.name == name)
            return i.label;
    return name;
}

} // namespace

filled_card card_of(const card_form& form)
{
    filled_card out;
    std::vector<std::string_view> present;
    const auto take = [&](std::string_view name, const std::string& text) {
        if (text.empty())
            return; // a browser sends every field of a form
        present.push_back(name);
        for (auto& problem : assign(describe<card>(), &out.value, name, text, "body"))
            out.violations.push_back(std::move(problem));
    };
    take("card_holder_name", form.card_holder_name.value_or(std::string{}));
    if (form.card_number)
        take("card_number", form.card_number->reveal());
    take("expiration_month", form.expiration_month.value_or(std::string{}));
    take("expiration_year", form.expiration_year.value_or(std::string{}));
    if (form.cvv)
        take("cvv", form.cvv->reveal());
    take("number_installments", form.number_installments.value_or(std::string{}));
    for (auto& missing : missing_violations(describe<card>(), present, "body"))
        out.violations.push_back(std::move(missing));
    return out;
}

html card_form_page(const std::vector<violation>& problems)
{
    std::string content = "<p>This is the payment provider, a simulator: use a test card such as 4242 4242 4242 4242. "
                          "The shop never sees the card, only what this page makes of it.</p>";
    if (!problems.empty()) {
        content += "<div role=\"alert\"><ul>";
        for (const auto& p : problems)
            content += fmt::format("<li>{}: {}</li>", html_escape(label_of(p.loc.back())), html_escape(p.msg));
        content += "</ul></div>";
    }
    content += "<form method=\"post\" action=\"/card-form\">";
    for (const auto& i : inputs)
        content += fmt::format("<label for=\"{0}\">{1}</label><input id=\"{0}\" name=\"{0}\" {2}{3}>", i.name, i.label,
                               i.attributes, i.required ? " required" : "");
    content += "<button type=\"submit\">Encrypt the card</button></form>";
    return page(problems.empty() ? 200 : 400, "Your card", content);
}

html encrypted_card_page(std::string_view encr_info)
{
    return page(200, "Your card is encrypted",
                fmt::format("<label for=\"encr_info\">Give this to the shop as <code>encr_info</code></label>"
                            "<textarea id=\"encr_info\" rows=\"8\" readonly>{}</textarea>"
                            "<p>Only the payment provider can read it.</p>",
                            html_escape(encr_info)));
}

} // namespace edm::payment_provider
