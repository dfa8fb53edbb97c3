#pragma once

#include <vector>

#include "cluster/members.hpp"

namespace frontrow::cluster {

struct shard_host {
  node_number node = 0;
  std::int32_t weight = 1; ///< at least 1
};

/// Which node should own each shard.
///
/// `hosts`: those that may own any, each once. `present`: index = shard; where it is, or is on its way to (0, or a
/// node not among the hosts: nowhere). Result: index = shard; all 0 without hosts.
///
/// Promises: every host gets the floor or the ceiling of shards × weight ÷ sum of weights; of all such placements one with
/// the fewest shards away from where they are; the same arguments, hosts in any order, give the same answer.
std::vector<node_number> place(std::vector<shard_host> hosts, const std::vector<node_number>& present);

} // namespace frontrow::cluster
