#pragma once

#include "persistence/database_session.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace frontrow::persistence {

/// Receives one entity's history. All calls come on one reader thread, in this order: `snapshot` at most once,
/// `events` any number of times in ascending versions without a gap, then `loaded` or `failed`, once.
/// The reader waits for each call to return: replay right there, memory stays bounded. Must not throw.
class history_consumer {
public:
  virtual ~history_consumer() = default;
  virtual void snapshot(const snapshot_row& snapshot) = 0;
  virtual void events(std::span<const stored_event> page) = 0;
  /// `version` is the last one delivered (0: nothing is known of this entity).
  virtual void loaded(version_number version) = 0;
  virtual void failed(database_failure reason) = 0;
};

enum class snapshots { used, ignored };

struct load_options {
  snapshots snapshot = snapshots::used;
  /// The state as it was after this version: later events are left out, a later snapshot is not used.
  std::optional<version_number> through = std::nullopt;
  /// What the consumer knows already: no snapshot, and only the events after this version.
  version_number after = 0;
};

/// Where a page of a user's events ended: pass the last row's to get those older than it.
struct party_cursor {
  instant at{};
  std::int64_t entity = 0;
  version_number version = 0;
  auto operator<=>(const party_cursor&) const = default;
};

/// Where one of a user's reservations began.
struct party_origin {
  std::int64_t entity = 0;
  version_number version = 0;
};

/// The journal as a job on a reader thread sees it: all databases, merged where needed. Calls block.
class journal_view {
public:
  template <class Value>
  using answer = outcome<Value, database_failure>;

  journal_view(const journal_databases& databases, const session_settings& settings);

  /// The events of one entity after `after`, ascending, at most `limit`.
  answer<std::vector<stored_event>> events_after(entity_address address, version_number after, std::size_t limit);
  /// Those before `before` (0: the newest), descending, at most `limit`: an account's history.
  answer<std::vector<stored_event>> events_before(entity_address address, version_number before, std::size_t limit);
  /// The last version in the journal, 0 if there is none.
  answer<version_number> last_version(entity_address address);
  answer<std::optional<snapshot_row>> snapshot(entity_address address);

  /// A user's seat-map events of the named types, newest first by (at, entity, version), at most `limit`.
  answer<std::vector<stored_event>> party_page(user_id party, const std::vector<std::string>& types,
                                               std::optional<party_cursor> before, std::size_t limit);
  /// All of that user's events in those seat maps, each from its first named version on, ascending by
  /// (entity, version); at most `limit`.
  answer<std::vector<stored_event>> party_history(user_id party, const std::vector<party_origin>& origins,
                                                  std::size_t limit);

  /// The actors that must be awake when these shards start.
  answer<std::vector<entity_address>> to_wake(const std::vector<shard_number>& shards);

  /// One entity's history, page by page (see history_consumer). Ends with the consumer's `loaded` or `failed`.
  void load(entity_address address, const load_options& options, std::size_t page_rows, history_consumer& consumer);

  /// The first database, for the catalog's functions.
  database_session& catalog() { return sessions_.front(); }
  /// The database that holds a shard.
  database_session& session_of(shard_number shard) { return session(databases_.index_of(shard)); }
  database_session& session(std::size_t database) { return sessions_[database]; }

  /// While this is set every call is answered `stopped`. It must outlive the view.
  void stop_with(const std::atomic<bool>* stopping);
  /// Ends the call that waits for a database, and lets no other begin. For any thread, the one function that is.
  void cut_off();

private:
  journal_databases databases_;
  std::vector<database_session> sessions_;
};

struct journal_reader_config {
  journal_databases databases;
  /// Threads, each with a connection per database. Recovery is bound by the replay, not by these.
  std::size_t readers = 2;
  /// Loads and jobs that may wait. Past it the caller is refused, and the client told to come again.
  std::size_t max_reads = 10'000;
  /// Loads answered by one query. Larger groups gain little and hold more rows in memory.
  std::size_t max_group = 256;
  /// Events an entity gets with the grouped query; the rest of a longer history is paged alone.
  std::size_t group_rows = 64;
  /// Rows a page of a long history: a page is in memory at a time.
  std::size_t page_rows = 4'000;
  /// After a stop, how long a read that is under way may go on before its connection is cut off. Nobody waits for
  /// its answer any more; a page is some milliseconds.
  std::chrono::milliseconds stop_patience{1'000};
  session_settings session;
};

/// Runs blocking reads off the actors: recovery loads, grouped by kind and database, and any other job.
/// All functions may be called from any thread and never block, `stop` apart.
class journal_reader {
public:
  explicit journal_reader(journal_reader_config config);
  /// Stops.
  ~journal_reader();
  journal_reader(const journal_reader&) = delete;
  journal_reader& operator=(const journal_reader&) = delete;

  /// Loads one entity's history into the consumer. Nothing: taken on. Otherwise `queue_full` or `stopped`, and the
  /// consumer is not called.
  std::optional<database_failure> load(entity_address address, std::shared_ptr<history_consumer> consumer,
                                       load_options options = {});

  /// Runs a job on a reader thread. Nothing: taken on, and it will run (after a stop its calls are answered
  /// `stopped`). Otherwise `queue_full` or `stopped`, and the job is dropped. The job must not throw.
  std::optional<database_failure> submit(std::function<void(journal_view&)> job);

  /// Reads waiting.
  std::size_t pending() const;

  /// Ends what is under way at its next page, fails what waits, joins. A database that does not answer holds it up
  /// for stop_patience and a connect_timeout at the most. Repeating it does nothing.
  void stop();

private:
  struct shared;
  std::unique_ptr<shared> shared_;
};

} // namespace frontrow::persistence
