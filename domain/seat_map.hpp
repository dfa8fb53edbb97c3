#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "domain/account.hpp"
#include "domain/best_available.hpp"
#include "domain/decision.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map_records.hpp"
#include "domain/seat_map_terms.hpp"

namespace frontrow::domain {

// ---- commands

struct open_option {
  option_terms terms;
};
/// All of the seats or none. `place` is the queue token's place, which ends when one of its holds is paid.
struct hold_seats {
  command_id command;
  std::uint64_t body = 0; // fingerprint of the request: the same command with another body is refused
  user_id user = 0;
  place_number place = 0;
  std::vector<seat_id> seats;
};
/// The best `count` seats of a tier (empty: of any tier).
struct hold_best {
  command_id command;
  std::uint64_t body = 0;
  user_id user = 0;
  place_number place = 0;
  std::int32_t count = 0;
  std::string tier;
};
/// Gives a hold back; done also if it has ended unpaid already.
struct release_hold {
  user_id user = 0;
  event_number reservation = 0;
};
/// Pays a reservation. The reply comes when all of it is settled: money, seats and queue token.
struct pay {
  command_id command;
  user_id user = 0;
  event_number reservation = 0;
};
/// Undoes a completed payment: refund, seats free again. The reply comes when both are done.
struct cancel_payment {
  command_id command;
  user_id user = 0;
  event_number payment = 0;
};
struct read_reservation {
  user_id user = 0;
  event_number reservation = 0;
};
struct read_payment {
  user_id user = 0;
  event_number payment = 0;
};
/// The seats, unless the caller's version is still right (then `statuses` comes empty).
struct read_seats {
  event_number known_version = 0; // 0: none known
};
struct read_availability {};

// ---- effects: commands to other actors, owed until they are answered

struct effect {
  event_number id = 0; // the version of the event that owes it
  entity_ref to;
  std::variant<debit, refund, complete_place, report_option> command;
};

// ---- events. Every event that concerns a user names that user.

struct option_opened {
  instant at;
  option_terms terms;
};
/// A reservation is numbered by the version of this event.
struct seats_held {
  instant at;
  command_id command;
  std::uint64_t body = 0;
  user_id user = 0;
  place_number place = 0;
  std::vector<seat_id> seats;
  money amount = 0;
  instant until;
};
enum class release_reason : std::uint8_t { given_up = 1, lapsed = 2, payment_refused = 3 };
struct hold_released {
  instant at;
  user_id user = 0;
  event_number reservation = 0;
  release_reason reason{};
};
/// A payment is numbered by the version of this event. The hold's clock stops until it is settled.
struct payment_started {
  instant at;
  command_id command;
  user_id user = 0;
  event_number reservation = 0;
  money amount = 0;
};
/// The account declined; the hold runs on to its deadline (or is released, by the event that follows).
struct payment_failed {
  instant at;
  user_id user = 0;
  event_number reservation = 0;
  event_number payment = 0;
  money balance = 0;
};
struct seats_sold {
  instant at;
  user_id user = 0;
  event_number reservation = 0;
  event_number payment = 0;
  money balance = 0;
};
/// The queue has ended the place under which the seats were held.
struct place_released {
  instant at;
  user_id user = 0;
  event_number payment = 0;
};
struct cancellation_started {
  instant at;
  command_id command;
  user_id user = 0;
  event_number reservation = 0;
  event_number payment = 0;
};
/// The money is back; the seats are free again.
struct seats_returned {
  instant at;
  user_id user = 0;
  event_number reservation = 0;
  event_number payment = 0;
  event_number cancellation = 0; // the cancellation_started event
  money balance = 0;
};
/// The queue knows the availability as of the event numbered `number`.
struct availability_known {
  instant at;
  event_number number = 0;
};

// ---- replies

enum class reservation_status : std::uint8_t {
  held = 1,
  paying = 2,
  confirmed = 3,
  expired = 4,
  released = 5,
  cancelled = 6
};
/// Whether a reservation in this state holds or owns its seats.
constexpr bool has_seats(reservation_status status) {
  return status <= reservation_status::confirmed;
}
struct reservation_view {
  event_number reservation = 0;
  user_id user = 0;
  std::vector<seat_id> seats;
  money amount = 0;
  reservation_status status{};
  instant until;
  bool operator==(const reservation_view&) const = default;
};
enum class payment_status : std::uint8_t { pending = 1, completed = 2, failed = 3, cancelled = 4 };
struct payment_view {
  answer how = answer::found;
  event_number payment = 0;
  event_number reservation = 0;
  user_id user = 0;
  money amount = 0;
  payment_status status{};
  money balance = 0; // after the debit (or the refund, or at the refusal)
  instant at;        // paid (or cancelled, or refused) at
  bool operator==(const payment_view&) const = default;
};
enum class seat_status : std::uint8_t { available = 0, held = 1, sold = 2 };
struct seat_list {
  event_number version = 0;          // of the last event that changed any seat's status
  std::vector<seat_status> statuses; // by seat id − 1; empty if the caller's version is still right
  bool operator==(const seat_list&) const = default;
};
struct availability {
  std::int32_t total = 0;
  std::int32_t available = 0;
  std::int32_t sold = 0;
  bool operator==(const availability&) const = default;
};

/// The seats of one option on sale, and the process that sells them.
///
/// A seat is available, held by one reservation until its deadline, or sold. `pay` starts a process:
/// payment_started owes a `debit` to the account; its answer makes seats_sold (which owes `complete_place`
/// to the queue) or payment_failed; cancellation_started owes a `refund`, then seats_returned. Whenever the
/// answer to "are all seats sold?" changes, and once after opening, a `report_option` is owed to the queue.
/// What is owed is part of the state, so it survives any crash.
///
/// An effect's id is the version of the event that owes it. Where one seats_sold owes both its place and the
/// report that nothing is left, the report waits until the place is released and is owed by that event.
class seat_map {
public:
  /// How many holds one tick lets lapse at the most; the rest stays due. A batch that the journal writes
  /// well.
  static constexpr std::size_t lapses_per_tick_max = 256;
  /// How many ended reservations one event makes forgotten at the most, so that no event takes long.
  static constexpr int forgotten_per_event_max = 8;

  using event =
      std::variant<option_opened, seats_held, hold_released, payment_started, payment_failed, seats_sold,
                   place_released, cancellation_started, seats_returned, availability_known>;
  template <class Reply>
  using decided = decision<event, Reply>;

  struct snapshot_type {
    event_number version = 0;
    bool opened = false;
    option_terms terms;
    event_number seats_version = 0;
    /// Every reservation that holds or owns seats, and those that ended within remembered_for. All lists
    /// are in order of their numbers.
    struct reservation {
      event_number number = 0;
      instant at;
      command_id command;
      std::uint64_t body = 0;
      user_id user = 0;
      place_number place = 0;
      std::vector<seat_id> seats;
      money amount = 0;
      instant until;
      reservation_status status{};
      instant ended_at; // epoch while it holds or owns seats
      bool operator==(const reservation&) const = default;
    };
    struct payment {
      event_number number = 0;
      event_number reservation = 0;
      command_id command;
      instant started_at;
      payment_status status{};
      money balance = 0;            // after the debit, or at the refusal; stays when the payment is cancelled
      instant settled_at;           // debited or refused at; stays too
      event_number place_owed = 0;  // the seats_sold event that owes complete_place, 0 once released
      event_number refund_owed = 0; // the cancellation_started event, 0 unless under way
      bool operator==(const payment&) const = default;
    };
    /// Numbered by its cancellation_started event.
    struct cancellation {
      event_number number = 0;
      event_number payment = 0;
      command_id command;
      instant started_at;
      money balance = 0;  // after the refund
      instant settled_at; // epoch while under way
      bool operator==(const cancellation&) const = default;
    };
    std::vector<reservation> reservations;
    std::vector<payment> payments;
    std::vector<cancellation> cancellations;
    event_number availability_owed = 0; // the event whose availability the queue must be told, 0 if it knows
    bool operator==(const snapshot_type&) const = default;
  };

  explicit seat_map(option_id option) : option_(option) {}
  static seat_map restore(option_id option, const snapshot_type& snapshot);
  snapshot_type snapshot() const;

  decided<availability> decide(const open_option& command, instant now) const;
  decided<reservation_view> decide(const hold_seats& command, instant now) const;
  decided<reservation_view> decide(const hold_best& command, instant now) const;
  decided<done> decide(const release_hold& command, instant now) const;
  decided<payment_view> decide(const pay& command, instant now) const;
  decided<payment_view> decide(const cancel_payment& command, instant now) const;
  decided<reservation_view> decide(const read_reservation& command, instant now) const;
  decided<payment_view> decide(const read_payment& command, instant now) const;
  decided<seat_list> decide(const read_seats& command, instant now) const;
  decided<availability> decide(const read_availability& command, instant now) const;
  decided<done> decide(const tick& command, instant now) const;
  // the answers to what is owed
  decided<done> decide(const answered<debit_answer>& command, instant now) const;
  decided<done> decide(const answered<refund_made>& command, instant now) const;
  /// The queue's answer to complete_place or report_option.
  decided<done> decide(const answered<done>& command, instant now) const;
  void apply(const event& happened);

  /// What is owed to others, by id, oldest first: sent at least once each, until answered.
  const std::map<event_number, effect>& effects() const { return owed_; }
  /// What this event settles, so that those who were told `later` get their answer: a payment (failed, or
  /// sold and its place released), named by its number, or a cancellation, by its event's number.
  static std::optional<event_number> settles(const event& happened);
  /// The answer to a caller whose `command` (pay or cancel_payment) was told `later == settled`.
  /// Undone as yet, the same `later` again; a number that is none: payment_not_found.
  decided<payment_view> outcome(event_number settled, command_id command) const;

  event_number version() const { return version_; }
  /// When the earliest hold lapses.
  std::optional<instant> next_deadline() const;
  std::size_t memory_bytes() const;

private:
  struct reservation {
    event_number number = 0;
    command_id command;
    std::uint64_t body = 0;
    instant at;
    user_id user = 0;
    place_number place = 0;
    money amount = 0;
    instant until;
    instant ended_at;
    event_number last_payment = 0; // 0: never tried
    boost::container::small_vector<seat_id, 4> seats;
    reservation_status status{};
    bool in_deadlines = false;
  };
  struct payment {
    event_number number = 0;
    command_id command;
    event_number reservation = 0;
    event_number previous = 0; // the payment of the same reservation tried before, 0: none
    event_number cancellation = 0;
    instant started_at;
    money balance = 0;
    instant settled_at;
    event_number place_owed = 0;
    event_number refund_owed = 0;
    payment_status status{};
  };
  using cancellation = snapshot_type::cancellation;

  bool on_sale(instant now) const;
  std::int32_t seats_of(user_id user) const;
  std::optional<decided<reservation_view>> earlier_hold(const command_id& command, std::uint64_t body,
                                                        user_id user) const;
  template <class Command>
  decided<reservation_view> record_hold(const Command& command, std::vector<seat_id> seats,
                                        instant now) const;
  const reservation* reservation_of(user_id user, event_number number) const;
  static reservation_view view_of(const reservation& from);
  availability count() const;

  payment_view view_of(const payment& from) const;
  payment_view as_paid(const payment& from, const command_id& command) const;
  decided<payment_view> payment_answer(const payment& from, const command_id& command) const;
  decided<payment_view> cancellation_answer(const cancellation& from, const command_id& command) const;

  void happen(const option_opened& happened);
  void happen(const seats_held& happened);
  void happen(const hold_released& happened);
  void happen(const payment_started& happened);
  void happen(const payment_failed& happened);
  void happen(const seats_sold& happened);
  void happen(const place_released& happened);
  void happen(const cancellation_started& happened);
  void happen(const seats_returned& happened);
  void happen(const availability_known& happened);
  void open(option_terms terms);
  void restore(const snapshot_type::reservation& from);
  void restore(const snapshot_type::payment& from);
  void mark(const reservation& of, seat_status status);
  void free_seats_of(reservation& ended, reservation_status how, instant at);
  void forget_later(const reservation& ended);
  void await_deadline(reservation& of);
  void skip_stale_deadlines();
  void forget(instant at);
  void forget(event_number number);
  void owe_debit(const payment& of, const reservation& paid);
  void owe_place(const payment& of, const reservation& paid);
  void owe_refund(const payment& of, const reservation& paid);
  void owe_report(event_number number);

  option_id option_ = 0;
  event_number version_ = 0;
  bool opened_ = false;
  option_terms terms_;
  event_number seats_version_ = 0;
  event_number availability_owed_ = 0;
  std::int32_t sold_ = 0;
  std::map<event_number, effect> owed_;
  std::vector<seat_status> statuses_; // by seat id − 1
  free_seats free_;
  numbered_records<reservation> reservations_;
  numbered_records<payment> payments_;
  numbered_records<cancellation> cancellations_;
  boost::unordered_flat_map<user_id, std::int32_t> seats_by_user_; // held or owned
  numbers_by_time deadlines_; // of holds; may name some that are over, but never in front
  numbers_by_time ended_;     // reservations to be forgotten
};

} // namespace frontrow::domain
