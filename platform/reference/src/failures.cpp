#include "json.hpp"
#include "parts.hpp"

#include <edm/service/invalid_request.hpp>

#include <algorithm>
#include <array>

namespace edm::reference {

namespace {

class collector
{
  public:
    void add(possible_failure f)
    {
        auto& at = by_status_[f.kind->status];
        bool known = std::ranges::any_of(at, [&](const auto& other) { return other.kind->name == f.kind->name; });
        if (!known)
            at.push_back(f);
    }
    void platform(const error_kind& kind, int retry_after = 0)
    {
        add({.kind = &kind, .retry_after = retry_after, .challenge = false});
    }
    std::map<int, std::vector<possible_failure>> take() { return std::move(by_status_); }

  private:
    std::map<int, std::vector<possible_failure>> by_status_;
};

} // namespace

bool is_bound(const endpoint& e)
{
    return e.request_type != nullptr;
}

std::map<int, std::vector<possible_failure>> failures_of(const endpoint& e)
{
    collector all;
    for (const auto* kind : e.failures)
        if (kind != &errors::invalid_request) // which is answered as HTTPValidationError
            all.add({.kind = kind, .declared = true, .challenge = kind->status == 401});
    if (e.webhook_secrets)
        all.platform(errors::invalid_signature);
    if (e.authenticated)
        for (const auto* kind : {&errors::invalid_token, &errors::expired_token})
            all.add({.kind = kind, .challenge = true});
    if (e.administrator)
        all.platform(errors::invalid_user);
    if (e.body != endpoint::body_kind::none)
        all.platform(errors::too_large);
    all.platform(errors::internal);
    all.platform(errors::not_here, 5);
    all.platform(errors::not_yet, 1);
    all.platform(errors::overloaded, 2);
    all.platform(errors::too_slow, 1);
    if (e.reply == endpoint::reply_kind::stream)
        all.platform(errors::too_many_streams, 15);
    all.platform(errors::store_away, 2);
    if (e.method != "GET" || e.publishes) {
        all.platform(errors::outcome_unknown);
        all.platform(errors::busy, 1);
        all.platform(errors::store_full);
    }
    return all.take();
}

std::span<const error_kind* const> platform_failures()
{
    static constexpr std::array all{
        &errors::invalid_token,     &errors::expired_token, &errors::invalid_user,    &errors::too_large,
        &errors::internal,          &errors::not_here,      &errors::not_yet,         &errors::overloaded,
        &errors::store_away,        &errors::busy,          &errors::outcome_unknown, &errors::store_full,
        &errors::invalid_signature, &errors::too_slow,      &errors::too_many_streams};
    return all;
}

std::string failure_example(const error_kind& kind)
{
    auto details = json_object{}.text("description", kind.message).text("error_code", kind.name);
    auto envelope = json_object{}.text("status", kind.name).flag("error", true).raw("details", details.str());
    return json_object{}.text("summary", kind.message).raw("value", envelope.str()).str();
}

std::string example_or_ref(const error_kind& kind)
{
    auto all = platform_failures();
    return std::ranges::find(all, &kind) == all.end() ? failure_example(kind)
                                                      : ref_to("#/components/examples/" + std::string{kind.name});
}

} // namespace edm::reference
