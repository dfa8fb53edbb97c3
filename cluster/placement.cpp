#include "cluster/placement.hpp"

#include <algorithm>
#include <map>

namespace frontrow::cluster {

namespace {

struct share {
  node_number node = 0;
  std::int64_t present = 0; // shards that are there
  std::int64_t quota = 0;   // shards that it shall have
  std::int64_t rest = 0;    // of the division, of `weights`
};

/// Floors for all, then the shards that are left go to those that already have more than their floor, then to those
/// that the division cut off most.
void set_quotas(std::vector<share>& shares, const std::vector<shard_host>& hosts, std::int64_t shards) {
  std::int64_t weights = 0;
  for (const auto& each : hosts)
    weights += each.weight;
  auto left = shards;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    shares[i].quota = shards * hosts[i].weight / weights;
    shares[i].rest = shards * hosts[i].weight % weights;
    left -= shares[i].quota;
  }
  std::vector<share*> candidates;
  for (auto& each : shares)
    if (each.rest > 0)
      candidates.push_back(&each);
  std::sort(candidates.begin(), candidates.end(), [](const share* a, const share* b) {
    const bool a_has_more = a->present > a->quota;
    const bool b_has_more = b->present > b->quota;
    if (a_has_more != b_has_more)
      return a_has_more;
    return a->rest != b->rest ? a->rest > b->rest : a->node < b->node;
  });
  for (std::size_t i = 0; left > 0; ++i, --left)
    ++candidates[i]->quota;
}

} // namespace

std::vector<node_number> place(std::vector<shard_host> hosts, const std::vector<node_number>& present) {
  std::vector<node_number> placed(present.size(), 0);
  if (hosts.empty())
    return placed;
  std::sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.node < b.node; });
  std::vector<share> shares(hosts.size());
  std::map<node_number, share*> share_of;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    shares[i].node = hosts[i].node;
    share_of[hosts[i].node] = &shares[i];
  }
  for (const auto node : present)
    if (auto found = share_of.find(node); found != share_of.end())
      ++found->second->present;
  set_quotas(shares, hosts, static_cast<std::int64_t>(present.size()));

  // Whoever has too many keeps the first ones.
  for (std::size_t shard = 0; shard < present.size(); ++shard) {
    auto found = share_of.find(present[shard]);
    if (found == share_of.end() || found->second->quota == 0)
      continue;
    --found->second->quota;
    placed[shard] = present[shard];
  }
  // Round robin, so that neighbours, which are loaded together, spread.
  std::size_t next = 0;
  for (auto& node : placed) {
    if (node != 0)
      continue;
    while (shares[next % shares.size()].quota == 0)
      ++next;
    auto& taker = shares[next++ % shares.size()];
    --taker.quota;
    node = taker.node;
  }
  return placed;
}

} // namespace frontrow::cluster
