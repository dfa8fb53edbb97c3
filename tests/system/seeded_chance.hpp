#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>

namespace frontrow::test {

/// The chance in a random test. It prints its seed; FRONTROW_SEED brings the same draws back (the moments at which
/// processes run are not drawn, so a run is never quite the same). For one thread.
class seeded_chance {
public:
  explicit seeded_chance(std::string_view name) : engine_(chosen_seed(name)) {}

  /// Evenly from `low` to `high`, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  bool one_in(std::int64_t times) { return between(1, times) == 1; }
  /// Another one, for another thread: of the same seed.
  seeded_chance split() { return seeded_chance{engine_()}; }

private:
  explicit seeded_chance(std::uint64_t seed) : engine_(seed) {}
  static std::uint64_t chosen_seed(std::string_view name) {
    const char* given = std::getenv("FRONTROW_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << name << ": FRONTROW_SEED=" << seed << std::endl;
    return seed;
  }

  std::mt19937_64 engine_;
};

} // namespace frontrow::test
