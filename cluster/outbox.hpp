#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <variant>

#include "cluster/link_messages.hpp"

namespace frontrow::cluster {

/// What waits for one peer, in the order in which it came. Any thread puts; the link's actor takes.
class outbox {
public:
  /// `first`: nothing waited before, so the actor may be asleep.
  enum class outcome { waits, first, full, closed };

  /// Letters may wait up to `letters_max` in all, answers and news up to twice that: they are few, and refusing them
  /// loses them.
  explicit outbox(std::size_t letters_max) : letters_max_(letters_max) {}

  outcome put(envelope&& letter);
  outcome put(reply&& answer);
  outcome put(const news& what);

  /// Up to `most` of them. False: nothing waits.
  bool take(std::size_t most, parcel& into);

  /// Throws away what waits, and takes nothing more.
  void close();

private:
  using item = std::variant<envelope, reply, news>;
  outcome put(item&& one, std::size_t limit);

  std::mutex mutex_;
  std::deque<item> waiting_;
  const std::size_t letters_max_;
  bool closed_ = false;
};

} // namespace frontrow::cluster
