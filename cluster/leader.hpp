#pragma once

#include <map>
#include <utility>
#include <vector>

#include "cluster/members.hpp"

namespace frontrow::cluster {

struct leader_limits {
  /// Of the lease, by the database's clock.
  std::chrono::milliseconds lease{3'000};
  /// Shards with a living owner that may be on the move at once.
  std::size_t moves_max = 8;
};

/// What the leader has to write into the tables, in this order.
struct leader_plan {
  std::vector<node_number> dead;
  std::vector<std::pair<shard_id, node_number>> wanted; ///< 0: it shall stay where it is
  bool empty() const { return dead.empty() && wanted.empty(); }
};

/// The leader's rules: who is dead, and which shards to move next. Pure: tables, evidence and time come in as
/// arguments. docs/cluster.md has the reasons.
class leader {
public:
  explicit leader(leader_limits limits) : limits_(limits) {}

  /// The database was away, or this node was: nobody is dead by a lapsed lease until a whole lease after `now`.
  void database_was_away(steady_time now) { reading_since_ = now; }

  /// `probes`: for members whose lock is free; missing: unknown.
  leader_plan plan(const cluster_view& view, const std::map<node_number, probe_result>& probes,
                   steady_time now) const;

private:
  bool is_dead(const member& who, probe_result probe, steady_time now) const;

  leader_limits limits_;
  steady_time reading_since_ = steady_time::max();
};

} // namespace frontrow::cluster
