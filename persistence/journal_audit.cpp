#include "persistence/journal_audit.hpp"

#include "persistence/journal_scan.hpp"
#include "persistence/link.hpp"

#include <chrono>

namespace frontrow::persistence {

namespace {
/// With several databases each is seen at its own moment: what happened since the first was opened, less what
/// clocks may differ by, may lack its counterpart.
constexpr auto clocks_may_differ_by = std::chrono::seconds{10};

outcome<instant, database_failure> time_of(database_session& session) {
  return session.link().read([](pqxx::nontransaction& transaction) {
    const auto row = transaction.exec1("select (extract(epoch from clock_timestamp()) * 1000)::bigint");
    return instant{std::chrono::milliseconds{row[0].as<std::int64_t>()}};
  });
}
} // namespace

outcome<audit_report, database_failure> audit_journals(const journal_databases& databases,
                                                       const session_settings& settings) {
  audit_settings how;
  if (databases.dsns.size() > 1) {
    database_session first{databases.dsns.front(), settings};
    auto told = time_of(first);
    if (!told)
      return told.error();
    how.uncertain_since = *told - clocks_may_differ_by;
  }
  audit books{how};
  for (const auto& dsn : databases.dsns) {
    database_session session{dsn, settings};
    journal_scan scan{session};
    for (const auto kind : {entity_kind::seat_map, entity_kind::account, entity_kind::queue}) {
      auto read = scan.for_each_event(kind, [&](std::span<const stored_event> page) {
        for (const auto& row : page)
          books.add(row);
      });
      if (!read)
        return read.error();
    }
  }
  return books.finish();
}

} // namespace frontrow::persistence
