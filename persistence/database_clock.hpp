#pragma once

#include "domain/identity.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

namespace frontrow::persistence {

/// What a measurement was worth.
enum class clock_measurement {
  good, ///< taken as it is
  poor, ///< its round trip was too long: it moved the clock no further than it proved it wrong
};

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

  /// Half a round trip up to which a measurement is taken as it is. Between machines of one site it is a
  /// millisecond; a hold is some minutes. What took longer waited somewhere, and nobody knows on which way.
  static constexpr std::chrono::microseconds good_uncertainty{100'000};

  /// The database said `told` somewhere between `before` and `after`, so the true offset lies between
  /// `told - after` and `told - before`. A good measurement sets the clock to the middle. A poor one leaves it
  /// as it is if it lies in there, and else moves it to the nearer end and no further. The first one is taken
  /// however poor, for want of a better; the first good one after it takes its place.
  clock_measurement measured(steady_time before, std::chrono::sys_time<std::chrono::microseconds> told, steady_time after);
  bool is_measured() const { return measured_.load(); }
  /// How far a reading may be off, by the last measurement that set or moved it: half its round trip, or the
  /// whole of it if the clock was moved to an end.
  std::chrono::microseconds uncertainty() const { return std::chrono::microseconds{uncertainty_.load()}; }

private:
  void take(std::int64_t offset, std::int64_t uncertainty);

  std::mutex measuring_; // one measurement at a time; readings do not wait for it
  std::function<steady_time()> monotonic_;
  std::atomic<std::int64_t> offset_; // microseconds: database time - monotonic time
  std::atomic<std::int64_t> uncertainty_{0};
  std::atomic<bool> measured_{false};
  mutable std::atomic<std::int64_t> last_told_; // milliseconds
};

} // namespace frontrow::persistence
