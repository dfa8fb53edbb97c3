#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace frontrow::bench {

/// How often each latency was seen, in the manner of HdrHistogram (hdrhistogram.org): exact below 2,048
/// microseconds, above within one in 1,024; any value is kept, none is cut off. (Debian 12 has no package of
/// the C library.) Not thread-safe.
class latency_histogram {
public:
  void record(std::uint64_t microseconds) { record(microseconds, 1); }
  void record(std::uint64_t microseconds, std::uint64_t times);
  void add(const latency_histogram& other);

  std::uint64_t count() const { return count_; }
  /// The largest, exactly; 0 without any.
  std::uint64_t max() const { return max_; }
  /// The least value that this share of all is not above, rounded up by at most one in 1,024; share from 0
  /// to 1. 0 without any.
  std::uint64_t percentile(double share) const;
  /// ... in milliseconds.
  double percentile_ms(double share) const { return static_cast<double>(percentile(share)) / 1'000; }

private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

} // namespace frontrow::bench
