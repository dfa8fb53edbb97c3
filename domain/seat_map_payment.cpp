// Paying and cancelling: what is decided when money moves.
#include <cassert>

#include "domain/seat_map.hpp"

namespace frontrow::domain {

namespace {

/// A command that is none was never seen before, so it made nothing.
answer how_found(const command_id& maker, const command_id& asker) {
  return asker && asker == maker ? answer::made : answer::found;
}

} // namespace

// ---- what is seen of a payment

payment_view seat_map::as_paid(const payment& from, const command_id& command) const {
  const reservation* paid = reservations_.find(from.reservation);
  assert(paid != nullptr && "a payment lives no longer than its reservation is remembered");
  return {.how = how_found(from.command, command),
          .payment = from.number,
          .reservation = from.reservation,
          .user = paid->user,
          .amount = paid->amount,
          .status = from.status == payment_status::cancelled ? payment_status::completed : from.status,
          .balance = from.balance,
          .at = from.settled_at};
}

payment_view seat_map::view_of(const payment& from) const {
  payment_view view = as_paid(from, {});
  if (from.status != payment_status::cancelled)
    return view;
  const cancellation* undone = cancellations_.find(from.cancellation);
  assert(undone != nullptr);
  view.status = payment_status::cancelled;
  view.balance = undone->balance;
  view.at = undone->settled_at;
  return view;
}

seat_map::decided<payment_view> seat_map::decide(const read_payment& command, instant) const {
  const payment* found = payments_.find(command.payment);
  if (found == nullptr || reservation_of(command.user, found->reservation) == nullptr)
    return refusal::payment_not_found;
  return view_of(*found);
}

// ---- paying

/// To one who asked for this payment: how it ended, or that it has not yet. A payment is settled when its
/// queue place is released too.
seat_map::decided<payment_view> seat_map::payment_answer(const payment& from,
                                                         const command_id& command) const {
  if (from.status == payment_status::failed)
    return refusal::insufficient_balance;
  decided<payment_view> answered(as_paid(from, command));
  if (from.status == payment_status::pending || from.place_owed != 0)
    answered.later = from.number;
  return answered;
}

seat_map::decided<payment_view> seat_map::decide(const pay& command, instant now) const {
  const reservation* hold = reservation_of(command.user, command.reservation);
  if (hold == nullptr)
    return refusal::reservation_not_found;
  if (const payment* earlier = payments_.find(command.command)) {
    if (earlier->reservation != hold->number)
      return refusal::idempotency_key_reused;
    return payment_answer(*earlier, command.command);
  }
  switch (hold->status) {
  case reservation_status::held:
    break;
  case reservation_status::paying:
  case reservation_status::confirmed: {
    const payment* under_way = payments_.find(hold->last_payment);
    assert(under_way != nullptr);
    return payment_answer(*under_way, command.command);
  }
  case reservation_status::expired:
  case reservation_status::released:
  case reservation_status::cancelled:
    return refusal::hold_expired;
  }
  if (now >= hold->until)
    return refusal::hold_expired;
  decided<payment_view> started(payment_view{.how = answer::made,
                                             .payment = version_ + 1,
                                             .reservation = hold->number,
                                             .user = hold->user,
                                             .amount = hold->amount,
                                             .status = payment_status::pending,
                                             .balance = 0,
                                             .at = {}});
  started.later = version_ + 1;
  started.events.push_back(payment_started{.at = now,
                                           .command = command.command,
                                           .user = hold->user,
                                           .reservation = hold->number,
                                           .amount = hold->amount});
  return started;
}

seat_map::decided<done> seat_map::decide(const answered<debit_answer>& command, instant now) const {
  decided<done> settled(done{});
  const payment* pending = payments_.find(command.effect);
  if (pending == nullptr || pending->status != payment_status::pending)
    return settled; // an answer that came before
  const reservation* hold = reservations_.find(pending->reservation);
  assert(hold != nullptr && hold->status == reservation_status::paying);
  if (const auto* made = std::get_if<debit_made>(&command.reply)) {
    settled.events.push_back(seats_sold{.at = now,
                                        .user = hold->user,
                                        .reservation = hold->number,
                                        .payment = pending->number,
                                        .balance = made->balance});
    return settled;
  }
  settled.events.push_back(payment_failed{.at = now,
                                          .user = hold->user,
                                          .reservation = hold->number,
                                          .payment = pending->number,
                                          .balance = std::get<debit_declined>(command.reply).balance});
  if (terms_.on_payment_failure == payment_failure::release)
    settled.events.push_back(hold_released{.at = now,
                                           .user = hold->user,
                                           .reservation = hold->number,
                                           .reason = release_reason::payment_refused});
  return settled;
}

// ---- cancelling

seat_map::decided<payment_view> seat_map::cancellation_answer(const cancellation& from,
                                                              const command_id& command) const {
  const payment* undone = payments_.find(from.payment);
  assert(undone != nullptr);
  payment_view view = view_of(*undone);
  view.how = how_found(from.command, command);
  decided<payment_view> answered(std::move(view));
  if (undone->refund_owed != 0)
    answered.later = from.number;
  return answered;
}

seat_map::decided<payment_view> seat_map::decide(const cancel_payment& command, instant now) const {
  const payment* completed = payments_.find(command.payment);
  if (completed == nullptr || reservation_of(command.user, completed->reservation) == nullptr)
    return refusal::payment_not_found;
  if (const cancellation* earlier = cancellations_.find(command.command);
      earlier != nullptr && earlier->payment != completed->number)
    return refusal::idempotency_key_reused;
  switch (completed->status) {
  case payment_status::pending:
  case payment_status::failed:
    return refusal::payment_not_completed;
  case payment_status::completed:
  case payment_status::cancelled:
    break;
  }
  if (completed->cancellation != 0) {
    const cancellation* under_way = cancellations_.find(completed->cancellation);
    assert(under_way != nullptr);
    return cancellation_answer(*under_way, command.command);
  }
  payment_view view = view_of(*completed);
  view.how = answer::made;
  decided<payment_view> started(std::move(view));
  started.later = version_ + 1;
  started.events.push_back(cancellation_started{.at = now,
                                                .command = command.command,
                                                .user = command.user,
                                                .reservation = completed->reservation,
                                                .payment = completed->number});
  return started;
}

seat_map::decided<done> seat_map::decide(const answered<refund_made>& command, instant now) const {
  decided<done> settled(done{});
  const cancellation* under_way = cancellations_.find(command.effect);
  if (under_way == nullptr)
    return settled;
  const payment* refunded = payments_.find(under_way->payment);
  assert(refunded != nullptr);
  if (refunded->refund_owed == 0)
    return settled; // an answer that came before
  const reservation* owned = reservations_.find(refunded->reservation);
  assert(owned != nullptr && owned->status == reservation_status::confirmed);
  settled.events.push_back(seats_returned{.at = now,
                                          .user = owned->user,
                                          .reservation = owned->number,
                                          .payment = refunded->number,
                                          .cancellation = under_way->number,
                                          .balance = command.reply.balance});
  return settled;
}

// ---- the queue's answers, and telling those who wait

seat_map::decided<done> seat_map::decide(const answered<done>& command, instant now) const {
  decided<done> settled(done{});
  const auto owed = owed_.find(command.effect);
  if (owed == owed_.end())
    return settled; // an answer that came before, or to a report that a newer one replaced
  if (const auto* place = std::get_if<complete_place>(&owed->second.command)) {
    const payment* paid = payments_.find(place->payment);
    assert(paid != nullptr);
    const reservation* owned = reservations_.find(paid->reservation);
    assert(owned != nullptr);
    settled.events.push_back(place_released{.at = now, .user = owned->user, .payment = paid->number});
  } else if (std::holds_alternative<report_option>(owed->second.command)) {
    settled.events.push_back(availability_known{.at = now, .number = command.effect});
  }
  return settled;
}

std::optional<event_number> seat_map::settles(const event& happened) {
  if (const auto* failed = std::get_if<payment_failed>(&happened))
    return failed->payment;
  if (const auto* released = std::get_if<place_released>(&happened))
    return released->payment;
  if (const auto* returned = std::get_if<seats_returned>(&happened))
    return returned->cancellation;
  return std::nullopt;
}

seat_map::decided<payment_view> seat_map::outcome(event_number settled, command_id command) const {
  if (const payment* paid = payments_.find(settled))
    return payment_answer(*paid, command);
  if (const cancellation* undone = cancellations_.find(settled))
    return cancellation_answer(*undone, command);
  return refusal::payment_not_found;
}

} // namespace frontrow::domain
