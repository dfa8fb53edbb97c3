#include "persistence/migrate.hpp"

#include "migrations.hpp"
#include "persistence/link.hpp"

#include <spdlog/spdlog.h>

#include <iterator>
#include <map>

namespace frontrow::persistence {

namespace {

constexpr auto create_record = "create table if not exists schema_migration ("
                               "number integer primary key, name text not null, checksum text not null, "
                               "landed_at timestamptz not null default now())";
constexpr auto checksum = "select encode(sha256(convert_to($1, 'UTF8')), 'hex')";
/// Held by the session while it migrates; any constant of our own will do ("Migrate").
constexpr auto take_lock = "select pg_advisory_lock(21789466228257893)";

migration_error as_error(const std::exception& error, const std::string& during) {
  const bool away = detail::fault_of(error) != detail::fault::permanent;
  return {away ? migration_failure::away : migration_failure::rejected, during + ": " + detail::first_line(error)};
}

std::map<int, std::string> landed_checksums(pqxx::connection_base& connection) {
  pqxx::work transaction{connection};
  transaction.exec0(create_record);
  std::map<int, std::string> landed;
  for (const auto& row : transaction.exec("select number, checksum from schema_migration"))
    landed.emplace(static_cast<int>(detail::number_in(row[0])), row[1].c_str());
  transaction.commit();
  return landed;
}

void land(pqxx::connection_base& connection, const detail::migration& migration, const std::string& sum) {
  pqxx::work transaction{connection};
  transaction.exec(migration.sql);
  transaction.exec_params0("insert into schema_migration (number, name, checksum) values ($1, $2, $3)", migration.number,
                           std::string{migration.name}, sum);
  transaction.commit();
}

outcome<migration_report, migration_error> bring_up(pqxx::connection_base& connection) {
  const auto landed = landed_checksums(connection);
  constexpr auto known = static_cast<int>(std::size(detail::migrations));
  if (!landed.empty() && landed.rbegin()->first > known)
    return migration_error{migration_failure::newer_database,
                           "the database is at version " + std::to_string(landed.rbegin()->first) +
                               ", this program knows " + std::to_string(known) + ": start a newer program"};
  migration_report report;
  for (const auto& migration : detail::migrations) {
    std::string sum;
    {
      pqxx::nontransaction transaction{connection};
      sum = transaction.exec_params1(checksum, std::string{migration.sql})[0].c_str();
    }
    const auto earlier = landed.find(migration.number);
    if (earlier == landed.end()) {
      try {
        land(connection, migration, sum);
      } catch (const std::exception& error) {
        return as_error(error, std::string{"migration "} + migration.name);
      }
      spdlog::info("migration {} has landed", migration.name);
      report.landed.push_back(migration.number);
    } else if (earlier->second != sum) {
      return migration_error{migration_failure::changed, std::string{"migration "} + migration.name +
                                                             " in the database is not the one of this program"};
    }
    report.version = migration.number;
  }
  return report;
}

} // namespace

outcome<migration_report, migration_error> migrate(const std::string& dsn) {
  try {
    // A migration may take as long as it takes.
    detail::opened_connection connection{dsn, {.statement_timeout = std::chrono::milliseconds{0},
                                               .application_name = "frontrow_migrate"}};
    {
      pqxx::nontransaction transaction{*connection};
      transaction.exec(take_lock);
    }
    return bring_up(*connection); // the lock goes with the session
  } catch (const std::exception& error) {
    return as_error(error, "migrate");
  }
}

} // namespace frontrow::persistence
