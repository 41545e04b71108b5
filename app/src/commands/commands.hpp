#pragma once

#include <string>

/// The commands of `edm`. Each returns the exit code: 0, or 1 where what it looked for is not well; wrong use and
/// configuration are thrown as usage_error.
namespace edm::app {

int serve();
int import_recipes(const std::string& file);
int print_config(bool json);
int print_description(bool json, bool mermaid);
int print_openapi();
int print_asyncapi();
int write_docs(const std::string& folder);
int list_dead_letters(bool json);
int show_dead_letter(const std::string& subscription, const std::string& key);
int retry_dead_letter(const std::string& subscription, const std::string& key);
int discard_dead_letter(const std::string& subscription, const std::string& key);
int list_subscriptions(bool json);
int rebuild_subscription(const std::string& subscription);
int drop_subscription(const std::string& subscription);
int print_audit(bool json, bool wait);
int doctor();

} // namespace edm::app
