#pragma once

#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>
#include <vector>

namespace frontrow::test {

/// The chance in a random test. It prints its seed when it is made; the environment variable
/// FRONTROW_SEED brings the same run back, FRONTROW_STEPS makes it longer or shorter.
class random_source {
public:
  /// `name` is what stands before the seed on the output: the test's name.
  explicit random_source(std::string_view name) : seed_(chosen_seed()), engine_(seed_) {
    std::cout << name << ": FRONTROW_SEED=" << seed_ << std::endl;
  }
  explicit random_source(std::uint64_t seed) : seed_(seed), engine_(seed) {}

  std::uint64_t seed() const { return seed_; }
  std::uint64_t bits() { return engine_(); }

  /// Evenly from `low` to `high`, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    assert(low <= high);
    const auto width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) +
                                     (width == 0 ? bits() : bits() % width));
  }

  /// True once in `times`, on average.
  bool one_in(std::int64_t times) { return between(1, times) == 1; }

  template <class T>
  const T& pick(const std::vector<T>& from) {
    assert(!from.empty());
    return from[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(from.size()) - 1))];
  }

private:
  static std::uint64_t chosen_seed() {
    if (const char* given = std::getenv("FRONTROW_SEED"))
      return std::strtoull(given, nullptr, 10);
    return std::random_device{}() * 0x9e3779b97f4a7c15ULL ^ std::random_device{}();
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

/// How many steps a random test takes: `usual`, or what FRONTROW_STEPS says.
inline std::int64_t steps_or(std::int64_t usual) {
  if (const char* given = std::getenv("FRONTROW_STEPS"))
    return std::strtoll(given, nullptr, 10);
  return usual;
}

} // namespace frontrow::test
