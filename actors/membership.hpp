#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/node.hpp"
#include "cluster/links.hpp"
#include "cluster/member_steps.hpp"
#include "cluster/members.hpp"
#include "persistence/cluster_table.hpp"

namespace frontrow::actors {

using cluster::lease_state;

struct membership_limits {
  cluster::member_limits steps;
  /// For a look at whether a node that lost its lock still listens.
  std::chrono::milliseconds probe{300};
};

/// Whom it tells. Called on its own thread: hand over and return.
struct membership_events {
  /// Changes only; why, in one line.
  std::function<void(lease_state, const std::string&)> lease;
  /// The catalog's tables are at another version.
  std::function<void(std::int64_t version)> catalog;
};

/// This node's part in the cluster: a thread that puts the requests of member_steps to the tables, and carries out
/// its actions at the node's shards and the other nodes. Every public function for any thread.
class membership {
public:
  /// All of it outlives this. `table` has joined; `self` is its number.
  membership(persistence::cluster_table& table, node& shards, cluster::links& others, membership_limits limits,
             membership_events events);
  /// Stops.
  ~membership();
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;

  /// Begins; the node has been started with `shard_events_of`.
  void start();
  /// Ends the thread; the lease is no longer renewed. Repeating it does nothing.
  void stop();

  /// For node::start.
  shard_events shard_events_of();
  /// For links.
  void told(cluster::node_number from, const cluster::news& what);
  void link_up();
  void link_lost();

  /// What the tables said last; null until they have said anything.
  std::shared_ptr<const cluster::cluster_view> view() const;
  lease_state lease() const;
  /// Waits until this node's shards and all others are placed and known, or the time is over.
  bool wait_until_placed(std::chrono::milliseconds patience);

  enum class drain_answer : std::uint8_t { done, no_such_node, no_other_node, unavailable };
  /// Moves all shards off a node. Blocks for a few statements.
  drain_answer drain(cluster::node_number node);
  /// Drains this node and waits until it owns nothing, nobody can take what it owns, or the time is over.
  void leave_gracefully(std::chrono::milliseconds patience);
  /// How many shards are not where they should be; makes the leader look.
  std::size_t rebalance();
  /// This node shows the catalog of that version; the others are told.
  void catalog_is_at(std::int64_t version);
  /// Waits until all nodes within reach show what the catalog's tables hold now, or the time is over.
  void spread_catalog(std::chrono::milliseconds patience);

private:
  void run();
  void look();
  void take_news();
  void carry_out(const cluster::member_actions& actions);
  void take_in(const std::shared_ptr<const cluster::cluster_view>& seen);
  cluster::member_answer ask(const cluster::renew_lease& what);
  cluster::member_answer ask(const cluster::release_shards& what);
  cluster::member_answer ask(const cluster::claim_shards& what);
  cluster::member_answer ask(const cluster::take_lead& what);
  cluster::member_answer ask(const cluster::probe_nodes& what);
  cluster::member_answer ask(const cluster::declare_dead& what);
  cluster::member_answer ask(const cluster::want_shards& what);
  void wake();
  void tell_all_to_look();
  void report_lease();

  persistence::cluster_table& table_; // the thread's own, as are the steps
  node& shards_;
  cluster::links& others_;
  const membership_limits limits_;
  membership_events events_;
  const cluster::node_number self_;
  cluster::member_steps steps_;
  std::string why_away_;                   // of the last renewal that failed
  std::chrono::milliseconds rest_{};       // after the last look
  std::optional<std::int64_t> catalog_version_;

  struct told_news {
    cluster::node_number from = 0;
    cluster::news what;
  };
  using job = std::function<void()>;

  mutable std::mutex mutex_; // guards the rest
  std::condition_variable changed_;
  bool look_ = true;
  bool stopping_ = false;
  bool link_lost_ = false;
  std::vector<cluster::shard_id> ahead_;
  std::vector<cluster::owned_shard> stopped_;
  std::vector<told_news> news_;
  std::vector<job> jobs_;
  std::shared_ptr<const cluster::cluster_view> view_;
  bool may_leave_ = false;
  std::uint64_t looks_ = 0;
  std::map<cluster::node_number, std::int64_t> catalog_at_; // what each node shows
  lease_state lease_ = lease_state::held;
  std::thread thread_;
};

} // namespace frontrow::actors
