#include "cluster/leader.hpp"

#include <algorithm>

#include "cluster/placement.hpp"

namespace frontrow::cluster {

bool leader::is_dead(const member& who, probe_result probe, steady_time now) const {
  // A killed process loses its lock and its listener at once. A lock alone may be lost with a connection.
  if (who.lock == alive_lock::free && probe == probe_result::refused)
    return true;
  const auto read_for_a_lease = reading_since_ <= now && now - reading_since_ >= limits_.lease;
  return who.lease_left.count() < 0 && read_for_a_lease;
}

leader_plan leader::plan(const cluster_view& view, const std::map<node_number, probe_result>& probes,
                         steady_time now) const {
  leader_plan result;
  std::vector<shard_host> hosts;
  std::vector<node_number> living;
  for (const auto& each : view.members) {
    const auto probe = probes.find(each.number);
    if (is_dead(each, probe == probes.end() ? probe_result::unknown : probe->second, now)) {
      result.dead.push_back(each.number);
      continue;
    }
    living.push_back(each.number);
    if (each.hosting == shard_hosting::hosts && each.wish == node_wish::stay)
      hosts.push_back({each.number, each.weight});
  }
  const auto lives = [&](node_number node) {
    return std::binary_search(living.begin(), living.end(), node);
  };

  std::vector<node_number> present;
  std::size_t moving = 0;
  for (const auto& each : view.shards) {
    present.push_back(lives(each.wanted) ? each.wanted : lives(each.owner) ? each.owner : 0);
    moving += lives(each.owner) && lives(each.wanted) && each.owner != each.wanted;
  }
  const auto placed = place(std::move(hosts), present);

  for (std::size_t at = 0; at < placed.size(); ++at) {
    const auto& now_there = view.shards[at];
    const auto to = placed[at];
    const auto shard = static_cast<shard_id>(at);
    if (to == 0)
      continue; // nobody to take it
    if (!lives(now_there.owner)) {
      if (now_there.wanted != to)
        result.wanted.emplace_back(shard, to);
    } else if (to == now_there.owner) {
      if (now_there.wanted != 0)
        result.wanted.emplace_back(shard, 0);
    } else if (now_there.wanted != to) {
      const auto under_way = lives(now_there.wanted) && now_there.wanted != now_there.owner;
      if (!under_way && moving >= limits_.moves_max)
        continue;
      moving += !under_way;
      result.wanted.emplace_back(shard, to);
    }
  }
  return result;
}

} // namespace frontrow::cluster
