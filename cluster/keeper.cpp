#include "cluster/keeper.hpp"

#include <algorithm>

namespace frontrow::cluster {

keeper_orders keeper::look(const cluster_view& view, steady_time now) {
  states_.resize(view.shards.size());
  keeper_orders orders;
  for (std::size_t at = 0; at < states_.size(); ++at)
    look_at(static_cast<shard_id>(at), states_[at], view, now, orders);
  return orders;
}

void keeper::look_at(shard_id shard, state& mine, const cluster_view& view, steady_time now,
                     keeper_orders& orders) const {
  const auto& table = view.shards[static_cast<std::size_t>(shard)];
  if (owns(mine) && (table.owner != self_ || table.epoch != mine.epoch)) {
    orders.drop.push_back({shard, mine.epoch});
    mine = {};
  }
  if (owns(mine))
    look_as_owner(shard, mine, view, now, orders);
  else
    look_from_outside(shard, mine, view, orders);
}

void keeper::look_from_outside(shard_id shard, state& mine, const cluster_view& view, keeper_orders& orders) const {
  const auto& table = view.shards[static_cast<std::size_t>(shard)];
  // A claim whose outcome was unknown and that went through: claimed once more, so that the epoch is surely ours; or
  // given back, if somebody else is wanted by now.
  const auto unserved = table.owner == self_;
  if (unserved && table.wanted != 0 && table.wanted != self_)
    orders.release.push_back({shard, table.epoch});
  const auto wanted = table.wanted == self_ || (table.wanted == 0 && unserved);
  if (!wanted) {
    if (mine.now != phase::absent)
      orders.cool.push_back(shard);
    mine = {};
    return;
  }
  const auto owner_lives = !unserved && view.find(table.owner) != nullptr;
  if (!owner_lives) {
    orders.claim.push_back(shard);
  } else if (mine.now == phase::absent) {
    mine.now = phase::warming;
    orders.warm.push_back(shard);
  } else if (mine.now == phase::warm) {
    orders.prepared.emplace_back(table.owner, shard);
  }
}

void keeper::look_as_owner(shard_id shard, state& mine, const cluster_view& view, steady_time now,
                           keeper_orders& orders) const {
  const auto& table = view.shards[static_cast<std::size_t>(shard)];
  if (mine.now == phase::serving) {
    if (table.wanted == 0 || table.wanted == self_) {
      mine.leaving_for = 0;
      return;
    }
    if (mine.leaving_for != table.wanted) {
      mine.leaving_for = table.wanted;
      mine.since = now;
    }
    if (mine.prepared != table.wanted && now - mine.since < limits_.warm_patience)
      return;
    mine.now = phase::stopping;
    mine.since = now;
    orders.stop.push_back({shard, mine.epoch});
    return;
  }
  if (mine.now == phase::stopping && now - mine.since >= limits_.stop_patience)
    mine.now = phase::stopped; // the fence keeps what it still writes from doing harm
  if (mine.now == phase::stopped)
    orders.release.push_back({shard, mine.epoch});
}

void keeper::warmed(shard_id shard) {
  const auto at = static_cast<std::size_t>(shard);
  if (at < states_.size() && states_[at].now == phase::warming)
    states_[at].now = phase::warm;
}

void keeper::prepared(node_number node, shard_id shard) {
  const auto at = static_cast<std::size_t>(shard);
  if (at < states_.size() && owns(states_[at]))
    states_[at].prepared = node;
}

void keeper::stopped(owned_shard shard) {
  auto& mine = states_.at(static_cast<std::size_t>(shard.shard));
  if (mine.now == phase::stopping && mine.epoch == shard.epoch)
    mine.now = phase::stopped;
}

void keeper::claimed(const std::vector<owned_shard>& ours) {
  for (const auto& each : ours)
    states_.at(static_cast<std::size_t>(each.shard)) = {phase::serving, each.epoch, 0, 0, {}};
}

void keeper::released(const std::vector<owned_shard>& gone) {
  for (const auto& each : gone)
    states_.at(static_cast<std::size_t>(each.shard)) = {};
}

std::vector<owned_shard> keeper::owned() const {
  std::vector<owned_shard> result;
  for (std::size_t at = 0; at < states_.size(); ++at)
    if (owns(states_[at]))
      result.push_back({static_cast<shard_id>(at), states_[at].epoch});
  return result;
}

} // namespace frontrow::cluster
