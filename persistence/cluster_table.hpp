#pragma once

#include "persistence/database_clock.hpp"
#include "persistence/database_session.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"
#include "persistence/ownership.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace frontrow::persistence {

namespace detail {
class cluster_sessions;
} // namespace detail

/// Given by the database when a node joins, never again; 0: no node.
using node_number = std::int64_t;

enum class drain_wish : std::uint8_t { stay, drain };
enum class lock_state : std::uint8_t { free, held };

struct node_registration {
  std::string incarnation; ///< UUID text, another one at every start
  std::string name;
  std::string address;     ///< host:port for other nodes; may be empty
  std::string roles;       ///< "front", "shards", "admin", comma separated
  std::int32_t weight = 1; ///< at least 1
};

/// A node that has joined, has not left and was not declared dead.
struct member_row {
  node_number number = 0;
  std::string incarnation;
  std::string name;
  std::string address;
  std::string roles;
  std::int32_t weight = 1;
  drain_wish wish = drain_wish::stay;
  /// Whether a session holds the node's advisory lock. Of the node that asks: whether its own session does.
  lock_state lock = lock_state::held;
  /// Until the lease ends, by the database's clock; negative: for how long it has lapsed.
  std::chrono::milliseconds lease_left{};
  std::int64_t started_at =
      0; ///< milliseconds since 1970-01-01 UTC, by the database's clock, as all times here
  std::int64_t heartbeat_at = 0;
};

struct shard_row {
  epoch_number epoch = 0;
  node_number owner = 0;     ///< 0: nobody
  node_number wanted = 0;    ///< 0: nobody else
  std::int64_t moved_at = 0; ///< of the last claim; 0: never
  std::int64_t move_ms = 0;  ///< from the former owner's release or death to the last claim, milliseconds
};

/// What the tables say, in one snapshot of the first database (and one of each other).
struct table_view {
  node_number leader = 0;           ///< who last took the lead; it may have left since
  std::int64_t catalog_version = 0; ///< grows with every change of a concert or option
  std::vector<member_row> members;  ///< ascending by number
  std::vector<shard_row> shards;    ///< index: shard
};

enum class leadership : std::uint8_t { leads, follows };
/// What a death is declared for; it is checked again in the statement that declares it.
enum class death_evidence : std::uint8_t { lapsed, lock_lost };
/// `came_back`: the evidence does not hold (any more), the node lives.
enum class death_verdict : std::uint8_t { dead, came_back };
enum class drain_answer : std::uint8_t { done, no_such_node };

struct cluster_table_config {
  journal_databases databases;
  std::string cluster = "frontrow";
  /// Fixed when the cluster is born.
  std::int32_t shard_count = 256;
  /// How long a heartbeat counts, by the database's clock. The same on every node.
  std::chrono::milliseconds lease{3'000};
  /// How long a statement waits for a row or an append of an old owner; a claim then ends the old owner's
  /// backends and tries once more. Twice this and `backend_exit_wait` have to fit between two renewals that
  /// save a lease.
  std::chrono::milliseconds claim_lock_timeout{500};
  /// How long backends that were told to end are waited for.
  std::chrono::milliseconds backend_exit_wait{500};
  /// Whoever waits longer than a lease for an answer has lost it anyway.
  session_settings session{.connect_timeout = std::chrono::seconds{2},
                           .statement_timeout = std::chrono::milliseconds{3'000}};
};

/// Who is a member, who leads, which node owns which shard: PostgreSQL is the one source of truth, and these
/// are all statements on its tables `node`, `cluster` and `shard` (docs/cluster.md). One session per
/// database, opened again when it is lost. One thread at a time; blocks: at most claim_lock_timeout a
/// statement, the waits named above, and what the network takes.
///
/// Of the errors, `away` means: try again soon, and what was asked may have happened. `lost` means: this
/// incarnation was declared dead or has left; nothing was changed, nothing ever will be, and the sessions are
/// closed.
class cluster_table {
public:
  cluster_table(cluster_table_config config, database_clock& clock);
  /// Closes the sessions and so frees the locks; the node stays a member until its lease lapses (see
  /// `leave`).
  ~cluster_table();
  cluster_table(const cluster_table&) = delete;
  cluster_table& operator=(const cluster_table&) = delete;

  /// Creates cluster and shards if this is the first start, otherwise checks that it is the same cluster;
  /// measures the clock; registers the node with its first heartbeat and takes its lock. It may be called
  /// again: after `away`, or with another address. All other functions come after it.
  outcome<node_number, ownership_error> join(const node_registration& node);

  /// One heartbeat and what the tables say after it; measures the clock, and takes the node's lock again if
  /// the session that held it was lost. Every database has to answer; after `away` the heartbeat may have
  /// been made. Two statements on the first database, one on each other.
  outcome<table_view, ownership_error> renew();

  /// What the tables say, without a heartbeat.
  outcome<table_view, ownership_error> look();

  /// Keeps or gets the lead, without waiting for a living leader. A session that keeps the leader's lock
  /// although its node is dead or its lease has lapsed is ended. On getting it `cluster.leader` is written.
  outcome<leadership, ownership_error> lead();

  /// Declares a node dead if the evidence still holds, for good; then ends its sessions in every database.
  /// `dead` also if it was dead before or had left. A node cannot declare itself dead: `came_back`.
  outcome<death_verdict, ownership_error> declare_dead(node_number number, death_evidence evidence);

  /// Who shall own these shards next; 0: nobody else than now.
  outcome<done, ownership_error> want(const std::vector<std::pair<shard_number, node_number>>& wishes);

  /// Takes those of the shards that this node may have: it is wanted there, or it owns the shard and nobody
  /// else is wanted; and no living node owns it. Each gets the next epoch and is wanted by nobody. Committed
  /// when it returns: only then may anything of the shards be read. Answers what was taken, ascending by
  /// shard. If a database is away after some were taken in another one, those are answered.
  outcome<std::vector<owned_shard>, ownership_error> claim(const std::vector<shard_number>& shards);

  /// Gives shards up that this node owns at these epochs; others are left as they are. May be repeated.
  outcome<done, ownership_error> release(const std::vector<owned_shard>& shards);

  outcome<drain_answer, ownership_error> drain(node_number number, drain_wish wish);

  /// Gives up what is still owned, marks the node as gone and closes the sessions. As much of it as works.
  void leave();

  node_number number() const { return number_; }

private:
  struct grave;

  outcome<done, ownership_error> found(std::size_t database);
  outcome<done, ownership_error> measure_clock();
  outcome<lock_state, ownership_error> take_own_lock();
  outcome<table_view, ownership_error> view(const std::string& first_statement);
  outcome<done, ownership_error> read_shards(std::size_t database, table_view& into);
  /// Null: lost.
  outcome<std::optional<leadership>, ownership_error> try_to_lead();
  ownership_error lost();

  outcome<done, ownership_error> must_live();
  /// The dead among the owners of these shards. `lost` if this node is dead itself.
  outcome<std::vector<grave>, ownership_error> dead_owners(std::size_t database,
                                                           const std::vector<shard_number>& shards);
  /// Ends the backends of the dead and runs `attempt` once more, if the attempt before was locked out.
  template <class Attempt>
  auto past_the_dead(std::size_t database, const std::vector<shard_number>& shards, Attempt attempt);
  outcome<std::vector<owned_shard>, ownership_error> claim_in(std::size_t database,
                                                              const std::vector<shard_number>& shards);
  outcome<done, ownership_error> release_in(std::size_t database, const std::vector<owned_shard>& shards);
  outcome<done, ownership_error> want_in(std::size_t database,
                                         const std::vector<std::pair<shard_number, node_number>>& wishes);

  cluster_table_config config_;
  database_clock* clock_;
  std::unique_ptr<detail::cluster_sessions> sessions_;
  node_number number_ = 0;
};

} // namespace frontrow::persistence
