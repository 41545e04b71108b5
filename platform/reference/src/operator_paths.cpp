#include "platform_parts.hpp"

#include <array>

namespace edm::reference {

namespace {

/// A member of a body or of a row, with an example that is nothing but an example.
struct field
{
    std::string_view name, schema, example;
};

constexpr field name(std::string_view of, std::string_view example)
{
    return {of, R"({"type":"string"})", example};
}
constexpr field count(std::string_view of)
{
    return {of, R"({"type":"integer","minimum":0})", "0"};
}

constexpr field subscription = name("subscription", R"("stock.orders")");
constexpr field key = name("key", R"("4711")");
constexpr field service = name("service", R"("stock")");
constexpr field database = name("database", R"("shelves")");

template <std::size_t n>
std::string object(const std::array<field, n>& fields)
{
    json_object properties;
    json_array required;
    for (const auto& f : fields) {
        properties.raw(f.name, f.schema);
        required.text(f.name);
    }
    return json_object{}
        .text("type", "object")
        .raw("properties", properties.str())
        .raw("required", required.str())
        .str();
}

std::string list(std::string_view of)
{
    return json_object{}.text("type", "array").raw("items", of).str();
}

/// What every operation of the administrator may be refused with.
json_object answers(std::string_view done, std::string_view content_json, bool unfit)
{
    auto all = json_object{}
                   .raw("200", answer(done, content_json))
                   .raw("401", refused({&errors::invalid_token, &errors::expired_token}, true))
                   .raw("403", refused({&errors::invalid_user}));
    if (unfit)
        all.raw("422", answer("The request does not fit its schema.",
                              content("application/json", ref_to(component::validation_error))));
    return all.raw("503", refused({&errors::store_away}));
}

json_object query(std::string_view name, std::string_view description, std::string_view schema)
{
    return json_object{}
        .text("name", name)
        .text("in", "query")
        .flag("required", false)
        .text("description", description)
        .raw("schema", schema);
}

platform_path read(std::string_view path, json_object about, std::string_view parameters, json_object all)
{
    about.raw("parameters", parameters).raw("responses", all.str()).raw("security", administrators);
    return {path, "get", about.str()};
}

/// One that decides something: its body names what, and its answer has no data.
template <std::size_t n>
platform_path decide(std::string_view path, json_object about, const std::array<field, n>& fields,
                     std::string_view status, std::string_view done)
{
    json_object example;
    for (const auto& f : fields)
        example.raw(f.name, f.example);
    auto details = json_object{}.text("description", done);
    auto said = json_object{}.text("status", status).flag("error", false).raw("details", details.str());
    constexpr std::string_view envelope =
        R"({"type":"object","properties":{"status":{"type":"string"},"error":{"type":"boolean","const":false},)"
        R"("details":{"type":"object","properties":{"description":{"type":"string"}},"required":["description"]}},)"
        R"("required":["status","error","details"]})";
    auto all = answers(done, content("application/json", envelope, said.str()), true)
                   .raw("404", refused({&errors::not_found}))
                   .raw("4XX", ref_to(component::malformed));
    auto body =
        json_object{}.flag("required", true).raw("content", content("application/json", object(fields), example.str()));
    about.raw("requestBody", body.str()).raw("responses", all.str()).raw("security", administrators);
    return {path, "post", about.str()};
}

platform_path audit()
{
    constexpr std::array row{subscription,  name("topic", ""), count("keys"), count("behind"),
                             count("lost"), count("parked"),   count("dead")};
    auto wait = query("wait", "So many seconds at most: answers once nothing is behind.",
                      R"({"type":"integer","minimum":0,"maximum":300})");
    return read("/operator/audit",
                operation("get_operator_audit", "What is on its way, waits or is lost",
                          "Per subscription: the keys of its publisher, events neither applied nor parked yet, lost "
                          "ones, parked ones, dead letters. Only for the administrator."),
                json_array{}.raw(wait.str()).str(),
                answers("A row per subscription.", content("application/json", list(object(row))), true));
}

platform_path dead_letters()
{
    constexpr std::array letter{subscription,
                                name("topic", ""),
                                key,
                                name("sequence", ""),
                                field{"baseline", R"({"type":"boolean"})", ""},
                                count("attempts"),
                                field{"parked_at", R"({"type":"string","format":"date-time"})", ""},
                                name("reason", ""),
                                count("waiting"),
                                field{"event", R"({"type":"object","description":"A CloudEvents 1.0 event."})", ""}};
    constexpr std::array work{service,          database,          name("document", ""), name("item", ""),
                              name("kind", ""), count("attempts"), name("reason", "")};
    const std::array all{field{"dead_letters", {}, {}}, field{"exhausted", {}, {}}};
    const auto letters = list(object(letter)), exhausted = list(object(work));
    auto fields = all;
    fields[0].schema = letters;
    fields[1].schema = exhausted;
    auto only = query("subscription", "Those of one subscription alone, without work.", R"({"type":"string"})");
    return read("/operator/deadletters",
                operation("get_operator_deadletters", "What waits for a decision",
                          "Events whose attempts are used up, and work outside the store (mail, calls) whose attempts "
                          "are. Only for the administrator."),
                json_array{}.raw(only.str()).str(),
                answers("What waits.", content("application/json", object(fields)), false)
                    .raw("404", refused({&errors::not_found})));
}

platform_path subscriptions()
{
    constexpr field declared{"declared", R"({"type":"boolean"})", ""},
        runs_here{"runs_here", R"({"type":"boolean"})", ""};
    constexpr std::array row{service,       name("name", ""), name("topic", ""), database,
                             declared,      runs_here,        count("keys"),     count("behind"),
                             count("lost"), count("parked"),  count("dead")};
    return read("/operator/subscriptions",
                operation("get_operator_subscriptions", "Every subscription and what it has",
                          "Those that are stored and no longer declared too. Only for the administrator."),
                "[]", answers("A row per subscription.", content("application/json", list(object(row))), false));
}

/// One of the ends that a process has of the audit, for who joins several processes.
template <std::size_t n>
platform_path audited_end(std::string_view path, std::string_view id, std::string_view of,
                          std::initializer_list<std::pair<std::string_view, std::string_view>> parameters,
                          const std::array<field, n>& row, bool rows)
{
    json_array asked;
    for (auto [of_what, meaning] : parameters)
        asked.raw(query(of_what, meaning, R"({"type":"string"})").str());
    auto shape = rows ? list(object(row)) : object(row);
    return read(path,
                operation(id, std::string{"The audit's "} + std::string{of} + ", of this process alone",
                          "For `edm audit --at`, which joins processes. Rows are in the order of their keys, after the "
                          "given one, at most 1,000. Only for the administrator."),
                asked.str(),
                answers("What this process has.", content("application/json", shape), false)
                    .raw("404", refused({&errors::not_found})));
}

/// In the order of their paths.
std::vector<platform_path> audited_ends()
{
    constexpr std::pair<std::string_view, std::string_view> topic{"topic", "Whose keys."},
        of{"subscription", "Which subscription."}, after{"after", "The key after which the page begins."},
        place{"sequence", "The sequence at that key."}, whose{"service", "Which publisher."};
    constexpr field sequence = name("sequence", "");
    constexpr auto flag = [](std::string_view of) { return field{of, R"({"type":"boolean"})", ""}; };
    constexpr std::array keys{key, sequence};
    constexpr std::array events{key, sequence, flag("baseline"), flag("rebuild"), flag("dead")};
    constexpr std::array publisher{count("epoch"), count("unsent")};
    constexpr std::array subscriber{flag("starting")};
    constexpr std::array services{field{"services", R"({"type":"array","items":{"type":"string"}})", ""}};
    return {audited_end("/operator/audit/counters", "get_operator_audit_counters", "keys of a topic", {topic, after},
                        keys, true),
            audited_end("/operator/audit/marks", "get_operator_audit_marks", "marks of a subscription", {of, after},
                        keys, true),
            audited_end("/operator/audit/parked", "get_operator_audit_parked", "parked events of a subscription",
                        {of, after, place}, events, true),
            audited_end("/operator/audit/publisher", "get_operator_audit_publisher", "end of a publisher", {whose},
                        publisher, false),
            audited_end("/operator/audit/services", "get_operator_audit_services", "services", {}, services, false),
            audited_end("/operator/audit/subscriber", "get_operator_audit_subscriber", "end of a subscriber", {of},
                        subscriber, false)};
}

} // namespace

std::span<const platform_path> operator_paths()
{
    static constexpr std::array letter{subscription, key};
    static constexpr std::array one{subscription};
    static constexpr std::array work{service, database, name("document", R"("4711")"), name("item", R"("mail-1")")};
    static const std::vector<platform_path> ends = audited_ends();
    static const std::array all{
        audit(),
        ends[0],
        ends[1],
        ends[2],
        ends[3],
        ends[4],
        ends[5],
        dead_letters(),
        decide("/operator/deadletters/discard",
               operation("post_operator_deadletters_discard", "Give up a dead letter",
                         "The event is taken for applied, and later events of its key follow. Only for the "
                         "administrator."),
               letter, "discarded", "The event is discarded; later events of its key follow."),
        decide("/operator/deadletters/retry",
               operation("post_operator_deadletters_retry", "Try a dead letter again",
                         "With all its attempts. Only for the administrator."),
               letter, "retried", "The event is tried again now."),
        decide("/operator/duework/retry",
               operation("post_operator_duework_retry", "Try exhausted work again",
                         "Mail, a call or a timer whose attempts are used up. Only for the administrator."),
               work, "retried", "The effect is tried again now."),
        subscriptions(),
        decide("/operator/subscriptions/drop",
               operation("post_operator_subscriptions_drop", "Remove an undeclared subscription",
                         "What is stored of a subscription that no service declares any more. Only for the "
                         "administrator."),
               one, "dropped", "What was stored of the subscription is gone."),
        decide("/operator/subscriptions/rebuild",
               operation("post_operator_subscriptions_rebuild", "Send a subscription everything again",
                         "The present state of every key, applied although it was. Only for the administrator."),
               one, "rebuilt", "The present state of every key was sent to the subscription again.")};
    return all;
}

} // namespace edm::reference
