#pragma once

#include "persistence/append_answer.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/journal_writer.hpp"
#include "persistence/link.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

/// The statements that the writer runs. They work on a connection that `prepare_appends` has seen.
namespace frontrow::persistence::detail {

/// One life's write side. The members after `listener` are guarded by the lane's mutex.
struct stream_state {
  entity_address address;
  epoch_number epoch = 0;
  std::shared_ptr<append_listener> listener;
  version_number submitted = 0;
  version_number durable = 0;
  std::optional<append_failure> failed;
  std::optional<snapshot_row> snapshot; ///< waits to be stored
};

/// Events that become durable together or not at all.
struct submission {
  std::shared_ptr<stream_state> stream;
  version_number first = 0;
  std::vector<event_row> rows;
  wake_up wake = wake_up::as_before;
  std::size_t bytes = 0;

  version_number last() const { return first + static_cast<version_number>(rows.size()) - 1; }
};

/// Submissions for one statement; those of a stream stand in their order.
using batch = std::vector<const submission*>;

void prepare_appends(opened_connection& connection);

/// Sends one autocommitted statement: all of the batch, or nothing if one of its shards has another epoch.
/// Waits for nothing: what the connection does not take at once goes when its answer is taken. Throws
/// pqxx::broken_connection.
append_answer send_append(opened_connection& connection, const batch& part);
/// Whether all of it has gone. Tries once more to send the rest.
bool has_gone(opened_connection& connection);

/// Whether the batch is there, written by these epochs. Only asked when nobody can be writing it any more.
bool has_landed(pqxx::connection_base& connection, const batch& part);

/// Those shards of the batch that are at another epoch than the batch's.
std::vector<shard_number> stale_shards(pqxx::connection_base& connection, const batch& part);

/// A snapshot on its way; the state's own copy may be replaced meanwhile.
struct due_snapshot {
  std::shared_ptr<stream_state> stream;
  snapshot_row row;
};
/// Stores snapshots of different entities where the shard is at the stream's epoch and no newer one is stored.
void store_snapshots(pqxx::connection_base& connection, const std::vector<const due_snapshot*>& due);

} // namespace frontrow::persistence::detail
