#pragma once

#include "persistence/database_session.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"

#include <functional>
#include <memory>
#include <span>

namespace frontrow::persistence {

/// One database's journal as it was at one moment (a read-only repeatable-read transaction), streamed: the audit
/// reads seat maps, accounts and queues one after the other and they fit together. Rows of a page are in
/// memory at a time. The session belongs to the scan while it lives.
class journal_scan {
public:
  /// Opens at the first call.
  explicit journal_scan(database_session& session, std::size_t page_rows = 5'000);
  ~journal_scan();
  journal_scan(const journal_scan&) = delete;
  journal_scan& operator=(const journal_scan&) = delete;

  /// Every event of a kind, ascending by (entity, version), in pages. `away` when the connection is lost: begin
  /// again with a new scan, what was delivered may not fit with what would follow.
  outcome<done, database_failure> for_each_event(entity_kind kind,
                                                 const std::function<void(std::span<const stored_event>)>& consumer);

private:
  struct snapshot;
  database_session* session_;
  std::size_t page_rows_;
  std::unique_ptr<snapshot> snapshot_;
};

} // namespace frontrow::persistence
