#include "bench/load/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace frontrow::bench {

namespace {

/// Values below it have a place each; above, each power of two is cut into half as many places.
constexpr std::uint64_t exact_below = 2'048;
constexpr std::uint64_t places_a_power = exact_below / 2;
constexpr int exact_bits = 11;

std::size_t place_of(std::uint64_t value) {
  if (value < exact_below)
    return static_cast<std::size_t>(value);
  const auto shift = std::bit_width(value) - exact_bits;
  const auto first = exact_below + static_cast<std::uint64_t>(shift - 1) * places_a_power;
  return static_cast<std::size_t>(first + (value >> shift) - places_a_power);
}

/// The largest value of a place.
std::uint64_t top_of(std::size_t place) {
  if (place < exact_below)
    return place;
  const auto shift = (place - exact_below) / places_a_power + 1;
  const auto within = (place - exact_below) % places_a_power + places_a_power;
  return ((within + 1) << shift) - 1;
}

} // namespace

void latency_histogram::record(std::uint64_t microseconds, std::uint64_t times) {
  if (times == 0)
    return;
  const auto place = place_of(microseconds);
  if (place >= counts_.size())
    counts_.resize(place + 1);
  counts_[place] += times;
  count_ += times;
  max_ = std::max(max_, microseconds);
}

void latency_histogram::add(const latency_histogram& other) {
  if (other.counts_.size() > counts_.size())
    counts_.resize(other.counts_.size());
  for (std::size_t place = 0; place < other.counts_.size(); ++place)
    counts_[place] += other.counts_[place];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t latency_histogram::percentile(double share) const {
  if (count_ == 0)
    return 0;
  const auto asked = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(asked), 1, count_);
  std::uint64_t passed = 0;
  for (std::size_t place = 0; place < counts_.size(); ++place) {
    passed += counts_[place];
    if (passed >= rank)
      return std::min(top_of(place), max_);
  }
  return max_;
}

} // namespace frontrow::bench
