#pragma once

#include "bench/contest/contender.hpp"
#include "bench/contest/figures.hpp"
#include "bench/load/client.hpp"
#include "bench/load/measurement.hpp"

#include <chrono>
#include <functional>
#include <vector>

namespace frontrow::bench {

/// The sizes by which growth is told, each from small to large.
struct growth_sizes {
  std::vector<int> shards{64, 256, 1'024};
  std::vector<int> seats{50, 500, 5'000, 50'000}; ///< of an option
  std::vector<int> waiting{1'000, 10'000, 100'000, 1'000'000};
  std::vector<int> accounts{1'000, 10'000, 100'000, 1'000'000};
  std::vector<int> events{10'000, 100'000, 1'000'000, 10'000'000}; ///< in the journal
  int charges = 40'000;                                            ///< over those accounts at least
};

/// How large and how long the scenarios are.
struct extent {
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds measured{2'000};
  int waiting = 110'000; ///< in the room that is polled
  int many_connections = 10'000;
  int day_people = 110'000; ///< of on-sale, for Frontrow on one node
  int day_people_others = 11'000;
  std::chrono::milliseconds day_arriving{10'000}; ///< everybody comes within it
  growth_sizes sizes{};

  static extent full() { return {}; }
  static extent quick();
  /// To get warm, or for a look at where the time goes.
  extent in_short() const;
  /// Just enough to see that everything works.
  static extent smoke();
  std::chrono::milliseconds all() const { return warm_up + measured; }
  /// As many turns as a load could take within the time at this rate, the warm-up included.
  int turns_at(int a_second) const;
};

struct load_terms {
  std::size_t connections = 64;
  double a_second = 0; ///< of an open load; 0: closed
};

/// What one visitor repeats, over its own connection (the number), as long as the pace gives turns.
using visitor = std::function<visit(client&, std::size_t connection, pace&, meter&)>;

/// Loads a server for the extent's time and tells what came of it, processor time included. The scenario
/// checks the outcome afterwards and writes into `wrong` itself; answers that were wrong are there already.
figures run_load(std::uint16_t port, const std::vector<pid_t>& serving, const extent& how_long,
                 const load_terms& terms, const visitor& each);

/// The same for a load with an end: until the visitors find nothing left to do, all of it measured.
figures run_to_the_last(std::uint16_t port, const std::vector<pid_t>& serving, std::size_t connections,
                        const visitor& each);

/// What a distribution comes to.
void add_latency(figures& to, const latency_histogram& latency);
/// The run is wrong for this reason, if there is one, and counts as zero.
void judge(figures& run, const std::optional<std::string>& complaint);

} // namespace frontrow::bench
