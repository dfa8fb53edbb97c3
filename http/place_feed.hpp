#pragma once

#include "domain/queue.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace frontrow::http {

/// What a front asks one queue about the places of its listeners, and when (docs/live.md). No I/O, no clock;
/// one thread at a time. A place is in it once, however many listen to it. About 200 bytes a place.
class place_feed {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using span = std::chrono::milliseconds;

  /// Between an answer and the next question: what a queue lets in at once at its fastest, seen by a person
  /// as one.
  static constexpr span pause_least{50};
  /// While nothing changes: an admission is still told well within a second.
  static constexpr span pause_most{250};
  /// Waiting, and admitted within this: asked about at each look.
  static constexpr std::int64_t near_seconds = 3;
  /// Further back: the time to admission by this, within these. A place changes by a few per cent in between.
  static constexpr std::int64_t looks_until_admitted = 30;
  static constexpr span interval_least{1'000};
  static constexpr span interval_most{5'000};
  /// In one question: some 100 KB of answer, a millisecond of the queue's time.
  static constexpr std::size_t places_per_look_max = 2'000;

  /// Somebody listens to this place and knows its state as `known` says. It is asked about at the next look.
  void add(const domain::place_progress& known, time_point now);
  /// Nobody listens to it any more.
  void remove(domain::place_number place);
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }

  /// When the next question is due; never while one is under way.
  std::optional<time_point> next_look() const;
  /// The question. Answer it by `answered` or `failed`.
  domain::watch_places ask(time_point now);
  /// Whose state is another one now.
  std::vector<domain::place_progress> answered(const domain::places_watched& answer, time_point now);
  /// Nobody answered: the same is asked again.
  void failed(time_point now);

private:
  struct entry {
    domain::place_progress state;
    domain::event_number version = 0; // as of which it is known; 0: not from a look
    time_point due;
    bool planned = false; // in due_; otherwise asked about now
  };
  using entry_map = std::map<domain::place_number, entry>;

  static span interval_of(const domain::place_progress& state);
  void plan(domain::place_number place, entry& which, time_point due);
  void plan_asked(domain::event_number version, time_point now);
  void hurry_those_admitted(domain::place_number first_waiting, time_point now);

  entry_map entries_;
  std::set<std::pair<time_point, domain::place_number>> due_;
  std::vector<domain::place_number> asked_; // in the question under way
  bool asking_ = false;
  time_point next_look_{};
  span pause_ = pause_least;
  domain::event_number version_ = 0;       // of the last answer
  domain::place_number first_waiting_ = 0; // likewise
};

/// Whether a place in this state will never change again.
constexpr bool is_over(domain::place_status status) {
  return status == domain::place_status::completed || status == domain::place_status::expired;
}

} // namespace frontrow::http
