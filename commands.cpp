#include "commands.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <variant>

#include "http/ticket.hpp"
#include "persistence/database_clock.hpp"
#include "persistence/journal_audit.hpp"
#include "persistence/migrate.hpp"

namespace frontrow {

namespace {

std::optional<std::string> text_of(const std::string& path) {
  std::ifstream file{path};
  if (!file)
    return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

std::string text_of(persistence::wide_number value) {
  std::string digits;
  const bool negative = value < 0;
  do {
    const auto digit = static_cast<int>(value % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  return negative ? "-" + digits : digits;
}

} // namespace

int fail(const std::string& what) {
  std::cerr << "frontrow: " << what << std::endl;
  return 1;
}

persistence::journal_databases databases_of(const config::settings& settings) {
  if (settings.journal.databases.empty())
    return {{settings.database.url}};
  return {settings.journal.databases};
}

persistence::session_settings session_of(const config::settings& settings) {
  persistence::session_settings session;
  session.connect_timeout = std::chrono::seconds{settings.journal.connect_timeout_seconds};
  session.statement_timeout = std::chrono::milliseconds{settings.journal.statement_timeout_ms};
  return session;
}

http::access_tokens tokens_of(const config::settings& settings, const config::secrets& secrets) {
  http::access_token_options options;
  if (settings.login.algorithm == "RS256") {
    options.signed_with = http::access_token_options::algorithm::rs256;
    options.public_key = text_of(settings.login.public_key_file).value_or("");
  } else {
    options.secret = secrets.jwt_secret;
  }
  return http::access_tokens{std::move(options)};
}

int issue_token(const config::settings& settings, const config::token_command& command) {
  auto secrets = config::open_secrets(settings);
  if (const auto* wrong = std::get_if<config::mistake>(&secrets))
    return fail(wrong->what);
  const auto now = persistence::database_clock{}.now(); // unmeasured: this machine's clock
  const auto life = std::chrono::seconds{command.ttl_seconds.value_or(settings.login.token_seconds)};
  const auto token = tokens_of(settings, std::get<config::secrets>(secrets)).issue(command.user, now, now + life);
  if (!token)
    return fail("login.algorithm is RS256: whoever holds the private key issues the tokens");
  std::cout << *token << std::endl;
  return 0;
}

int migrate(const config::settings& settings) {
  if (settings.database.url.empty())
    return fail("no database: set database.url or FRONTROW_DATABASE_URL");
  for (const auto& dsn : databases_of(settings).dsns) {
    const auto report = persistence::migrate(dsn);
    if (!report)
      return fail(report.error().detail);
    for (const auto number : report->landed)
      std::cout << "migrated to version " << number << std::endl;
  }
  return 0;
}

int audit(const config::settings& settings, const config::audit_command& command) {
  if (settings.database.url.empty())
    return fail("no database: set database.url or FRONTROW_DATABASE_URL");
  const auto report = persistence::audit_journals(databases_of(settings), session_of(settings));
  if (!report)
    return fail("the database cannot be read");
  if (command.output == config::audit_command::format::json) {
    std::cout << report->json() << std::endl;
  } else {
    for (const auto& check : report->checks) {
      std::cout << (check.ok() ? "ok    " : "WRONG ") << check.name;
      for (const auto& figure : check.figures)
        std::cout << "  " << figure.name << "=" << text_of(figure.value);
      if (check.first)
        std::cout << "\n      first of " << check.violations << ": " << check.first->what;
      std::cout << "\n";
    }
    std::cout << (report->clean() ? "clean: " : "NOT CLEAN: ") << report->events << " events of " << report->entities
              << " actors" << std::endl;
  }
  return report->clean() ? 0 : 2;
}

int verify_ticket(const config::settings& settings, const config::verify_ticket_command& command) {
  auto ticket = command.ticket;
  if (ticket == "-" && !std::getline(std::cin, ticket))
    return fail("verify-ticket: standard input is empty");
  std::string key = command.public_key;
  if (key.empty()) { // beside the server: its own key
    auto secrets = config::open_secrets(settings);
    if (const auto* wrong = std::get_if<config::mistake>(&secrets))
      return fail(wrong->what);
    key = http::ticket_signer{std::get<config::secrets>(secrets).ticket_key}.public_key();
  }
  const auto facts = http::verify_ticket(ticket, key);
  if (!facts) {
    std::cout << "NOT VALID: this ticket was not signed with that key, or was changed" << std::endl;
    return 2;
  }
  std::cout << "valid: payment " << facts->payment << ", option " << facts->option << ", user " << facts->user
            << ", starts " << facts->starts_at << ", seats";
  for (const auto& seat : facts->seats)
    std::cout << " " << seat;
  std::cout << std::endl;
  return 0;
}

} // namespace frontrow
