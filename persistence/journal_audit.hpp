#pragma once

#include "persistence/audit.hpp"
#include "persistence/database_session.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"

namespace frontrow::persistence {

/// The conservation check over all journals, on connections of its own; may be run beside a node that sells.
/// Blocks for about as long as reading every row takes.
outcome<audit_report, database_failure> audit_journals(const journal_databases& databases,
                                                       const session_settings& settings);

} // namespace frontrow::persistence
