#pragma once

#include "domain/account.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map.hpp"

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <string_view>
#include <type_traits>

/// The one list of the fields of every domain struct and of the names of every domain enum, kept outside
/// domain/ so that the rules stay free of it. From it are derived: the JSON of events and snapshots
/// (event_codec, snapshot_codec) and what travels between actors.
///
/// The order of fields is the order in JSON and in messages. Field, struct and enum value names of events
/// are a public format (event_format.md): add at the end, never rename, never reorder.
namespace frontrow::domain {

// ---- identity, decision
BOOST_DESCRIBE_ENUM(entity_kind, seat_map, account, queue)
BOOST_DESCRIBE_ENUM(answer, made, found)
BOOST_DESCRIBE_ENUM(refusal, option_not_found, seat_not_found, seat_taken, not_enough_seats, too_many_seats,
                    sales_closed, reservation_not_found, hold_expired, already_paid, payment_not_found,
                    payment_not_completed, insufficient_balance, amount_too_large, idempotency_key_reused,
                    concert_not_found, queue_full, sold_out, queue_token_invalid, queue_token_not_active,
                    invalid_request, already_opened)
BOOST_DESCRIBE_STRUCT(entity_ref, (), (kind, id))
BOOST_DESCRIBE_STRUCT(command_id, (), (high, low))
BOOST_DESCRIBE_STRUCT(refused, (), (reason, seats))
BOOST_DESCRIBE_STRUCT(tick, (), ())
BOOST_DESCRIBE_STRUCT(done, (), ())

// ---- account
BOOST_DESCRIBE_STRUCT(payment_ref, (), (option, number))
BOOST_DESCRIBE_STRUCT(charge, (), (command, body, amount))
BOOST_DESCRIBE_STRUCT(debit, (), (payment, reservation, amount))
BOOST_DESCRIBE_STRUCT(refund, (), (payment, amount))
BOOST_DESCRIBE_STRUCT(read_balance, (), ())

BOOST_DESCRIBE_STRUCT(charged, (), (at, command, body, amount, balance))
BOOST_DESCRIBE_STRUCT(debited, (), (at, payment, reservation, amount, balance))
BOOST_DESCRIBE_STRUCT(debit_refused, (), (at, payment, amount, balance))
BOOST_DESCRIBE_STRUCT(refunded, (), (at, payment, amount, balance))

BOOST_DESCRIBE_STRUCT(charge_made, (), (charge, amount, balance))
BOOST_DESCRIBE_STRUCT(debit_made, (), (payment, balance))
BOOST_DESCRIBE_STRUCT(debit_declined, (), (payment, balance))
BOOST_DESCRIBE_STRUCT(refund_made, (), (payment, balance))
BOOST_DESCRIBE_STRUCT(balance_view, (), (balance))

BOOST_DESCRIBE_ENUM(account::snapshot_type::remembered_debit::fate, debited, declined, refunded)
BOOST_DESCRIBE_STRUCT(account::snapshot_type::remembered_charge, (), (command, body, at, made))
BOOST_DESCRIBE_STRUCT(account::snapshot_type::remembered_debit, (),
                      (payment, at, amount, balance, state, refund_balance))
BOOST_DESCRIBE_STRUCT(account::snapshot_type, (), (version, balance, charged_total, charges, debits))

// ---- queue
BOOST_DESCRIBE_STRUCT(queue_policy, (),
                      (rate_per_second, burst, max_active, capacity, active_seconds, abandon_seconds,
                       guard_seat_map, paused))
BOOST_DESCRIBE_STRUCT(open_queue, (), (policy))
BOOST_DESCRIBE_STRUCT(join_queue, (), (command, user, secret))
BOOST_DESCRIBE_STRUCT(join_together, (), (all))
BOOST_DESCRIBE_STRUCT(read_place, (), (place, secret, user))
BOOST_DESCRIBE_STRUCT(read_places, (), (places))
BOOST_DESCRIBE_STRUCT(leave_queue, (), (place, secret, user))
BOOST_DESCRIBE_STRUCT(complete_place, (), (place, option, payment))
BOOST_DESCRIBE_STRUCT(change_policy, (), (policy))
BOOST_DESCRIBE_STRUCT(report_option, (), (option, number, sold_out))
BOOST_DESCRIBE_STRUCT(read_queue, (), ())
BOOST_DESCRIBE_STRUCT(watch_places, (), (known_version, if_changed, in_any_case))

BOOST_DESCRIBE_ENUM(place_end, expired, abandoned, left, completed)
BOOST_DESCRIBE_STRUCT(queue_opened, (), (at, policy))
BOOST_DESCRIBE_STRUCT(place_taken, (), (at, place, user, secret, command))
BOOST_DESCRIBE_STRUCT(places_taken::taker, (), (user, secret, command))
BOOST_DESCRIBE_STRUCT(places_taken, (), (at, first, takers))
BOOST_DESCRIBE_STRUCT(places_admitted, (), (at, through, count, until))
BOOST_DESCRIBE_STRUCT(places_ended, (), (at, reason, places))
BOOST_DESCRIBE_STRUCT(policy_changed, (), (at, policy))
BOOST_DESCRIBE_STRUCT(option_reported, (), (at, option, number, sold_out))

BOOST_DESCRIBE_ENUM(place_status, waiting, active, completed, expired, sold_out)
BOOST_DESCRIBE_STRUCT(place_view, (),
                      (how, place, secret, user, status, position, eta_seconds, poll_after_ms, valid_until))
BOOST_DESCRIBE_STRUCT(joined_together, (), (answers))
BOOST_DESCRIBE_STRUCT(places_read, (), (places))
BOOST_DESCRIBE_STRUCT(place_progress, (),
                      (place, status, position, eta_seconds, poll_after_ms, valid_until))
BOOST_DESCRIBE_STRUCT(places_watched, (), (version, first_waiting, told))
BOOST_DESCRIBE_STRUCT(queue_view, (), (policy, waiting, active, admitted_total, sold_out))

BOOST_DESCRIBE_STRUCT(queue::snapshot_type::place, (), (user, secret, command, status, until))
BOOST_DESCRIBE_STRUCT(queue::snapshot_type::option, (), (id, number, sold_out))
BOOST_DESCRIBE_STRUCT(queue::snapshot_type, (),
                      (version, opened, policy, credit, credit_at, admitted_total, first_place, places,
                       options))

// ---- seat_map
BOOST_DESCRIBE_ENUM(payment_failure, keep, release)
BOOST_DESCRIBE_STRUCT(section, (), (name, tier, price, rows, seats_per_row))
BOOST_DESCRIBE_STRUCT(option_terms, (),
                      (concert, sections, hold_seconds, max_seats_per_user, sales_open, sales_close,
                       on_payment_failure))
BOOST_DESCRIBE_STRUCT(seat_place, (), (section, row, number))

BOOST_DESCRIBE_STRUCT(open_option, (), (terms))
BOOST_DESCRIBE_STRUCT(hold_seats, (), (command, body, user, place, seats))
BOOST_DESCRIBE_STRUCT(hold_best, (), (command, body, user, place, count, tier))
BOOST_DESCRIBE_STRUCT(release_hold, (), (user, reservation))
BOOST_DESCRIBE_STRUCT(pay, (), (command, user, reservation))
BOOST_DESCRIBE_STRUCT(cancel_payment, (), (command, user, payment))
BOOST_DESCRIBE_STRUCT(read_reservation, (), (user, reservation))
BOOST_DESCRIBE_STRUCT(read_payment, (), (user, payment))
BOOST_DESCRIBE_STRUCT(read_seats, (), (known_version))
BOOST_DESCRIBE_STRUCT(read_availability, (), ())
BOOST_DESCRIBE_STRUCT(effect, (), (id, to, command))

BOOST_DESCRIBE_ENUM(release_reason, given_up, lapsed, payment_refused)
BOOST_DESCRIBE_STRUCT(option_opened, (), (at, terms))
BOOST_DESCRIBE_STRUCT(seats_held, (), (at, command, body, user, place, seats, amount, until))
BOOST_DESCRIBE_STRUCT(hold_released, (), (at, user, reservation, reason))
BOOST_DESCRIBE_STRUCT(payment_started, (), (at, command, user, reservation, amount))
BOOST_DESCRIBE_STRUCT(payment_failed, (), (at, user, reservation, payment, balance))
BOOST_DESCRIBE_STRUCT(seats_sold, (), (at, user, reservation, payment, balance))
BOOST_DESCRIBE_STRUCT(place_released, (), (at, user, payment))
BOOST_DESCRIBE_STRUCT(cancellation_started, (), (at, command, user, reservation, payment))
BOOST_DESCRIBE_STRUCT(seats_returned, (), (at, user, reservation, payment, cancellation, balance))
BOOST_DESCRIBE_STRUCT(availability_known, (), (at, number))

BOOST_DESCRIBE_ENUM(reservation_status, held, paying, confirmed, expired, released, cancelled)
BOOST_DESCRIBE_STRUCT(reservation_view, (), (reservation, user, seats, amount, status, until))
BOOST_DESCRIBE_ENUM(payment_status, pending, completed, failed, cancelled)
BOOST_DESCRIBE_STRUCT(payment_view, (), (how, payment, reservation, user, amount, status, balance, at))
BOOST_DESCRIBE_ENUM(seat_status, available, held, sold)
BOOST_DESCRIBE_STRUCT(seat_list, (), (version, statuses))
BOOST_DESCRIBE_STRUCT(availability, (), (total, available, sold))

BOOST_DESCRIBE_STRUCT(seat_map::snapshot_type::reservation, (),
                      (number, at, command, body, user, place, seats, amount, until, status, ended_at))
BOOST_DESCRIBE_STRUCT(seat_map::snapshot_type::payment, (),
                      (number, reservation, command, started_at, status, balance, settled_at, place_owed,
                       refund_owed))
BOOST_DESCRIBE_STRUCT(seat_map::snapshot_type::cancellation, (),
                      (number, payment, command, started_at, balance, settled_at))
BOOST_DESCRIBE_STRUCT(seat_map::snapshot_type, (),
                      (version, opened, terms, seats_version, reservations, payments, availability_owed,
                       cancellations))

// ---- the answers to effects
using answered_debit = answered<debit_answer>;
using answered_refund = answered<refund_made>;
using answered_done = answered<done>;
BOOST_DESCRIBE_STRUCT(answered_debit, (), (effect, reply))
BOOST_DESCRIBE_STRUCT(answered_refund, (), (effect, reply))
BOOST_DESCRIBE_STRUCT(answered_done, (), (effect, reply))

} // namespace frontrow::domain

namespace frontrow::persistence {

/// A struct whose fields are listed above.
template <class T>
concept described_struct = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;

/// An enum whose values are listed above.
template <class T>
concept described_enum = boost::describe::has_describe_enumerators<T>::value;

/// Calls `visit(name, field)` for each field of `object` in the listed order; `name` is a C string.
template <class Object, class Visit>
constexpr void for_each_field(Object& object, Visit&& visit) {
  using members = boost::describe::describe_members<std::remove_const_t<Object>, boost::describe::mod_public>;
  boost::mp11::mp_for_each<members>([&](auto member) { visit(member.name, object.*member.pointer); });
}

/// How many fields a struct has.
template <described_struct T>
inline constexpr std::size_t field_count =
    boost::mp11::mp_size<boost::describe::describe_members<T, boost::describe::mod_public>>::value;

/// The listed name of an enum value; empty if it is none of them.
template <described_enum E>
constexpr std::string_view name_of_value(E value) {
  std::string_view found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto entry) {
    if (entry.value == value)
      found = entry.name;
  });
  return found;
}

/// The enum value of that name; false (and `value` untouched) if there is none.
template <described_enum E>
constexpr bool value_of_name(std::string_view name, E& value) {
  bool found = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto entry) {
    if (!found && name == entry.name) {
      value = entry.value;
      found = true;
    }
  });
  return found;
}

/// Whether a number is one of the enum's values: what came over a wire is checked with this.
template <described_enum E>
constexpr bool is_listed(E value) {
  return !name_of_value(value).empty();
}

} // namespace frontrow::persistence
