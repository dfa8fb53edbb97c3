#include "tests/simulation/network.hpp"

#include "tests/simulation/node.hpp"
#include "tests/simulation/world.hpp"

namespace frontrow::simulation {

namespace {
cluster::node_number end_of(std::pair<cluster::node_number, cluster::node_number> ends, int side) {
  return side == 0 ? ends.first : ends.second;
}
} // namespace

bool network::is_up(cluster::node_number from, cluster::node_number to) const {
  const auto ends = key(from, to);
  const auto found = links_.find(ends);
  return found != links_.end() && found->second.up[from == ends.first ? 0 : 1];
}

bool network::send(cluster::node_number from, cluster::node_number to, std::function<void()> received) {
  if (!is_up(from, to))
    return false;
  if (world_.strikes(fault::letter_refused, 100))
    return false;
  const auto ends = key(from, to);
  auto& one = links_.at(ends);
  if (one.broken)
    return true; // taken, and lost: `down` follows
  const int side = to == ends.first ? 0 : 1;
  auto delay = world_.chance().between(100, 1'500);
  if (world_.strikes(fault::letter_slow, 60))
    delay += world_.chance().between(1, 900) * millisecond;
  auto& way = one.way[side];
  way.last = std::max(way.last, world_.now() + delay);
  world_.plan(way.last, to, [this, ends, side, life = one.life, received = std::move(received)] {
    const auto found = links_.find(ends);
    if (found != links_.end() && found->second.life == life && found->second.up[side])
      received();
  });
  return true;
}

void network::joined(cluster::node_number who) {
  for (const auto other : world_.processes())
    if (other != who)
      dial(key(who, other), world_.chance().between(1, 200) * millisecond);
}

void network::dial(pair ends, sim_time after) {
  if (!dialing_.insert(ends).second)
    return;
  world_.plan(world_.now() + after, 0, [this, ends] {
    dialing_.erase(ends);
    auto* low = world_.find(ends.first);
    auto* high = world_.find(ends.second);
    if (low == nullptr || high == nullptr || links_.contains(ends))
      return;
    const auto can = !parted_.contains(ends) && !world_.is_frozen(ends.first) &&
                     !world_.is_frozen(ends.second) && low->believes_in(ends.second) &&
                     high->believes_in(ends.first);
    if (can)
      rise(ends);
    else
      dial(ends, world_.chance().between(200, 500) * millisecond);
  });
}

void network::rise(pair ends) {
  auto& one = links_[ends];
  one.life = ++lives_;
  for (int side = 0; side < 2; ++side) {
    auto& way = one.way[side];
    way.last = world_.now() + world_.chance().between(200, 3'000);
    world_.plan(way.last, end_of(ends, side), [this, ends, side, life = one.life] {
      const auto found = links_.find(ends);
      if (found == links_.end() || found->second.life != life || found->second.told_down[side])
        return;
      found->second.up[side] = true;
      world_.find(end_of(ends, side))->link_up();
    });
  }
}

void network::drop(cluster::node_number a, cluster::node_number b) {
  const auto ends = key(a, b);
  const auto found = links_.find(ends);
  if (found == links_.end() || found->second.broken)
    return;
  found->second.broken = true;
  world_.trace(
      [&] { return "link " + std::to_string(ends.first) + "-" + std::to_string(ends.second) + " breaks"; });
  for (int side = 0; side < 2; ++side) {
    // A reset connection is noticed at once, a silent one after the timeout.
    const auto notice = world_.chance().one_in(2) ? world_.chance().between(1, 20) * millisecond
                                                  : world_.chance().between(500, 2'000) * millisecond;
    const auto who = end_of(ends, side);
    if (world_.find(who) != nullptr)
      world_.plan(world_.now() + notice, who,
                  [this, ends, side, life = found->second.life] { fall(ends, side, life); });
    else
      found->second.told_down[side] = true;
  }
  if (found->second.told_down[0] && found->second.told_down[1])
    links_.erase(found);
}

void network::fall(pair ends, int side, std::uint64_t life) {
  const auto found = links_.find(ends);
  if (found == links_.end() || found->second.life != life)
    return;
  auto& one = found->second;
  const auto was_up = std::exchange(one.up[side], false);
  one.told_down[side] = true;
  if (one.told_down[0] && one.told_down[1]) {
    links_.erase(found);
    dial(ends, world_.chance().between(200, 400) * millisecond);
  }
  if (was_up)
    world_.find(end_of(ends, side))->link_down(end_of(ends, 1 - side));
}

void network::left(cluster::node_number who) {
  std::vector<pair> lost;
  for (auto& [ends, one] : links_)
    if (ends.first == who || ends.second == who) {
      one.told_down[ends.first == who ? 0 : 1] = true;
      lost.push_back(ends);
    }
  for (const auto& ends : lost) {
    drop(ends.first, ends.second);
    const auto found = links_.find(ends);
    if (found != links_.end() && found->second.told_down[0] && found->second.told_down[1])
      links_.erase(found);
  }
}

void network::drop_all_of(cluster::node_number who) {
  std::vector<pair> lost;
  for (const auto& [ends, one] : links_)
    if (ends.first == who || ends.second == who)
      lost.push_back(ends);
  for (const auto& ends : lost)
    drop(ends.first, ends.second);
}

void network::part(cluster::node_number one, cluster::node_number other) {
  parted_.insert(key(one, other));
  drop(one, other);
}

bool network::parted(cluster::node_number one, cluster::node_number other) const {
  return parted_.contains(key(one, other));
}

} // namespace frontrow::simulation
