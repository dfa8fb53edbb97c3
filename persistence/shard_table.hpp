#pragma once

#include "persistence/database_clock.hpp"
#include "persistence/database_session.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"
#include "persistence/ownership.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace frontrow::persistence {

struct shard_table_config {
  journal_databases databases;
  std::string cluster = "frontrow";
  /// Fixed when the cluster is born.
  std::int32_t shard_count = 256;
  /// UUID text, another one at every start.
  std::string incarnation;
  std::string node_name;
  /// host:port for other nodes; may be empty.
  std::string address;
  /// "front", "shards", "admin", comma separated.
  std::string roles;
  /// How long a node waits for another one's lock before it gives up. A killed process's backend is gone in
  /// milliseconds, unless a statement of it is still under way.
  std::chrono::milliseconds alive_wait{5'000};
  /// How long a claim waits for an append of the old owner before its backends are ended.
  std::chrono::milliseconds claim_lock_timeout{1'000};
  /// How long ended backends may take to be gone.
  std::chrono::milliseconds backend_exit_wait{10'000};
  session_settings session;
};

/// Which node owns which shard: PostgreSQL is the one source of truth. One thread at a time; blocks.
class shard_table {
public:
  shard_table(shard_table_config config, database_clock& clock);

  /// Creates cluster and shards if this is the first start, otherwise checks that it is the same cluster;
  /// measures the clock; takes the lock that says "a node is alive here"; registers the node.
  outcome<done, ownership_error> join();

  /// Takes every shard: its epoch is raised by one, committed. Only then may anything be read.
  /// An old owner's statement that blocks it is waited for, then ended. Ascending by shard.
  outcome<std::vector<owned_shard>, ownership_error> claim_all();

  /// Renews the lease: heartbeat, clock. After a lost connection it takes the lock again and checks that every
  /// claimed shard is still ours at our epoch. `away`: try again soon; `lost`: stop at once.
  outcome<done, ownership_error> renew();

  /// Gives the lock up and marks the node as gone. The shards keep their epochs.
  void leave();

  /// Every shard with its epoch, owner and state, ascending.
  struct shard_row {
    shard_number shard = 0;
    epoch_number epoch = 0;
    std::string owner;  ///< empty: nobody
    std::string wanted; ///< empty: nobody
    std::string state;
  };
  outcome<std::vector<shard_row>, ownership_error> shards();

private:
  /// What was taken of one database, and by which connection.
  struct held_lock {
    std::uint64_t connection = 0; ///< database_session's count of connections; 0 = not held
    std::int32_t pid = 0;         ///< its backend, or the one that tried to take it; 0 = none
    std::string started;
  };

  outcome<done, ownership_error> found(std::size_t database);
  outcome<done, ownership_error> take_lock(std::size_t database);
  bool holds_lock(std::size_t database);
  outcome<done, ownership_error> end_own_ghost(std::size_t database);
  outcome<done, ownership_error> register_node();
  outcome<done, ownership_error> check_claims(std::size_t database);
  outcome<done, ownership_error> measure_clock();
  outcome<std::vector<owned_shard>, ownership_error> claim(std::size_t database);
  outcome<done, ownership_error> end_old_backends(std::size_t database);
  ownership_error as_error(std::size_t database, database_failure failure, const std::string& during);

  shard_table_config config_;
  database_clock* clock_;
  std::vector<database_session> sessions_;
  std::vector<held_lock> locks_; // per database
  std::vector<owned_shard> claimed_;
};

} // namespace frontrow::persistence
