// The state at rest: what a new life needs to go on exactly as the old one would have.
#include <cassert>

#include "domain/seat_map.hpp"

namespace frontrow::domain {

seat_map::snapshot_type seat_map::snapshot() const {
  snapshot_type at_rest{.version = version_,
                        .opened = opened_,
                        .terms = terms_,
                        .seats_version = seats_version_,
                        .reservations = {},
                        .payments = {},
                        .cancellations = {},
                        .availability_owed = availability_owed_};
  at_rest.reservations.reserve(reservations_.size());
  for (const reservation* from : reservations_.in_order())
    at_rest.reservations.push_back({.number = from->number,
                                    .at = from->at,
                                    .command = from->command,
                                    .body = from->body,
                                    .user = from->user,
                                    .place = from->place,
                                    .seats = {from->seats.begin(), from->seats.end()},
                                    .amount = from->amount,
                                    .until = from->until,
                                    .status = from->status,
                                    .ended_at = from->ended_at});
  at_rest.payments.reserve(payments_.size());
  for (const payment* from : payments_.in_order())
    at_rest.payments.push_back({.number = from->number,
                                .reservation = from->reservation,
                                .command = from->command,
                                .started_at = from->started_at,
                                .status = from->status,
                                .balance = from->balance,
                                .settled_at = from->settled_at,
                                .place_owed = from->place_owed,
                                .refund_owed = from->refund_owed});
  at_rest.cancellations.reserve(cancellations_.size());
  for (const cancellation* from : cancellations_.in_order())
    at_rest.cancellations.push_back(*from);
  return at_rest;
}

seat_map seat_map::restore(option_id option, const snapshot_type& snapshot) {
  seat_map restored(option);
  restored.version_ = snapshot.version;
  if (!snapshot.opened)
    return restored;
  restored.open(snapshot.terms);
  for (const snapshot_type::reservation& from : snapshot.reservations)
    restored.restore(from);
  for (const snapshot_type::payment& from : snapshot.payments)
    restored.restore(from);
  for (const cancellation& from : snapshot.cancellations) {
    payment* undone = restored.payments_.find(from.payment);
    assert(undone != nullptr);
    undone->cancellation = from.number;
    restored.cancellations_.add(from);
  }
  for (const snapshot_type::reservation& from : snapshot.reservations)
    restored.forget_later(*restored.reservations_.find(from.number));
  if (snapshot.availability_owed != 0)
    restored.owe_report(snapshot.availability_owed);
  restored.seats_version_ = snapshot.seats_version;
  return restored;
}

void seat_map::restore(const snapshot_type::reservation& from) {
  reservation& added = reservations_.add({.number = from.number,
                                          .command = from.command,
                                          .body = from.body,
                                          .at = from.at,
                                          .user = from.user,
                                          .place = from.place,
                                          .amount = from.amount,
                                          .until = from.until,
                                          .ended_at = from.ended_at,
                                          .last_payment = 0,
                                          .seats = {from.seats.begin(), from.seats.end()},
                                          .status = from.status,
                                          .in_deadlines = false});
  if (!has_seats(added.status))
    return;
  const auto count = static_cast<std::int32_t>(added.seats.size());
  for (const seat_id seat : added.seats)
    free_.take(seat);
  seats_by_user_[added.user] += count;
  const bool confirmed = added.status == reservation_status::confirmed;
  mark(added, confirmed ? seat_status::sold : seat_status::held);
  sold_ += confirmed ? count : 0;
  if (added.status == reservation_status::held)
    await_deadline(added);
}

void seat_map::restore(const snapshot_type::payment& from) {
  reservation* of = reservations_.find(from.reservation);
  assert(of != nullptr);
  const payment& added = payments_.add({.number = from.number,
                                        .command = from.command,
                                        .reservation = from.reservation,
                                        .previous = std::exchange(of->last_payment, from.number),
                                        .cancellation = 0,
                                        .started_at = from.started_at,
                                        .balance = from.balance,
                                        .settled_at = from.settled_at,
                                        .place_owed = from.place_owed,
                                        .refund_owed = from.refund_owed,
                                        .status = from.status});
  if (added.status == payment_status::pending)
    owe_debit(added, *of);
  if (added.place_owed != 0)
    owe_place(added, *of);
  if (added.refund_owed != 0)
    owe_refund(added, *of);
}

} // namespace frontrow::domain
