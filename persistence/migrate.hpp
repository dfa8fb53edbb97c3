#pragma once

#include "persistence/outcome.hpp"

#include <string>
#include <vector>

namespace frontrow::persistence {

enum class migration_failure {
  away,           ///< the database cannot be reached or serve now
  newer_database, ///< the database was migrated by a newer program
  changed,        ///< a migration that has landed is not the one that this program knows
  rejected,       ///< a migration failed; the database is as it was before that migration
};

struct migration_error {
  migration_failure reason{};
  /// One line for an operator.
  std::string detail;
};

struct migration_report {
  /// The numbers of those run now, ascending; empty when there was nothing to do.
  std::vector<int> landed;
  /// The database's version after it.
  int version = 0;
};

/// Brings a database to this program's schema. Each migration runs in its own transaction together with its
/// record in `schema_migration`; an advisory lock keeps two programs from doing it at once. Blocks.
outcome<migration_report, migration_error> migrate(const std::string& dsn);

} // namespace frontrow::persistence
