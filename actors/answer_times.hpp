#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "cluster/envelope.hpp"

namespace frontrow::actors {

/// How long commands took from their arrival at their actor to their durable answer, counted by size. Any thread.
class answer_times {
public:
  /// Upper bounds in microseconds; one more bucket for all that is longer.
  static constexpr std::array<std::int64_t, 12> bounds_us{200,    500,    1'000,   2'000,   5'000,     10'000,
                                                          20'000, 50'000, 100'000, 500'000, 1'000'000, 5'000'000};
  using counts = std::array<std::int64_t, bounds_us.size() + 1>;

  void note(std::chrono::steady_clock::duration took) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    std::size_t bucket = 0;
    while (bucket < bounds_us.size() && us > bounds_us.at(bucket))
      ++bucket;
    counted_.at(bucket).fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(us, std::memory_order_relaxed);
  }
  /// Each bucket by itself, not those below it.
  counts counted() const {
    counts now{};
    for (std::size_t at = 0; at < now.size(); ++at)
      now.at(at) = counted_.at(at).load(std::memory_order_relaxed);
    return now;
  }
  std::int64_t sum_us() const { return sum_us_.load(std::memory_order_relaxed); }

private:
  std::array<std::atomic<std::int64_t>, bounds_us.size() + 1> counted_{};
  std::atomic<std::int64_t> sum_us_{0};
};

/// One actor's part of it: a sample. One command at a time has its time taken, whatever others are under way, so that
/// neither memory nor time grows with the crowd; who asks after the state of things (reads) is not counted. One thread.
class answer_sample {
public:
  using steady_time = std::chrono::steady_clock::time_point;
  /// A command that is not answered by then never will be: whoever asked has given up.
  static constexpr std::chrono::seconds patience{60};

  bool wanted(steady_time now) const { return !since_ || now - *since_ > patience; }
  void asked(const cluster::return_address& from, steady_time now) {
    from_ = from;
    since_ = now;
  }
  void answered(const cluster::return_address& to, steady_time now, answer_times& times) {
    if (!is_for(to))
      return;
    times.note(now - *since_);
    since_.reset();
  }
  /// No answer, but the word to ask again.
  void came_to_nothing(const cluster::return_address& to) {
    if (is_for(to))
      since_.reset();
  }
  /// Someone waits for an answer.
  bool under_way() const { return since_.has_value(); }

private:
  bool is_for(const cluster::return_address& to) const {
    return since_ && to.correlation == from_.correlation && to.gateway == from_.gateway && to.node == from_.node;
  }

  cluster::return_address from_;
  std::optional<steady_time> since_;
};

} // namespace frontrow::actors
