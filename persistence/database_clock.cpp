#include "persistence/database_clock.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace frontrow::persistence {

namespace {

std::int64_t microseconds_of(database_clock::steady_time time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

std::int64_t wall_microseconds() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(wall).count();
}

} // namespace

database_clock::database_clock() : database_clock([] { return std::chrono::steady_clock::now(); }) {}

database_clock::database_clock(std::function<steady_time()> monotonic)
    : monotonic_(std::move(monotonic)), offset_(wall_microseconds() - microseconds_of(monotonic_())),
      last_told_(std::numeric_limits<std::int64_t>::min()) {}

domain::instant database_clock::now() const {
  const auto reading = (microseconds_of(monotonic_()) + offset_.load(std::memory_order_relaxed)) / 1000;
  auto last = last_told_.load(std::memory_order_relaxed);
  while (last < reading && !last_told_.compare_exchange_weak(last, reading, std::memory_order_relaxed)) {
  }
  return domain::instant{std::chrono::milliseconds{last < reading ? reading : last}};
}

clock_measurement database_clock::measured(steady_time before, std::chrono::sys_time<std::chrono::microseconds> told,
                                           steady_time after) {
  const std::lock_guard lock{measuring_};
  const auto latest = told.time_since_epoch().count() - microseconds_of(before); // said at once
  const auto earliest = told.time_since_epoch().count() - microseconds_of(after); // said at last
  const auto half = (latest - earliest) / 2;
  const auto quality = half <= good_uncertainty.count() ? clock_measurement::good : clock_measurement::poor;
  if (quality == clock_measurement::good || !measured_) {
    take(latest - half, half);
    return quality;
  }
  const auto present = offset_.load();
  if (const auto nearest = std::clamp(present, earliest, latest); nearest != present)
    take(nearest, latest - earliest);
  return quality;
}

void database_clock::take(std::int64_t offset, std::int64_t uncertainty) {
  offset_.store(offset);
  uncertainty_.store(uncertainty);
  measured_.store(true);
}

} // namespace frontrow::persistence
