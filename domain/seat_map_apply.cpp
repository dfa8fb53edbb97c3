// History: what each event changes. Nothing here refuses; an event that cannot have happened aborts.
#include <cassert>
#include <utility>

#include "domain/seat_map.hpp"

namespace frontrow::domain {

void seat_map::apply(const event& happened) {
  forget(std::visit([](const auto& that) { return that.at; },
                    happened)); // first, so that what this settles stays
  ++version_;
  std::visit([this](const auto& that) { happen(that); }, happened);
  skip_stale_deadlines();
}

void seat_map::happen(const option_opened& happened) {
  assert(!opened_ && "an option opens once");
  open(happened.terms);
  seats_version_ = version_;
  owe_report(version_);
}

void seat_map::open(option_terms terms) {
  opened_ = true;
  terms_ = std::move(terms);
  free_ = free_seats(terms_);
  statuses_.assign(static_cast<std::size_t>(free_.total()), seat_status::available);
}

// ---- holds

void seat_map::happen(const seats_held& happened) {
  reservation& hold = reservations_.add({.number = version_,
                                         .command = happened.command,
                                         .body = happened.body,
                                         .at = happened.at,
                                         .user = happened.user,
                                         .place = happened.place,
                                         .amount = happened.amount,
                                         .until = happened.until,
                                         .ended_at = {},
                                         .last_payment = 0,
                                         .seats = {happened.seats.begin(), happened.seats.end()},
                                         .status = reservation_status::held,
                                         .in_deadlines = false});
  for (const seat_id seat : hold.seats)
    free_.take(seat); // asserts that it was free
  mark(hold, seat_status::held);
  seats_by_user_[hold.user] += static_cast<std::int32_t>(hold.seats.size());
  assert(seats_by_user_[hold.user] <= terms_.max_seats_per_user);
  await_deadline(hold);
}

void seat_map::mark(const reservation& of, seat_status status) {
  for (const seat_id seat : of.seats)
    statuses_[static_cast<std::size_t>(seat - 1)] = status;
  seats_version_ = version_;
}

void seat_map::await_deadline(reservation& of) {
  if (!of.in_deadlines)
    deadlines_.add(of.until, of.number);
  of.in_deadlines = true;
}

/// What stands in front is always a hold whose clock runs, so that it is the next deadline.
void seat_map::skip_stale_deadlines() {
  while (!deadlines_.empty()) {
    reservation* first = reservations_.find(deadlines_.front().second);
    if (first != nullptr && first->status == reservation_status::held)
      return;
    if (first != nullptr)
      first->in_deadlines = false;
    deadlines_.drop_front();
  }
}

void seat_map::happen(const hold_released& happened) {
  reservation* hold = reservations_.find(happened.reservation);
  assert(hold != nullptr && hold->status == reservation_status::held);
  assert(happened.reason != release_reason::lapsed || happened.at >= hold->until);
  free_seats_of(*hold,
                happened.reason == release_reason::lapsed ? reservation_status::expired
                                                          : reservation_status::released,
                happened.at);
  forget_later(*hold);
}

void seat_map::free_seats_of(reservation& ended, reservation_status how, instant at) {
  ended.status = how;
  ended.ended_at = at;
  for (const seat_id seat : ended.seats)
    free_.give_back(seat);
  mark(ended, seat_status::available);
  const auto count = seats_by_user_.find(ended.user);
  assert(count != seats_by_user_.end());
  count->second -= static_cast<std::int32_t>(ended.seats.size());
  assert(count->second >= 0);
  if (count->second == 0)
    seats_by_user_.erase(count);
}

// ---- paying

void seat_map::happen(const payment_started& happened) {
  reservation* hold = reservations_.find(happened.reservation);
  assert(hold != nullptr && hold->status == reservation_status::held && happened.at < hold->until);
  assert(happened.amount == hold->amount);
  hold->status = reservation_status::paying;
  const payment& started = payments_.add({.number = version_,
                                          .command = happened.command,
                                          .reservation = hold->number,
                                          .previous = std::exchange(hold->last_payment, version_),
                                          .cancellation = 0,
                                          .started_at = happened.at,
                                          .balance = 0,
                                          .settled_at = {},
                                          .place_owed = 0,
                                          .refund_owed = 0,
                                          .status = payment_status::pending});
  owe_debit(started, *hold);
}

void seat_map::happen(const payment_failed& happened) {
  payment* failed = payments_.find(happened.payment);
  assert(failed != nullptr && failed->status == payment_status::pending);
  reservation* hold = reservations_.find(failed->reservation);
  assert(hold != nullptr && hold->status == reservation_status::paying);
  failed->status = payment_status::failed;
  failed->balance = happened.balance;
  failed->settled_at = happened.at;
  owed_.erase(failed->number);
  hold->status = reservation_status::held;
  await_deadline(*hold);
}

void seat_map::happen(const seats_sold& happened) {
  payment* paid = payments_.find(happened.payment);
  assert(paid != nullptr && paid->status == payment_status::pending);
  reservation* hold = reservations_.find(paid->reservation);
  assert(hold != nullptr && hold->status == reservation_status::paying && "no reservation is sold twice");
  paid->status = payment_status::completed;
  paid->balance = happened.balance;
  paid->settled_at = happened.at;
  paid->place_owed = version_;
  owed_.erase(paid->number);
  owe_place(*paid, *hold);
  hold->status = reservation_status::confirmed;
  mark(*hold, seat_status::sold);
  sold_ += static_cast<std::int32_t>(hold->seats.size());
  if (sold_ == free_.total())
    owe_report(version_);
}

void seat_map::happen(const place_released& happened) {
  payment* paid = payments_.find(happened.payment);
  assert(paid != nullptr && paid->place_owed != 0);
  const event_number owed_by = std::exchange(paid->place_owed, 0);
  owed_.erase(owed_by);
  if (availability_owed_ == owed_by)
    owe_report(version_); // it had to wait for this effect's number
  const reservation* owned = reservations_.find(paid->reservation);
  assert(owned != nullptr);
  forget_later(*owned);
}

// ---- cancelling

void seat_map::happen(const cancellation_started& happened) {
  payment* undone = payments_.find(happened.payment);
  assert(undone != nullptr && undone->status == payment_status::completed && undone->cancellation == 0);
  const reservation* owned = reservations_.find(undone->reservation);
  assert(owned != nullptr && owned->status == reservation_status::confirmed);
  undone->cancellation = version_;
  undone->refund_owed = version_;
  cancellations_.add({.number = version_,
                      .payment = undone->number,
                      .command = happened.command,
                      .started_at = happened.at,
                      .balance = 0,
                      .settled_at = {}});
  owe_refund(*undone, *owned);
}

void seat_map::happen(const seats_returned& happened) {
  payment* undone = payments_.find(happened.payment);
  assert(undone != nullptr && undone->refund_owed != 0 && undone->refund_owed == happened.cancellation);
  reservation* owned = reservations_.find(undone->reservation);
  assert(owned != nullptr && owned->status == reservation_status::confirmed);
  cancellation* settled = cancellations_.find(undone->cancellation);
  assert(settled != nullptr);
  settled->balance = happened.balance;
  settled->settled_at = happened.at;
  undone->status = payment_status::cancelled;
  owed_.erase(std::exchange(undone->refund_owed, 0));
  const bool reopens = sold_ == free_.total();
  sold_ -= static_cast<std::int32_t>(owned->seats.size());
  if (reopens)
    owe_report(version_);
  free_seats_of(*owned, reservation_status::cancelled, happened.at);
  forget_later(*owned);
}

// ---- what is owed

void seat_map::happen(const availability_known& happened) {
  assert(availability_owed_ == happened.number && owed_.contains(happened.number));
  owed_.erase(std::exchange(availability_owed_, 0));
}

void seat_map::owe_debit(const payment& of, const reservation& paid) {
  owed_[of.number] = {.id = of.number,
                      .to = {.kind = entity_kind::account, .id = paid.user},
                      .command = debit{.payment = {.option = option_, .number = of.number},
                                       .reservation = paid.number,
                                       .amount = paid.amount}};
}

void seat_map::owe_place(const payment& of, const reservation& paid) {
  owed_[of.place_owed] = {.id = of.place_owed,
                          .to = {.kind = entity_kind::queue, .id = terms_.concert},
                          .command =
                              complete_place{.place = paid.place, .option = option_, .payment = of.number}};
}

void seat_map::owe_refund(const payment& of, const reservation& paid) {
  owed_[of.refund_owed] = {
      .id = of.refund_owed,
      .to = {.kind = entity_kind::account, .id = paid.user},
      .command = refund{.payment = {.option = option_, .number = of.number}, .amount = paid.amount}};
}

/// Owes the queue a report numbered `number` (a newer one replaces an older one), unless that number is
/// taken by a place that is still owed: then place_released owes it.
void seat_map::owe_report(event_number number) {
  if (const auto older = owed_.find(availability_owed_);
      older != owed_.end() && std::holds_alternative<report_option>(older->second.command))
    owed_.erase(older);
  availability_owed_ = number;
  owed_.try_emplace(number,
                    effect{.id = number,
                           .to = {.kind = entity_kind::queue, .id = terms_.concert},
                           .command = report_option{
                               .option = option_, .number = number, .sold_out = sold_ == free_.total()}});
}

// ---- forgetting

/// An ended reservation of which nothing is owed is remembered long enough to recognise its commands.
void seat_map::forget_later(const reservation& ended) {
  const bool over = !has_seats(ended.status);
  const payment* last = payments_.find(ended.last_payment);
  if (over && (last == nullptr || last->place_owed == 0))
    ended_.add(ended.ended_at, ended.number);
}

void seat_map::forget(instant at) {
  for (int forgotten = 0; forgotten < forgotten_per_event_max; ++forgotten) {
    if (ended_.empty() || ended_.front().first + remembered_for >= at)
      return;
    forget(ended_.front().second);
    ended_.drop_front();
  }
}

void seat_map::forget(event_number number) {
  const reservation* forgotten = reservations_.find(number);
  assert(forgotten != nullptr);
  for (event_number of = forgotten->last_payment; of != 0;) {
    const payment* tried = payments_.find(of);
    assert(tried != nullptr && tried->place_owed == 0 && tried->refund_owed == 0);
    const event_number previous = tried->previous;
    if (tried->cancellation != 0)
      cancellations_.remove(tried->cancellation);
    payments_.remove(of);
    of = previous;
  }
  reservations_.remove(number);
}

} // namespace frontrow::domain
