#pragma once

#include <CLI/App.hpp>
// clang-format off
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
// clang-format on

#include <stdexcept>
#include <string>

/// The commands of `edm`. Each function adds one command; when it runs, it sets the program's exit code.
/// Expected failures are thrown as usage_error (code 2) or command_failed (code 1) and shown as one line on stderr.
namespace edm::app {

void add_serve(CLI::App& to, int& code);
void add_recipes(CLI::App& to, int& code);
void add_config(CLI::App& to, int& code);
void add_describe(CLI::App& to, int& code);
void add_documents(CLI::App& to, int& code); ///< `openapi`, `asyncapi`, `docs`
void add_dead_letters(CLI::App& to, int& code);
void add_subscriptions(CLI::App& to, int& code);
void add_audit(CLI::App& to, int& code);
void add_doctor(CLI::App& to, int& code);
void add_measure(CLI::App& to, int& code);
void add_proxy_config(CLI::App& to, int& code);
void add_ready(CLI::App& to, int& code);

void add_commands(CLI::App& to, int& code);

} // namespace edm::app
