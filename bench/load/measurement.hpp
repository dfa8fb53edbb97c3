#pragma once

#include "bench/load/latency_histogram.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::bench {

using clock_type = std::chrono::steady_clock;

/// The time that counts: what began before or ended after is load, but no figure.
struct window {
  clock_type::time_point from;
  clock_type::time_point until;
};

/// When the turns of a load are due. A closed load's next turn is due as soon as a visitor is free; an open
/// one's at its own time, which goes by whether a visitor is free or not: latencies are counted from there
/// (no coordinated omission).
class pace {
public:
  static pace closed(window over) { return {over, 0}; }
  /// Evenly spread, this many a second, from `begun` on.
  static pace open(window over, clock_type::time_point begun, double a_second) {
    pace made{over, a_second};
    made.begun_ = begun;
    return made;
  }

  /// When the next turn is due: for an open load possibly in the past, or in the future. Nothing: the load is
  /// over.
  std::optional<clock_type::time_point> take(clock_type::time_point now);
  const window& over() const { return over_; }
  /// Nothing is left to do.
  void stop() { stopped_ = true; }

private:
  pace(window over, double a_second) : over_(over), a_second_(a_second) {}

  window over_;
  double a_second_;
  clock_type::time_point begun_{};
  std::uint64_t taken_ = 0;
  bool stopped_ = false;
};

/// Collects what came of a load's turns.
class meter {
public:
  explicit meter(window over) : over_(over), last_(over.from) {}

  /// A turn that was due then has ended well now.
  void note(clock_type::time_point due, clock_type::time_point ended);
  /// A turn has got another answer than it should: the run is wrong.
  void wrong(std::string what);

  /// Turns a second: those that ended in the window, by its length, or by the time until the last one when
  /// the load ran out of things to do before.
  double a_second() const;
  double seconds() const;
  std::uint64_t turns() const { return turns_; }
  const latency_histogram& latency() const { return latency_; }
  /// Turns that ended in each tenth of a second of the window.
  const std::vector<std::uint32_t>& timeline() const { return timeline_; }
  std::uint64_t wrong_turns() const { return wrong_; }
  const std::string& first_wrong() const { return first_wrong_; }
  /// The load ended of itself: its time is over with its last turn.
  void ran_out() { ran_out_ = true; }

  static constexpr std::chrono::milliseconds slot{100};

private:
  window over_;
  clock_type::time_point last_;
  std::uint64_t turns_ = 0;
  latency_histogram latency_;
  std::vector<std::uint32_t> timeline_;
  std::uint64_t wrong_ = 0;
  std::string first_wrong_;
  bool ran_out_ = false;
};

} // namespace frontrow::bench
