#pragma once

#include "domain/identity.hpp"

#include <algorithm>
#include <boost/container/deque.hpp>
#include <cstddef>

namespace frontrow::domain {

/// Who of the waiting was last seen when: a list from the longest unseen to the latest seen, linked through
/// an array over places, so that each operation is O(1). 16 bytes a place. No part of history.
///
/// Being seen never goes back in time: one who is seen by an earlier clock counts as seen at the latest time
/// at which anyone was.
class queue_presence {
public:
  /// Where its next place is `first`.
  explicit queue_presence(place_number first = 1) : first_(first) {}

  /// The next place, which waits and was seen at `at`.
  void append(instant at);
  /// The next place, which does not wait.
  void append_gone() { links_.emplace_back(); }
  /// A waiting place was seen.
  void see(place_number place, instant at);
  /// A waiting place does not wait any more.
  void remove(place_number place);
  /// The first place is forgotten; it does not wait.
  void forget_front();
  /// Everyone counts as seen at `at` at the earliest.
  void see_all(instant at) { all_seen_ = std::max(all_seen_, at); }

  instant last_seen(place_number place) const { return std::max(all_seen_, link(place).seen); }
  /// The longest unseen, and who follows it: 0 for none.
  place_number longest_unseen() const { return oldest_; }
  place_number next_unseen(place_number place) const { return beside(place, link(place).to_newer); }
  std::size_t memory_bytes() const { return links_.size() * sizeof(linked); }

private:
  /// Who comes before and after, as distances between places: 0 for none. As many places as distances reach
  /// over do not fit into memory.
  using distance = std::int32_t;
  struct linked {
    instant seen;
    distance to_older = 0;
    distance to_newer = 0;
  };

  static place_number beside(place_number place, distance away) { return away ? place + away : 0; }
  static distance between(place_number place, place_number other) {
    return other ? static_cast<distance>(other - place) : 0;
  }

  linked& link(place_number place) { return links_[static_cast<std::size_t>(place - first_)]; }
  const linked& link(place_number place) const { return links_[static_cast<std::size_t>(place - first_)]; }
  void push_back(place_number place, instant at);

  using blocks =
      boost::container::deque<linked, void,
                              boost::container::deque_options_t<boost::container::block_bytes<65536>>>;
  place_number first_;
  blocks links_;
  place_number oldest_ = 0;
  place_number newest_ = 0;
  instant latest_;
  instant all_seen_;
};

} // namespace frontrow::domain
