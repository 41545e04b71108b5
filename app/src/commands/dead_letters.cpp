#include "commands.hpp"
#include "control_session.hpp"
#include "routes/operator_rows.hpp"
#include "table.hpp"

#include <edm/core/text.hpp>

#include <fmt/format.h>

#include <memory>

namespace edm::app {

namespace {

struct letter_options
{
    std::string subscription, key;
    bool json = false;
};

std::string fetch(const control_session& program, const std::string& subscription)
{
    auto target = std::string{"/operator/deadletters"};
    if (!subscription.empty())
        target += "?subscription=" + percent_encode(subscription);
    auto answer = program.send({.target = target});
    if (answer.status != 200)
        throw command_failed(reason_of(answer));
    return answer.body;
}

letters read(const std::string& body)
{
    auto all = decode<letters>(body);
    if (!all)
        throw command_failed("the running process gave an answer that this version does not know");
    return std::move(*all);
}

void list(const letter_options& with)
{
    control_session program;
    auto body = fetch(program, with.subscription);
    if (with.json) {
        fmt::print("{}\n", body);
        return;
    }
    auto all = read(body);
    if (all.dead_letters.empty())
        fmt::print("no dead letters\n");
    else {
        text_table table{{"SUBSCRIPTION", "KEY", "SEQUENCE", "ATTEMPTS", "WAITING", "SINCE", "REASON"}};
        for (const auto& l : all.dead_letters)
            table.add({l.subscription, l.key, l.sequence, fmt::to_string(l.attempts), fmt::to_string(l.waiting),
                       to_rfc3339(l.parked_at), l.reason});
        fmt::print("{}", table.text());
    }
    if (all.exhausted.empty())
        return;
    text_table table{{"SERVICE", "DATABASE", "DOCUMENT", "ITEM", "KIND", "ATTEMPTS", "REASON"}};
    for (const auto& e : all.exhausted)
        table.add({e.service, e.database, e.document, e.item, e.kind, fmt::to_string(e.attempts), e.reason});
    fmt::print("\nEffects outside the store whose attempts are used up:\n{}", table.text());
}

void show(const letter_options& with)
{
    control_session program;
    bool found = false;
    for (const auto& l : read(fetch(program, with.subscription)).dead_letters) {
        if (l.key != with.key)
            continue;
        found = true;
        fmt::print("subscription  {}\ntopic         {}\nkey           {}\nsequence      {}{}\nattempts      {}\n"
                   "parked        {}\nwaiting       {} later events of this key\nreason        {}\nevent         {}\n",
                   l.subscription, l.topic, for_terminal(l.key), l.sequence, l.baseline ? " (a baseline)" : "",
                   l.attempts, to_rfc3339(l.parked_at), l.waiting, for_terminal(l.reason), for_terminal(l.event.value));
    }
    if (!found)
        throw command_failed(
            fmt::format("{} has no dead letter of the key {}", with.subscription, for_terminal(with.key)));
}

void change(const char* target, const letter_options& which, const char* done)
{
    control_session program;
    program.post(target, {{"subscription", which.subscription}, {"key", which.key}});
    fmt::print("{} {}: {}\n", which.subscription, for_terminal(which.key), done);
}

struct work_options
{
    std::string service, database, document, item;
};

void retry_work(const work_options& which)
{
    control_session program;
    program.post(
        "/operator/duework/retry",
        {{"service", which.service}, {"database", which.database}, {"document", which.document}, {"item", which.item}});
    fmt::print("{} {}: is tried again\n", which.service, for_terminal(which.item));
}

} // namespace

void add_dead_letters(CLI::App& to, int&)
{
    auto* all = to.add_subcommand("deadletters", "Inspect, retry or discard events whose attempts are used up");
    all->footer("A dead letter holds back the later events of its key, at its subscription alone.");
    all->require_subcommand(1);
    auto with = std::make_shared<letter_options>();
    auto named = [&](const char* name, const char* what) {
        auto* command = all->add_subcommand(name, what);
        command->add_option("SUBSCRIPTION", with->subscription, "The subscription, as the list shows it")->required();
        command->add_option("KEY", with->key, "The key of the event")->required();
        return command;
    };
    auto* lists = all->add_subcommand("list", "Print dead letters, and due work whose attempts are used up");
    lists->add_option("--subscription", with->subscription, "Only those of one subscription")->type_name("NAME");
    lists->add_flag("--json", with->json, "As JSON");
    lists->callback([with] { list(*with); });
    named("show", "Print one dead letter with its event")->callback([with] { show(*with); });
    named("retry", "Try the event again now, with all its attempts")->callback([with] {
        change("/operator/deadletters/retry", *with, "is tried again");
    });
    auto which = std::make_shared<work_options>();
    auto* works = all->add_subcommand("retry-work", "Try an effect outside the store again, with all its attempts");
    works->footer("Mails, calls and timers whose attempts are used up are listed below the dead letters.");
    works->add_option("SERVICE", which->service, "The service, as the list shows it")->required();
    works->add_option("DATABASE", which->database, "Its database")->required();
    works->add_option("DOCUMENT", which->document, "The document that holds the work")->required();
    works->add_option("ITEM", which->item, "The item of work")->required();
    works->callback([which] { retry_work(*which); });
    auto* discards = named("discard", "Give the event up, so that later ones of its key follow");
    discards->footer("What the event would have changed is lost at this subscription. It cannot be undone.");
    discards->callback([with] { change("/operator/deadletters/discard", *with, "is discarded"); });
}

} // namespace edm::app
