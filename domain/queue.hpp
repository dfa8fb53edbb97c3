#pragma once

#include "domain/decision.hpp"
#include "domain/position_index.hpp"
#include "domain/queue_presence.hpp"
#include "domain/token_bucket.hpp"

#include <array>
#include <boost/container/deque.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <set>
#include <variant>
#include <vector>

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

// ---- commands

struct open_queue {
  queue_policy policy;
};
/// Takes a place, or finds the one that this user has. `secret` becomes the place's if one is made.
struct join_queue {
  command_id command; // none: not to be recognised beyond "one place per user"
  user_id user = 0;
  place_secret secret{};
};
/// The state of a place; counts as presence (see `observe`). `user` 0: the caller showed no login.
struct read_place {
  place_number place = 0;
  place_secret secret{};
  user_id user = 0;
};
/// Several at once, as a front gathers them; none is refused alone.
struct read_places {
  std::vector<read_place> places;
};
/// Gives the place up; done also if it has ended already.
struct leave_queue {
  place_number place = 0;
  place_secret secret{};
  user_id user = 0;
};
/// A payment was completed: the place has served. Done also if the place has ended otherwise.
struct complete_place {
  place_number place = 0;
  option_id option = 0;
  event_number payment = 0;
};
/// The whole new policy (the caller merges a patch with `read_queue`'s answer).
struct change_policy {
  queue_policy policy;
};
/// What an option tells its concert's queue: that it exists, and whether it is sold out. `number` grows
/// with each report of an option; an older one changes nothing.
struct report_option {
  option_id option = 0;
  event_number number = 0;
  bool sold_out = false;
};
/// Figures of the whole queue.
struct read_queue {};
/// How the places that a front's listeners have are doing; they count as present (see `observe`). The front has seen
/// their tokens, by `read_place`; so numbers are enough.
struct watch_places {
  event_number known_version = 0;         // as of which the states of `if_changed` are known
  std::vector<place_number> if_changed;   // told again only if the queue has another version by now
  std::vector<place_number> in_any_case;
};

// ---- events

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

// ---- replies

enum class place_status : std::uint8_t { waiting = 1, active = 2, completed = 3, expired = 4, sold_out = 5 };

struct place_view {
  answer how = answer::found;
  place_number place = 0;
  place_secret secret{};
  user_id user = 0;
  place_status status{};
  std::int64_t position = 0;      // from 1 while waiting, else 0
  std::int64_t eta_seconds = 0;   // an honest estimate, 0 unless waiting
  std::int32_t poll_after_ms = 0; // what a well-behaved client waits
  instant valid_until;            // end of the shopping time; epoch unless active
  bool operator==(const place_view&) const = default;
};

/// In the order of the questions; `place` 0 where `read_place` would be refused.
struct places_read {
  std::vector<place_view> places;
  bool operator==(const places_read&) const = default;
};

/// A place_view without what its owner knows already.
struct place_progress {
  place_number place = 0;
  place_status status{}; // one that is not remembered any more: expired
  std::int64_t position = 0;
  std::int64_t eta_seconds = 0;
  std::int32_t poll_after_ms = 0;
  instant valid_until;
  bool operator==(const place_progress&) const = default;
};
place_progress progress_of(const place_view& view);
struct places_watched {
  event_number version = 0;
  place_number first_waiting = 0; // nobody waits before it
  std::vector<place_progress> told;
  bool operator==(const places_watched&) const = default;
};

struct queue_view {
  queue_policy policy;
  std::int64_t waiting = 0;
  std::int64_t active = 0;
  std::int64_t admitted_total = 0;
  bool sold_out = false;
  bool operator==(const queue_view&) const = default;
};

/// Places that one tick ends for one reason, and lets in, at the most: what is left stays due. An event of
/// so many is some 20 KB of JSON and a millisecond's work, so nobody behind it waits long.
inline constexpr std::int64_t tick_places_max = 2'000;
/// Places that one event forgets at the most: forgetting keeps pace with any joining and never makes a pause.
inline constexpr std::int64_t forget_places_max = 1'000;
/// Admissions are due this often a second at the most, each of rate / 50 people: one person at a time would
/// be an event a millisecond in a fast queue.
inline constexpr std::int64_t admissions_per_second_max = 50;
/// Ended places of one user that are remembered: past it joining is refused (`queue_full`) until the oldest is
/// forgotten. Nobody who wants to shop joins a hundred times a day; one who joins and leaves in a loop would fill
/// memory for 25 hours, and each joining looks through the user's places for its command.
inline constexpr std::int64_t user_places_max = 100;
/// How long after its time an abandonment may be looked for, so that many are found at once.
inline constexpr milliseconds abandonment_slack{500};

/// A concert's waiting room: first come, first served, at a fixed rate.
///
/// Admission is a token bucket in thousandths of a person, filled by `rate_per_second` a millisecond
/// (so it is exact in integers), at most `burst` full; it starts full. In any interval therefore
/// admitted <= rate x length + burst. Positions are exact, in O(log n), from a Fenwick tree over places.
/// At most 200 bytes per waiting person (bench/ prints it).
///
/// Presence (who polled when) is not history: it is not journaled, and a new life takes everyone as seen
/// at its start, which errs only towards keeping a place.
///
/// Within the queue time never runs backwards: a command that comes with an earlier `now` than the last event
/// is decided as of that event. An ended place is remembered for `remembered_for`, longer while one before it
/// is still in use, since places are forgotten from the front.
class queue {
public:
  using event =
      std::variant<queue_opened, place_taken, places_admitted, places_ended, policy_changed, option_reported>;
  template <class Reply>
  using decided = decision<event, Reply>;

  /// Columns, one entry per remembered place, in order of place numbers from `first_place` on.
  struct snapshot_type {
    event_number version = 0;
    bool opened = false;
    queue_policy policy;
    std::int64_t credit = 0; // thousandths of a person, at credit_at
    instant credit_at;
    std::int64_t admitted_total = 0;
    place_number first_place = 1;
    struct place {
      user_id user = 0;
      place_secret secret{};
      command_id command;
      place_status status{};
      instant until; // active: end of shopping time; ended: when it ended
      bool operator==(const place&) const = default;
    };
    std::vector<place> places;
    struct option {
      option_id id = 0;
      event_number number = 0;
      bool sold_out = false;
      bool operator==(const option&) const = default;
    };
    std::vector<option> options;
    bool operator==(const snapshot_type&) const = default;
  };

  explicit queue(concert_id concert) : concert_(concert) {}
  static queue restore(concert_id concert, const snapshot_type& snapshot);
  snapshot_type snapshot() const;

  decided<done> decide(const open_queue& command, instant now) const;
  decided<place_view> decide(const join_queue& command, instant now) const;
  decided<place_view> decide(const read_place& command, instant now) const;
  decided<places_read> decide(const read_places& command, instant now) const;
  decided<done> decide(const leave_queue& command, instant now) const;
  decided<done> decide(const complete_place& command, instant now) const;
  decided<queue_view> decide(const change_policy& command, instant now) const;
  decided<done> decide(const report_option& command, instant now) const;
  decided<queue_view> decide(const read_queue& command, instant now) const;
  decided<places_watched> decide(const watch_places& command, instant now) const;
  decided<done> decide(const tick& command, instant now) const;
  void apply(const event& happened);

  /// Notes presence before a command is decided; no part of history, and no answer depends on it.
  void observe(const read_place& command, instant now);
  void observe(const read_places& command, instant now);
  /// Who asks to join is there: without this, one who comes back late might lose the place that it found.
  void observe(const join_queue& command, instant now);
  /// Whoever listens is there.
  void observe(const watch_places& command, instant now);
  /// A new life begins: everyone counts as seen now.
  void begin_life(instant now);

  event_number version() const { return version_; }
  std::int64_t waiting() const { return waiting_; }
  std::int64_t active() const { return static_cast<std::int64_t>(active_.size()); }
  std::int64_t admitted_total() const { return admitted_total_; }
  const queue_policy& policy() const { return policy_; }
  /// At least one option is known, and all are sold out.
  bool sold_out() const { return !options_.empty() && options_sold_out_ == options_.size(); }
  /// When the next admission, expiry or look for the abandoned is due.
  std::optional<instant> next_deadline() const;
  std::size_t memory_bytes() const;

private:
  struct record {
    place_secret secret{};
    command_id command;
    user_id user = 0;
    instant until;             // as in the snapshot
    place_number previous = 0; // of the same user, 0: none; it may be forgotten by now
    place_status status{};     // never sold_out: that is a matter of the whole queue
  };
  struct reported {
    event_number number = 0;
    bool sold_out = false;
  };

  // deciding (queue.cpp)
  instant no_earlier(instant now) const { return std::max(now, bucket_.at()); }
  bucket_limits limits() const { return {policy_.rate_per_second, policy_.burst}; }
  bool admitting() const { return opened_ && !policy_.paused && !sold_out(); }
  bool abandoned(place_number place, instant at) const;
  place_status status_at(const record& place, instant at) const;
  place_view view_of(place_number place, answer how, instant at) const;
  void describe_waiting(place_view& view, std::int64_t position) const;
  queue_view figures() const;
  struct remembered_places {
    place_number by_command = 0; // the place that the command made, 0: none
    std::int64_t count = 0;      // of the user's; up to by_command if there is one, user_places_max at the most
  };
  remembered_places look_through(place_number latest, command_id command) const;
  std::vector<place_number> lapsed(instant at) const;
  std::vector<place_number> gone_away(instant at) const;
  place_number last_admitted(std::int64_t count, instant at) const;

  // looking up
  const record* find(place_number place) const;
  const record* find(place_number place, const place_secret& secret, user_id user) const;
  record& at_place(place_number place) { return places_[static_cast<std::size_t>(place - first_place_)]; }
  const record& at_place(place_number place) const {
    return places_[static_cast<std::size_t>(place - first_place_)];
  }
  place_number next_place() const { return first_place_ + static_cast<place_number>(places_.size()); }

  // applying (queue_apply.cpp)
  void apply_one(const queue_opened& fact);
  void apply_one(const place_taken& fact);
  void apply_one(const places_admitted& fact);
  void apply_one(const places_ended& fact);
  void apply_one(const policy_changed& fact);
  void apply_one(const option_reported& fact);
  void end_place(place_number place, place_status status, instant at);
  void stop_waiting(place_number place);
  void forget(instant at);

  concert_id concert_ = 0;
  event_number version_ = 0;
  bool opened_ = false;
  queue_policy policy_;
  token_bucket bucket_; // credit; its time is that of the last event
  std::int64_t admitted_total_ = 0;
  std::int64_t waiting_ = 0;
  std::map<option_id, reported> options_;
  std::size_t options_sold_out_ = 0;

  // Blocks of 64 KB: nothing is moved when the queue grows, and the front goes back to the allocator.
  using records =
      boost::container::deque<record, void,
                              boost::container::deque_options_t<boost::container::block_bytes<65536>>>;
  place_number first_place_ = 1; // of places_
  records places_;
  place_number first_waiting_ = 1; // nobody waits before it
  boost::unordered_flat_map<user_id, place_number> latest_place_;
  position_index positions_;                          // of the waiting
  queue_presence presence_;                           // of the waiting
  std::set<std::pair<instant, place_number>> active_; // by the end of their shopping time
};

} // namespace frontrow::domain
