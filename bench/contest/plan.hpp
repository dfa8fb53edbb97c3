#pragma once

#include "bench/contest/scenarios.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow::bench {

enum class depth { full, quick, smoke };

/// One scenario as run against one system. Systems that are no service (nginx, pgbench, redis-benchmark) run
/// alone.
struct cell {
  std::string family;   ///< what a user names: hold-spread
  std::string scenario; ///< with its size: hold-spread 10,000 seats
  std::function<figures(stay&)> in_a_stay{};
  std::function<figures(const extent&)> alone{};
};

/// A system and what it takes part in, in the order in which it is run.
struct entrant {
  std::string name;
  std::function<std::unique_ptr<contender>()> start{}; ///< empty: all of its cells run alone
  std::vector<cell> cells;
};

/// Scenarios that a system runs in one stay, for all systems in turn.
struct heat {
  std::vector<entrant> entrants;
  /// Long enough by itself: not warmed up for, and not repeated in further rounds.
  bool once = false;
  /// Its scenarios are one load each: a flame graph of one says something.
  bool profiled = true;
  /// Names all of its scenarios together; empty: they are only named one by one.
  std::string group{};
};

/// Everything, or what belongs to the named families.
std::vector<heat> plan_of(const extent& how_long, depth how_deep, const std::vector<std::string>& families);
/// The names a user may give.
const std::vector<std::string>& families();

// Names that the verdicts look for.
inline constexpr std::string_view one_node_name = "frontrow";
inline constexpr std::string_view bare_name = "node/";           ///< and the way
inline constexpr std::string_view checked_name = "node+checks/"; ///< and the way
inline constexpr std::string_view pgbench_name = "pgbench/";

} // namespace frontrow::bench
