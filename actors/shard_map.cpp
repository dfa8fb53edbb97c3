#include "actors/shard_map.hpp"

#include <cassert>

namespace frontrow::actors {

shard_map::shard_map(std::int32_t shard_count) : entries_(static_cast<std::size_t>(shard_count)) {
  trust_until(cluster::steady_time::min());
}

void shard_map::warm(cluster::shard_id shard) {
  auto& mine = at(shard);
  assert(mine.here == life::elsewhere);
  mine.here = life::ahead;
}

shard_map::handler_to_serve shard_map::serve(cluster::owned_shard shard) {
  auto& mine = at(shard.shard);
  assert(mine.here == life::elsewhere || mine.here == life::ahead);
  const auto handler = mine.here == life::ahead ? handler_to_serve::the_one_ahead : handler_to_serve::fresh;
  mine = {self_, shard.epoch, life::serving};
  return handler;
}

bool shard_map::stop(cluster::owned_shard shard) {
  auto& mine = at(shard.shard);
  if (mine.here != life::serving || mine.epoch != shard.epoch)
    return false;
  mine.here = life::stopping;
  mine.owner = 0;
  return true;
}

bool shard_map::stopped(cluster::owned_shard shard) {
  auto& mine = at(shard.shard);
  if (mine.here != life::stopping || mine.epoch != shard.epoch)
    return false;
  mine.here = life::elsewhere;
  return true;
}

bool shard_map::drop(cluster::shard_id shard) {
  auto& mine = at(shard);
  const auto lived = mine.here != life::elsewhere;
  mine.here = life::elsewhere;
  if (mine.owner == self_)
    mine.owner = 0;
  return lived;
}

bool shard_map::learn(cluster::shard_id shard, cluster::epoch_number epoch, cluster::node_number owner) {
  auto& known = at(shard);
  if (known.here == life::serving || known.here == life::stopping)
    return false;
  if (epoch < known.epoch || (epoch == known.epoch && owner == known.owner))
    return false;
  known.owner = owner;
  known.epoch = epoch;
  return owner != 0;
}

void shard_map::forget_all() {
  for (auto& each : entries_)
    each = {};
}

shard_map::direction shard_map::way_of(cluster::shard_id shard, cluster::steady_time now) const {
  const auto& known = at(shard);
  if (known.owner == 0)
    return {};
  if (known.owner != self_)
    return {way::over_there, known.owner, known.epoch};
  return {trusted(now) ? way::here : way::past_lease, known.owner, known.epoch};
}

bool shard_map::takes(cluster::shard_id shard, cluster::epoch_number epoch) const {
  if (!exists(shard))
    return false;
  const auto& mine = at(shard);
  return mine.here == life::serving && (epoch == 0 || epoch == mine.epoch);
}

cluster::epoch_number shard_map::epoch_of(cluster::shard_id shard) const {
  return exists(shard) ? at(shard).epoch : 0;
}

std::vector<shard_map::place> shard_map::places() const {
  std::vector<place> result;
  result.reserve(entries_.size());
  for (const auto& each : entries_)
    result.push_back({each.owner, each.epoch});
  return result;
}

std::map<cluster::shard_id, std::vector<domain::entity_ref>>
to_wake_by_shard(const std::vector<cluster::shard_id>& shards,
                 const std::vector<persistence::entity_address>& found) {
  std::map<cluster::shard_id, std::vector<domain::entity_ref>> by_shard;
  for (const auto shard : shards)
    by_shard[shard];
  for (const auto& each : found)
    by_shard[each.shard].push_back(each.entity);
  return by_shard;
}

} // namespace frontrow::actors
