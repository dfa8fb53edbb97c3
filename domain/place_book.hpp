#pragma once

#include "domain/position_index.hpp"
#include "domain/queue_events.hpp"

#include <boost/container/deque.hpp>
#include <cstddef>
#include <map>

namespace frontrow::domain {

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

/// The places of a waiting room, as far as their owners are told of them: who has which, how it is doing, who
/// stands where. Its queue keeps one, with what the next event may be; a copy that is given the same events
/// later tells what was true as of the last of them (actors/place_board.hpp). 32 bytes a place and four for
/// its position, which is exact, in O(log n), from a Fenwick tree.
///
/// Events cannot be refused; what may happen is the queue's to decide. An ended place is remembered for
/// `remembered_for`, longer while one before it is still in use, since places are forgotten from the front.
class place_book {
public:
  class entry {
  public:
    place_secret secret{};
    user_id user = 0;

    entry(const place_secret& with, user_id of) : secret(with), user(of) {
      is_now(place_status::waiting, {});
    }
    /// Never sold_out: that is a matter of the whole queue.
    place_status status() const { return static_cast<place_status>(until_and_status_ & 0xff); }
    /// Active: end of the shopping time; ended: when it ended.
    instant until() const { return instant{milliseconds{until_and_status_ >> 8}}; }
    void is_now(place_status status, instant until) {
      until_and_status_ = until.time_since_epoch().count() * 256 + static_cast<std::int64_t>(status);
    }

  private:
    std::int64_t until_and_status_ = 0; // milliseconds, then one byte
  };

  /// Where its next place is `first`.
  explicit place_book(place_number first = 1)
      : first_place_(first), first_waiting_(first), positions_(first) {}

  /// `forgotten(entry)` for each place that is forgotten, the oldest first.
  template <class Forgotten>
  void apply(const queue_event& happened, Forgotten forgotten);
  void apply(const queue_event& happened) {
    apply(happened, [](const entry&) {});
  }

  // ---- from a snapshot
  void restore_place(const entry& place);
  void restore_option(option_id option, event_number number, bool sold_out);
  void restore_policy(bool opened, const queue_policy& policy, instant as_of);

  // ---- telling
  /// Null: not remembered, not yet taken, or somebody else's. `user` 0: whoever.
  const entry* find(place_number place) const;
  const entry* find(place_number place, const place_secret& secret, user_id user) const;
  const entry& at(place_number place) const { return places_[index_of(place)]; }
  /// A remembered place at `now`, which is no earlier than the last event.
  place_view view_of(place_number place, answer how, instant now) const;
  place_status status_at(const entry& place, instant now) const;
  /// One who waits at `position` while so many shop: status, estimate, when to ask again.
  void describe_waiting(place_view& view, std::int64_t position, std::int64_t shopping) const;
  /// One who shops until then.
  static void describe_active(place_view& view, instant until);

  // ---- the room
  /// Within a queue time never runs backwards: as of the last event at the earliest.
  instant no_earlier(instant now) const { return std::max(now, as_of_); }
  bool opened() const { return opened_; }
  const queue_policy& policy() const { return policy_; }
  std::int64_t waiting() const { return waiting_; }
  std::int64_t active() const { return active_; }
  /// At least one option is known, and all are sold out.
  bool sold_out() const { return !options_.empty() && options_sold_out_ == options_.size(); }
  struct reported {
    event_number number = 0;
    bool sold_out = false;
  };
  const std::map<option_id, reported>& options() const { return options_; }
  std::size_t size() const { return places_.size(); }
  place_number first_place() const { return first_place_; }
  place_number next_place() const { return first_place_ + static_cast<place_number>(places_.size()); }
  /// Nobody waits before it.
  place_number first_waiting() const { return first_waiting_; }
  std::size_t memory_bytes() const { return places_.size() * sizeof(entry) + positions_.memory_bytes(); }

private:
  std::size_t index_of(place_number place) const { return static_cast<std::size_t>(place - first_place_); }
  entry& entry_of(place_number place) { return places_[index_of(place)]; }

  void apply_one(const queue_opened& fact);
  void apply_one(const place_taken& fact);
  void apply_one(const places_taken& fact);
  void apply_one(const places_admitted& fact);
  void apply_one(const places_ended& fact);
  void apply_one(const policy_changed& fact);
  void apply_one(const option_reported& fact);
  void take(place_number place, user_id user, const place_secret& secret);
  void end(place_number place, place_status status, instant when);
  bool oldest_may_go() const;
  void forget_oldest();

  instant as_of_; // the last event's time
  bool opened_ = false;
  queue_policy policy_;
  std::int64_t waiting_ = 0;
  std::int64_t active_ = 0;
  /// How long people have been shopping of late, for estimates; no part of history: a restored room begins with the
  /// longest, which is told to everybody then.
  milliseconds shopping_time_{0};
  std::map<option_id, reported> options_;
  std::size_t options_sold_out_ = 0;

  // Blocks of 64 KB: nothing is moved when the room grows, and the front goes back to the allocator.
  using entries =
      boost::container::deque<entry, void,
                              boost::container::deque_options_t<boost::container::block_bytes<65536>>>;
  place_number first_place_; // of places_
  entries places_;
  place_number first_waiting_;
  position_index positions_; // of the waiting
};

/// Places that one event forgets at the most: forgetting keeps pace with any joining and never makes a pause.
inline constexpr std::int64_t forget_places_max = 1'000;

template <class Forgotten>
void place_book::apply(const queue_event& happened, Forgotten forgotten) {
  as_of_ = std::max(as_of_, std::visit([](const auto& fact) { return fact.at; }, happened));
  std::visit([this](const auto& fact) { this->apply_one(fact); }, happened);
  // By the time of the event at hand, never by a clock: a replay forgets the same.
  for (std::int64_t n = 0; n < forget_places_max && oldest_may_go(); ++n) {
    forgotten(places_.front());
    forget_oldest();
  }
  first_waiting_ = std::max(first_waiting_, first_place_);
  positions_.forget_before(first_place_);
}

} // namespace frontrow::domain
