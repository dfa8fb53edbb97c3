#pragma once

#include "cluster/member_steps.hpp"
#include "cluster/members.hpp"
#include "persistence/journal_writer.hpp"
#include "tests/simulation/scheduler.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace frontrow::simulation {

class world;
class living_entity;

/// The write side of one life, as the writer's lane keeps it.
struct stream {
  persistence::entity_address address;
  cluster::epoch_number epoch = 0;
  std::int64_t submitted = 0;
  std::int64_t durable = 0;
  std::optional<persistence::append_failure> failed;
  std::optional<persistence::snapshot_row> snapshot;
  std::weak_ptr<living_entity> listener;
  channel news;
};
struct submission {
  std::shared_ptr<simulation::stream> stream;
  std::int64_t first = 0;
  std::vector<persistence::event_row> rows;
  persistence::wake_up wake = persistence::wake_up::as_before;
};
using batch = std::vector<submission>;

/// What became of an append.
struct append_answer {
  enum class end : std::uint8_t { written, fenced, rejected } how = end::written;
  std::vector<cluster::shard_id> stale; ///< if fenced
};

using session_number = std::uint64_t;

/// PostgreSQL: the tables of persistence/migrations with the statements of persistence/cluster_table and
/// persistence/append_statement, each as one step. Who asks is a session; one that has ended can do nothing
/// any more.
class database {
public:
  struct history {
    std::vector<persistence::stored_event> rows;
    std::optional<persistence::snapshot_row> snapshot;
    cluster::shard_id shard = 0;
  };

  database(world& around, std::int32_t shard_count);

  // ---- sessions
  session_number open(cluster::node_number owner);
  bool lives(session_number session) const { return sessions_.contains(session); }
  void terminate(session_number session);
  void terminate_all_of(cluster::node_number owner);
  void terminate_all();

  // ---- members and shards; nothing: this incarnation was declared dead
  template <class Answer>
  using if_member = std::optional<Answer>;
  cluster::node_number join(const std::string& name, cluster::shard_hosting hosting);
  if_member<cluster::cluster_view> renew(session_number session, cluster::node_number self);
  if_member<cluster::leadership> lead(session_number session, cluster::node_number self);
  if_member<cluster::death_verdict> declare_dead(cluster::node_number self, cluster::node_number who,
                                                 cluster::death_evidence seen);
  /// An operator's mistake, or a partition's: without evidence.
  void bury(cluster::node_number who);
  if_member<cluster::request_done>
  want(cluster::node_number self, const std::vector<std::pair<cluster::shard_id, cluster::node_number>>& wishes);
  if_member<std::vector<cluster::owned_shard>> claim(cluster::node_number self,
                                                     const std::vector<cluster::shard_id>& shards);
  if_member<cluster::request_done> release(cluster::node_number self,
                                           const std::vector<cluster::owned_shard>& shards);
  void drain(cluster::node_number who);
  void leave(cluster::node_number self);
  bool is_member(cluster::node_number who) const;
  cluster::cluster_view look(cluster::node_number self) const;

  // ---- the journal
  append_answer append(cluster::node_number writer, const batch& part);
  bool has_landed(const batch& part) const;
  void store(const simulation::stream& by, const persistence::snapshot_row& snapshot);
  std::vector<persistence::entity_address> to_wake(const std::vector<cluster::shard_id>& shards) const;
  const std::map<domain::entity_ref, history>& journal() const { return journal_; }
  const history* find(domain::entity_ref entity) const;

private:
  struct node_row {
    cluster::member who;
    bool left = false;
    std::int64_t heartbeat = 0; // milliseconds by the database's clock
    session_number lock = 0;
  };
  std::int64_t now() const;
  node_row* living(cluster::node_number number);
  bool may_claim(cluster::node_number self, const cluster::shard_entry& entry) const;

  world& world_;
  std::vector<node_row> nodes_; // index: number - 1
  std::vector<cluster::shard_entry> shards_;
  cluster::node_number leader_ = 0;
  session_number leader_lock_ = 0;
  std::map<session_number, cluster::node_number> sessions_;
  session_number last_session_ = 0;
  std::map<domain::entity_ref, history> journal_;
  std::set<persistence::entity_address> awake_;
};

} // namespace frontrow::simulation
