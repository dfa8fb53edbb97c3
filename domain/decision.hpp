#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "domain/identity.hpp"

namespace frontrow::domain {

/// Why a command was refused. The numbers travel between nodes and are never changed.
enum class refusal : std::uint16_t {
  option_not_found = 1,
  seat_not_found = 2,
  seat_taken = 3,
  not_enough_seats = 4,
  too_many_seats = 5,
  sales_closed = 6,
  reservation_not_found = 7,
  hold_expired = 8,
  already_paid = 9,
  payment_not_found = 10,
  payment_not_completed = 11,
  insufficient_balance = 12,
  amount_too_large = 13,
  idempotency_key_reused = 14,
  concert_not_found = 15,
  queue_full = 16,
  sold_out = 17,
  queue_token_invalid = 18,
  queue_token_not_active = 19,
  invalid_request = 20,
  already_opened = 21,
};

/// A command refused; `seats` names every seat in the way where the refusal is about seats.
struct refused {
  refusal reason{};
  std::vector<seat_id> seats{};
  bool operator==(const refused&) const = default;
};

/// Whether an answer is about something that this command made, or about something found there already.
/// A repeat of the making command (same command_id) is answered `made` again.
enum class answer : std::uint8_t { made = 1, found = 2 };

/// What a machine decided: a refusal, or events to record (none for a read or a repeat) and a reply.
/// `later` set: the reply is not known yet; it is the machine's `outcome` of that number once an event
/// settles it.
template <class Event, class Reply>
struct decision {
  using event_type = Event;
  using reply_type = Reply;

  std::optional<refused> refusal_;
  boost::container::small_vector<Event, 2> events;
  Reply reply{};
  std::optional<event_number> later;

  decision() = default;
  decision(refusal reason) : refusal_(refused{reason, {}}) {}       // NOLINT(google-explicit-constructor)
  decision(refused why) : refusal_(std::move(why)) {}               // NOLINT(google-explicit-constructor)
  decision(Reply answer_now) : reply(std::move(answer_now)) {}      // NOLINT(google-explicit-constructor)

  bool accepted() const { return !refusal_.has_value(); }
};

/// An effect's answer, coming home as a command. `effect` is the id under which it was owed.
template <class Reply>
struct answered {
  event_number effect = 0;
  Reply reply{};
};

/// "Do what is due": expiries, admissions. Whoever runs a machine sends it whenever `next_deadline()` has
/// come, and before any other command is decided at or after it, so that a decision never sees the past.
struct tick {};

/// The reply of a command whose only answer is that it was done (now or before).
struct done {
  bool operator==(const done&) const = default;
};

} // namespace frontrow::domain
