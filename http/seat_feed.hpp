#pragma once

#include "domain/seat_map.hpp"
#include "http/seat_list_text.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::http {

struct seat_change {
  domain::seat_id seat = 0;
  domain::seat_status status{};
  bool operator==(const seat_change&) const = default;
};

/// {"optionId","version","changed":[{"seatId","status"}]}
std::string seat_changes_json(domain::option_id option, domain::event_number version,
                              const std::vector<seat_change>& changed);

/// A seat list as JSON text, made when somebody needs it. Any thread.
class seat_list_base {
public:
  seat_list_base(domain::option_id option, std::shared_ptr<const seat_list_layout> layout,
                 domain::seat_list list)
      : option_(option), layout_(std::move(layout)), list_(std::move(list)) {}
  domain::event_number version() const { return list_.version; }
  std::shared_ptr<const std::string> text() const;

private:
  domain::option_id option_;
  std::shared_ptr<const seat_list_layout> layout_;
  domain::seat_list list_;
  mutable std::once_flag once_;
  mutable std::shared_ptr<const std::string> text_;
};

/// What a listener needs to know of a seat map at one version: a list, and the steps that led here. Never
/// changes; any thread.
class seat_page {
public:
  struct step {
    domain::event_number from = 0;
    domain::event_number to = 0;
    std::vector<seat_change> changed;
    std::shared_ptr<const std::string> text;
  };

  domain::event_number version() const { return version_; }
  /// A list that is some steps old at the most.
  const seat_list_base& base() const { return *base_; }
  /// The event for one who knows `known`, a version before this one; null: that is too long ago, or no
  /// version that was told here.
  std::shared_ptr<const std::string> changes_since(domain::event_number known) const;

private:
  friend class seat_feed;
  domain::option_id option_ = 0;
  domain::event_number version_ = 0;
  std::shared_ptr<const seat_list_base> base_;
  std::vector<std::shared_ptr<const step>> steps_; // each begins where the one before it ends
};

/// The versions of one seat map as a front sees them. No I/O, no clock; one thread at a time.
class seat_feed {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using span = std::chrono::milliseconds;

  /// The contract's five a second.
  static constexpr span pause_least{200};
  static constexpr span pause_most{1'000};
  /// Writing an event takes about as long: however many listen, it is one processor's work at the most.
  static constexpr std::chrono::microseconds per_listener{20};
  /// Steps kept: half a minute at the fastest, longer than a client takes to come back.
  static constexpr std::size_t steps_max = 150;
  /// Changes in them: past it a list is as short.
  static constexpr std::size_t changes_max = 20'000;
  /// A list is used for so long, with steps behind it: those who come one after the other share it, and one
  /// who reads it slowly keeps it from being freed.
  static constexpr span base_life{1'000};

  seat_feed(domain::option_id option, std::shared_ptr<const seat_list_layout> layout)
      : option_(option), layout_(std::move(layout)) {}

  /// What to ask the seat map with.
  domain::event_number version() const { return list_.version; }
  /// The seats as of now; null if there is nothing new (or a list of another hall).
  std::shared_ptr<const seat_page> update(domain::seat_list list, time_point now);
  /// The last one; null before the first answer.
  const std::shared_ptr<const seat_page>& page() const { return page_; }
  /// Until the next look.
  static span pause(std::size_t listeners);

private:
  domain::option_id option_;
  std::shared_ptr<const seat_list_layout> layout_;
  domain::seat_list list_;
  std::deque<std::shared_ptr<const seat_page::step>> steps_;
  std::size_t changes_ = 0; // in steps_
  std::shared_ptr<const seat_list_base> base_;
  time_point base_made_{};
  std::shared_ptr<const seat_page> page_;
};

} // namespace frontrow::http
