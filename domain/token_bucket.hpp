#pragma once

#include "domain/identity.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <optional>

namespace frontrow::domain {

/// How fast a bucket fills, and how full it gets. Both in whole tokens, from 1 to 1,000,000,000.
struct bucket_limits {
  std::int64_t rate_per_second = 1;
  std::int64_t burst = 1;
  bool operator==(const bucket_limits&) const = default;
};

/// A token bucket in thousandths of a token: `rate_per_second` thousandths a millisecond, so it is exact in
/// integers, however often it is looked at. In any interval at most rate x length + burst are taken. Time
/// that runs backwards fills nothing: a millisecond counts once. 16 bytes, since the limits stand elsewhere.
/// Not thread-safe.
class token_bucket {
public:
  static constexpr std::int64_t one = 1000; // thousandths

  token_bucket() = default;
  /// `level` thousandths, as of `at`.
  token_bucket(std::int64_t level, instant at) : level_(level), at_(at) {}
  static token_bucket full(const bucket_limits& limits, instant at) { return {limits.burst * one, at}; }

  std::int64_t level() const { return level_; }
  instant at() const { return at_; }

  /// What is in it at `now`, in thousandths.
  std::int64_t level_at(instant now, const bucket_limits& limits) const {
    const std::int64_t brim = limits.burst * one;
    if (now <= at_ || level_ >= brim)
      return std::min(level_, brim);
    // Compared before it is multiplied: years of milliseconds times a rate do not fit.
    const std::int64_t elapsed = (now - at_).count();
    if (elapsed >= (brim - level_) / limits.rate_per_second + 1)
      return brim;
    return std::min(brim, level_ + elapsed * limits.rate_per_second);
  }

  /// Fills it up to `now`, under the limits that held until then.
  void advance(instant now, const bucket_limits& limits) {
    level_ = level_at(now, limits);
    at_ = std::max(at_, now);
  }

  /// After the limits changed: never fuller than the new ones let it be.
  void clamp(const bucket_limits& limits) { level_ = std::min(level_, limits.burst * one); }

  /// Takes whole tokens that are there.
  void take(std::int64_t tokens) {
    assert(tokens >= 0 && tokens * one <= level_);
    level_ -= tokens * one;
  }

  /// When it will hold `tokens` whole ones (at most `burst` ever do): its own time if it does already.
  instant time_of(std::int64_t tokens, const bucket_limits& limits) const {
    assert(tokens <= limits.burst);
    const std::int64_t missing = tokens * one - level_;
    if (missing <= 0)
      return at_;
    return at_ + milliseconds{(missing + limits.rate_per_second - 1) / limits.rate_per_second};
  }

  /// Takes `tokens` (at most `burst`) at `now`: nothing if they were there, else how long until they are, and
  /// none is taken.
  std::optional<milliseconds> take_or_wait(instant now, const bucket_limits& limits,
                                           std::int64_t tokens = 1) {
    advance(now, limits);
    if (tokens * one > level_)
      return time_of(tokens, limits) - now;
    take(tokens);
    return std::nullopt;
  }

  bool operator==(const token_bucket&) const = default;

private:
  std::int64_t level_ = 0;
  instant at_;
};

} // namespace frontrow::domain
