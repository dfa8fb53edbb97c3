#pragma once

#include "domain/decision.hpp"
#include "domain/place_book.hpp"
#include "domain/queue_events.hpp"
#include "domain/queue_presence.hpp"
#include "domain/token_bucket.hpp"

#include <boost/container/deque.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <set>
#include <variant>
#include <vector>

namespace frontrow::domain {

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
/// Several at once, in this order, as a front gathers them; one event records all places that they take.
struct join_together {
  std::vector<join_queue> all;
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

// ---- replies

/// In the order of the commands: what each would have been answered alone, or why it was refused.
struct joined_together {
  std::vector<std::variant<place_view, refused>> answers;
  bool operator==(const joined_together&) const = default;
};
/// Of places that were read without asking the queue: who was there, and when. In the order of time.
struct places_seen {
  struct sight {
    place_number place = 0;
    instant at;
  };
  std::vector<sight> all;
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
/// admitted <= rate x length + burst. What is told of places stands in its place_book.
/// At most 200 bytes per waiting person, with the copy that others read (bench/ prints it).
///
/// Presence (who polled when) is not history: it is not journaled, and a new life takes everyone as seen
/// at its start, which errs only towards keeping a place.
///
/// Within the queue time never runs backwards: a command that comes with an earlier `now` than the last event
/// is decided as of that event.
class queue {
public:
  using event = queue_event;
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
  decided<joined_together> decide(const join_together& command, instant now) const;
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
  void observe(const join_together& command, instant now);
  /// Whoever listens is there.
  void observe(const watch_places& command, instant now);
  void observe(const places_seen& seen, instant now);
  /// A new life begins: everyone counts as seen now.
  void begin_life(instant now);

  event_number version() const { return version_; }
  std::int64_t waiting() const { return book_.waiting(); }
  std::int64_t active() const { return book_.active(); }
  std::int64_t admitted_total() const { return admitted_total_; }
  const queue_policy& policy() const { return book_.policy(); }
  bool sold_out() const { return book_.sold_out(); }
  /// What may be told of its places, as of `version()`.
  const place_book& book() const { return book_; }
  /// When the next admission, expiry or look for the abandoned is due.
  std::optional<instant> next_deadline() const;
  std::size_t memory_bytes() const;

private:
  /// What a place is to the next command of its user; the rest of it stands in the book.
  struct origin {
    command_id command;
    place_number previous = 0; // of the same user, 0: none; it may be forgotten by now
  };

  // deciding (queue.cpp, queue_join.cpp)
  instant no_earlier(instant now) const { return book_.no_earlier(now); }
  bucket_limits limits() const { return {policy().rate_per_second, policy().burst}; }
  bool admitting() const { return book_.opened() && !policy().paused && !sold_out(); }
  bool abandoned(place_number place, instant at) const;
  queue_view figures() const;
  struct remembered_places {
    place_number by_command = 0; // the place that the command made, 0: none
    std::int64_t count = 0;      // of the user's; up to by_command if there is one, user_places_max at the most
  };
  remembered_places look_through(place_number latest, command_id command) const;
  place_number latest_place(user_id user) const;
  class joining;
  std::vector<place_number> lapsed(instant at) const;
  std::vector<place_number> gone_away(instant at) const;
  place_number last_admitted(std::int64_t count, instant at) const;

  // looking up
  const place_book::entry* find(place_number place) const { return book_.find(place); }
  origin& origin_of(place_number place) {
    return origins_[static_cast<std::size_t>(place - book_.first_place())];
  }
  const origin& origin_of(place_number place) const {
    return origins_[static_cast<std::size_t>(place - book_.first_place())];
  }
  bool waits(place_number place) const {
    const auto* found = find(place);
    return found && found->status() == place_status::waiting;
  }

  // applying (queue_apply.cpp): before the book does
  void apply_one(const queue_opened& fact);
  void apply_one(const place_taken& fact);
  void apply_one(const places_taken& fact);
  void apply_one(const places_admitted& fact);
  void apply_one(const places_ended& fact);
  void apply_one(const policy_changed& fact);
  void apply_one(const option_reported&) {}
  void take(place_number place, user_id user, command_id command, instant at);

  concert_id concert_ = 0;
  event_number version_ = 0;
  place_book book_;
  token_bucket bucket_; // credit; its time is that of the last event
  std::int64_t admitted_total_ = 0;

  using origins = boost::container::deque<origin, void,
                                          boost::container::deque_options_t<boost::container::block_bytes<65536>>>;
  origins origins_; // of the book's places
  boost::unordered_flat_map<user_id, place_number> latest_place_;
  queue_presence presence_;                           // of the waiting
  std::set<std::pair<instant, place_number>> active_; // by the end of their shopping time
};

} // namespace frontrow::domain
