#pragma once

#include "tests/simulation/scheduler.hpp"

#include <functional>
#include <map>
#include <set>
#include <utility>

namespace frontrow::simulation {

class world;

/// The links between nodes, as cluster/links promises them: in order, nothing twice, and whatever was taken
/// and did not get there is followed by `down`, which each side learns in its own time. Frozen sides learn it
/// when they thaw.
class network {
public:
  explicit network(world& around) : world_(around) {}

  /// False: `from` has no link there.
  bool send(cluster::node_number from, cluster::node_number to, std::function<void()> received);
  bool is_up(cluster::node_number from, cluster::node_number to) const;

  /// A process has started: it and the others dial.
  void joined(cluster::node_number who);
  /// A process is gone, and its connections with it.
  void left(cluster::node_number who);
  /// It has been silent for too long.
  void drop_all_of(cluster::node_number who);
  void drop(cluster::node_number one, cluster::node_number other);
  void part(cluster::node_number one, cluster::node_number other);
  void heal_all() { parted_.clear(); }
  bool parted(cluster::node_number one, cluster::node_number other) const;

private:
  using pair = std::pair<cluster::node_number, cluster::node_number>; // ascending
  struct link {
    std::uint64_t life = 0;
    bool up[2] = {false, false};
    bool told_down[2] = {false, false};
    bool broken = false;
    channel way[2]; // to the lower, to the higher
  };
  static pair key(cluster::node_number a, cluster::node_number b) { return a < b ? pair{a, b} : pair{b, a}; }
  void dial(pair ends, sim_time after);
  void rise(pair ends);
  void fall(pair ends, int side, std::uint64_t life);

  world& world_;
  std::map<pair, link> links_;
  std::set<pair> parted_;
  std::set<pair> dialing_;
  std::uint64_t lives_ = 0;
};

} // namespace frontrow::simulation
