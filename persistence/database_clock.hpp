#pragma once

#include "domain/identity.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

namespace frontrow::persistence {

/// The time by the database's clock, measured at each lease renewal and carried on by the monotonic clock, so
/// that a node with a wrong wall clock does no harm. Never goes backwards: after a measurement that lies
/// behind what was told already it stands still until it has caught up. All functions for any thread.
/// Until the first measurement it tells the wall clock's time. This file is the only one that reads it.
class database_clock {
public:
  using steady_time = std::chrono::steady_clock::time_point;

  database_clock();
  /// With a monotonic clock of one's own, to be wound by hand in tests.
  explicit database_clock(std::function<steady_time()> monotonic);

  domain::instant now() const;
  /// The monotonic clock that it runs on.
  steady_time monotonic() const { return monotonic_(); }

  /// The database said `told` somewhere between `before` and `after`; the middle is taken.
  void measured(steady_time before, std::chrono::sys_time<std::chrono::microseconds> told, steady_time after);
  bool is_measured() const { return measured_.load(); }
  /// How far a reading may be off, by the last measurement: half its round trip.
  std::chrono::microseconds uncertainty() const { return std::chrono::microseconds{uncertainty_.load()}; }

private:
  std::function<steady_time()> monotonic_;
  std::atomic<std::int64_t> offset_; // microseconds: database time - monotonic time
  std::atomic<std::int64_t> uncertainty_{0};
  std::atomic<bool> measured_{false};
  mutable std::atomic<std::int64_t> last_told_; // milliseconds
};

} // namespace frontrow::persistence
