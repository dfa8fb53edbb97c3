#pragma once

#include <string>

#include "config/options.hpp"
#include "config/secrets.hpp"
#include "http/access_token.hpp"
#include "persistence/database_session.hpp"
#include "persistence/journal_rows.hpp"

/// The program's commands that serve nothing, and what they share with the one that does. Each returns an exit code.
namespace frontrow {

/// One clear line, and the exit code that goes with it.
int fail(const std::string& what);

persistence::journal_databases databases_of(const config::settings& settings);
persistence::session_settings session_of(const config::settings& settings);
http::access_tokens tokens_of(const config::settings& settings, const config::secrets& secrets);

int issue_token(const config::settings& settings, const config::token_command& command);
int migrate(const config::settings& settings);
int audit(const config::settings& settings, const config::audit_command& command);
/// 0: the ticket is good; 2: it is not.
int verify_ticket(const config::settings& settings, const config::verify_ticket_command& command);

} // namespace frontrow
