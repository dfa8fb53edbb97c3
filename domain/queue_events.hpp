#pragma once

#include "domain/decision.hpp"

#include <array>
#include <variant>
#include <vector>

/// How people are let in, and what happens in a waiting room: the history of a queue.
namespace frontrow::domain {

/// The unguessable half of a queue token: 128 random bits, drawn by whoever asks to join.
using place_secret = std::array<std::uint8_t, 16>;

/// How people are let in. The limits of each field stand beside it; `valid(policy)` checks them.
struct queue_policy {
  std::int32_t rate_per_second = 100; // 1 … 1,000,000
  std::int32_t burst = 100;           // 1 … 1,000,000
  std::int32_t max_active = 6000;     // 1 … 10,000,000
  std::int32_t capacity = 110000;     // waiting at once; 1 … 10,000,000
  std::int32_t active_seconds = 300;  // 1 … 86,400
  std::int32_t abandon_seconds = 120; // 0 = never … 86,400
  bool guard_seat_map = false;
  bool paused = false;
  bool operator==(const queue_policy&) const = default;
};
bool valid(const queue_policy& policy);

struct queue_opened {
  instant at;
  queue_policy policy;
};
/// Places are numbered in the order of these events.
struct place_taken {
  instant at;
  place_number place = 0;
  user_id user = 0;
  place_secret secret{};
  command_id command;
};
/// Several who joined at the same moment. `first` is the first one's place, the others' follow.
struct places_taken {
  struct taker {
    user_id user = 0;
    place_secret secret{};
    command_id command;
  };
  instant at;
  place_number first = 0;
  std::vector<taker> takers;
};
/// The first `count` waiting, the last of them being `through`, may shop until `until`.
struct places_admitted {
  instant at;
  place_number through = 0;
  std::int32_t count = 0;
  instant until;
};
enum class place_end : std::uint8_t { expired = 1, abandoned = 2, left = 3, completed = 4 };
/// Places that ended, all for one reason: shopping time over, gone away, given up, paid.
struct places_ended {
  instant at;
  place_end reason{};
  std::vector<place_number> places;
};
struct policy_changed {
  instant at;
  queue_policy policy;
};
struct option_reported {
  instant at;
  option_id option = 0;
  event_number number = 0;
  bool sold_out = false;
};

using queue_event = std::variant<queue_opened, place_taken, places_taken, places_admitted, places_ended,
                                 policy_changed, option_reported>;

} // namespace frontrow::domain
