#include "persistence/journal_scan.hpp"

#include "persistence/link.hpp"

#include <spdlog/spdlog.h>

namespace frontrow::persistence {

namespace {

const std::string declare = std::string{"declare scan no scroll cursor for select "} + detail::event_columns +
                            " from journal j where j.kind = ";
constexpr auto in_order = " order by j.entity, j.version";

} // namespace

using scan_transaction = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

struct journal_scan::snapshot {
  explicit snapshot(pqxx::connection_base& connection) : transaction(connection) {}
  scan_transaction transaction;
};

journal_scan::journal_scan(database_session& session, std::size_t page_rows)
    : session_(&session), page_rows_(page_rows) {}

journal_scan::~journal_scan() {
  const auto guard = session_->link().watched(); // the transaction's end is a statement, too
  snapshot_.reset();
}

outcome<done, database_failure>
journal_scan::for_each_event(entity_kind kind, const std::function<void(std::span<const stored_event>)>& consumer) {
  try {
    if (!snapshot_) {
      if (!session_->answers()) // opens, and replaces a connection that was lost meanwhile
        return database_failure::away;
      const auto guard = session_->link().watched();
      snapshot_ = std::make_unique<snapshot>(session_->link().connection());
    }
    auto& transaction = snapshot_->transaction;
    const auto run = [&](const std::string& statement) {
      const auto guard = session_->link().watched();
      return transaction.exec(statement);
    };
    run(declare + transaction.quote(std::string{domain::name_of(kind)}) + in_order);
    const auto fetch = "fetch " + std::to_string(page_rows_) + " from scan";
    for (;;) {
      const auto page = detail::events_in(run(fetch));
      if (page.empty())
        break;
      consumer(page);
    }
    run("close scan");
    return done{};
  } catch (const pqxx::pqxx_exception& error) {
    const auto& cause = error.base();
    spdlog::warn("a scan of the journal ended early: {}", detail::first_line(cause));
    const bool permanent = detail::fault_of(cause) == detail::fault::permanent;
    snapshot_.reset();
    session_->link().close();
    return permanent ? database_failure::rejected : database_failure::away;
  }
}

} // namespace frontrow::persistence
