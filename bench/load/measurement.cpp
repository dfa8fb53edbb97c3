#include "bench/load/measurement.hpp"

#include <algorithm>

namespace frontrow::bench {

std::optional<clock_type::time_point> pace::take(clock_type::time_point now) {
  if (stopped_)
    return std::nullopt;
  auto due = now;
  if (a_second_ > 0) {
    const std::chrono::duration<double> after{static_cast<double>(taken_) / a_second_};
    due = begun_ + std::chrono::duration_cast<clock_type::duration>(after);
  }
  if (due >= over_.until)
    return std::nullopt;
  ++taken_;
  return due;
}

void meter::note(clock_type::time_point due, clock_type::time_point ended) {
  if (ended >= over_.from && ended < over_.until) {
    ++turns_;
    last_ = std::max(last_, ended);
    const auto at = static_cast<std::size_t>((ended - over_.from) / slot);
    if (at >= timeline_.size())
      timeline_.resize(at + 1);
    ++timeline_[at];
  }
  // By when it was due, not by when it ended: slow ones that end after the window must not be left out.
  if (due >= over_.from && due < over_.until) {
    const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(ended - due).count();
    latency_.record(static_cast<std::uint64_t>(std::max<std::int64_t>(taken, 0)));
  }
}

void meter::wrong(std::string what) {
  if (wrong_++ == 0)
    first_wrong_ = std::move(what);
}

double meter::seconds() const {
  return std::chrono::duration<double>((ran_out_ ? last_ : over_.until) - over_.from).count();
}

double meter::a_second() const {
  return turns_ == 0 ? 0 : static_cast<double>(turns_) / std::max(seconds(), 1e-3);
}

} // namespace frontrow::bench
