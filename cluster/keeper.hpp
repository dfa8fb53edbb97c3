#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "cluster/members.hpp"

namespace frontrow::cluster {

struct keeper_limits {
  /// How long an owner serves on after it saw that another is wanted but has not heard that it is prepared.
  std::chrono::milliseconds warm_patience{5'000};
  /// How long an owner that stops waits for what is under way.
  std::chrono::milliseconds stop_patience{2'000};
};

/// What to do next. Each list ascending by shard.
struct keeper_orders {
  std::vector<shard_id> warm;                               ///< begin to load ahead; say warmed()
  std::vector<shard_id> cool;                               ///< forget what was loaded ahead
  std::vector<shard_id> claim;                              ///< at the table; say claimed(), then serve
  std::vector<owned_shard> stop;                            ///< admit nothing more; say stopped()
  std::vector<owned_shard> drop;                            ///< end at once
  std::vector<owned_shard> release;                         ///< end if need be, then at the table; say released()
  std::vector<std::pair<node_number, shard_id>> prepared;   ///< tell that node
};

/// What one node does with each shard; docs/cluster.md has the states. Pure: it looks at the table and is told what
/// was done of its orders. One thread at a time.
class keeper {
public:
  keeper(node_number self, keeper_limits limits) : self_(self), limits_(limits) {}

  /// `view` was taken after everything that was told before. Orders that were carried out are not repeated, those
  /// that the table did not take are.
  keeper_orders look(const cluster_view& view, steady_time now);

  void warmed(shard_id shard);
  /// News from `node`: it has loaded the shard ahead.
  void prepared(node_number node, shard_id shard);
  /// Nothing is under way any more.
  void stopped(owned_shard shard);
  /// Of the shards of a claim, these are ours now. The others are as they were: what was loaded ahead still is.
  void claimed(const std::vector<owned_shard>& ours);
  void released(const std::vector<owned_shard>& gone);

  /// Ascending; those being stopped included.
  std::vector<owned_shard> owned() const;

private:
  enum class phase : std::uint8_t { absent, warming, warm, serving, stopping, stopped };
  struct state {
    phase now = phase::absent;
    epoch_number epoch = 0;
    node_number prepared = 0;     // who is ready to take it
    node_number leaving_for = 0;  // who was wanted when `since` began
    steady_time since{};          // serving: another is wanted; stopping: the beginning
  };

  bool owns(const state& each) const { return each.now >= phase::serving; }
  void look_at(shard_id shard, state& mine, const cluster_view& view, steady_time now, keeper_orders& orders) const;
  void look_from_outside(shard_id shard, state& mine, const cluster_view& view, keeper_orders& orders) const;
  void look_as_owner(shard_id shard, state& mine, const cluster_view& view, steady_time now,
                     keeper_orders& orders) const;

  node_number self_;
  keeper_limits limits_;
  std::vector<state> states_; // index: shard
};

} // namespace frontrow::cluster
