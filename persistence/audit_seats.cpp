#include "persistence/audit_seats.hpp"

#include <algorithm>

namespace frontrow::persistence {

namespace {

using sale = audit_payment::sale;

/// An option past this is a broken event, not a hall (the rules end at 100,000 seats).
constexpr std::int64_t seats_max = 1'000'000;

std::string text(std::int64_t number) {
  return std::to_string(number);
}

} // namespace

void audit_seats::add(const audit_place& place, const domain::seat_map::event& event) {
  std::visit([&](const auto& happened) { apply(place, happened); }, event);
}

wide_number audit_seats::price_of(const book& option, domain::seat_id seat) {
  const auto section = std::lower_bound(option.section_ends.begin(), option.section_ends.end(), seat);
  return option.prices[static_cast<std::size_t>(section - option.section_ends.begin())];
}

template <class Event>
audit_seats::reservation* audit_seats::expect(const audit_place& place, const Event& event, step from,
                                              audit_rule rule) {
  constexpr std::string_view step_names[] = {"held", "being paid", "confirmed", "being cancelled"};
  auto& option = options_[place.entity.id];
  const auto found = option.reservations.find(event.reservation);
  std::string what;
  if (found == option.reservations.end())
    what = "reservation " + text(event.reservation) + " holds and owns nothing";
  else if (found->second.at != from)
    what = "reservation " + text(event.reservation) + " is " +
           std::string(step_names[static_cast<std::size_t>(found->second.at)]);
  else if (found->second.user != event.user)
    what = "reservation " + text(event.reservation) + " is user " + text(found->second.user) + "'s, not " +
           text(event.user) + "'s";
  else
    return &found->second;
  findings_->found(rule, place, std::move(what));
  return nullptr;
}

template <class Event>
audit_payment* audit_seats::expect_payment(const audit_place& place, const Event& event, sale from,
                                           audit_rule rule) {
  auto& payment = payments_->at({place.entity.id, event.payment});
  if (payment.seat_side != from || payment.reservation != event.reservation || payment.user != event.user) {
    findings_->found(rule, place,
                     "payment " + text(event.payment) + " is not this reservation's or not at that step");
    return nullptr;
  }
  payment.last = std::max(payment.last, event.at);
  return &payment;
}

void audit_seats::apply(const audit_place& place, const domain::option_opened& event) {
  auto& option = options_[place.entity.id];
  book opened;
  std::int64_t seats = 0;
  bool sound = !option.opened && !event.terms.sections.empty();
  for (const auto& section : event.terms.sections) {
    const auto in_section = std::int64_t{section.rows} * section.seats_per_row;
    sound = sound && section.rows > 0 && section.seats_per_row > 0 && section.price > 0 &&
            in_section <= seats_max;
    seats += sound ? in_section : 0;
    sound = sound && seats <= seats_max;
    if (!sound)
      break;
    opened.section_ends.push_back(static_cast<std::int32_t>(seats));
    opened.prices.push_back(section.price);
  }
  if (!sound) {
    findings_->found(audit_rule::steps_in_order, place, "opened twice, or with impossible seats");
    return;
  }
  opened.opened = true;
  opened.max_seats_per_user = event.terms.max_seats_per_user;
  opened.owners.resize(static_cast<std::size_t>(seats));
  option = std::move(opened);
  seats_ += seats;
}

void audit_seats::apply(const audit_place& place, const domain::seats_held& event) {
  auto& option = options_[place.entity.id];
  reservation held{.user = event.user, .amount = event.amount, .until = event.until, .seats = {}};
  wide_number price = 0;
  for (const auto seat : event.seats) {
    if (seat < 1 || static_cast<std::size_t>(seat) > option.owners.size()) {
      findings_->found(audit_rule::steps_in_order, place, "there is no seat " + text(seat));
      continue;
    }
    price += price_of(option, seat);
    auto& owner = option.owners[static_cast<std::size_t>(seat) - 1];
    if (owner != 0) {
      findings_->found(audit_rule::one_owner_per_seat, place,
                       "seat " + text(seat) + " is held or owned by reservation " + text(owner));
      continue; // stays its first owner's
    }
    owner = place.version;
    held.seats.push_back(seat);
  }
  if (event.seats.empty() || price != event.amount)
    findings_->found(audit_rule::steps_in_order, place,
                     "the amount " + text(event.amount) + " is not the price of its seats");
  if (event.until <= event.at)
    findings_->found(audit_rule::nothing_ends_early, place, "held until a time that is over");
  ++holds_;
  seats_taken_ += static_cast<std::int64_t>(held.seats.size());
  count_seats(place, option, held);
  option.reservations[place.version] = std::move(held);
}

void audit_seats::count_seats(const audit_place& place, book& option, const reservation& subject) {
  auto& seats = option.seats_of[subject.user];
  seats += static_cast<std::int32_t>(subject.seats.size());
  most_seats_ = std::max(most_seats_, seats);
  if (seats > option.max_seats_per_user)
    findings_->found(audit_rule::seats_per_user, place,
                     "user " + text(subject.user) + " has " + text(seats) + " seats, " +
                         text(option.max_seats_per_user) + " are allowed");
}

void audit_seats::free_seats(book& option, domain::event_number number) {
  const auto found = option.reservations.find(number);
  const auto& freed = found->second;
  for (const auto seat : freed.seats)
    option.owners[static_cast<std::size_t>(seat) - 1] = 0;
  seats_taken_ -= static_cast<std::int64_t>(freed.seats.size());
  option.seats_of[freed.user] -= static_cast<std::int32_t>(freed.seats.size());
  if (option.seats_of[freed.user] == 0)
    option.seats_of.erase(freed.user);
  option.reservations.erase(found);
}

void audit_seats::apply(const audit_place& place, const domain::hold_released& event) {
  const auto* held = expect(place, event, step::held, audit_rule::steps_in_order);
  if (!held)
    return;
  if (event.reason == domain::release_reason::lapsed) {
    ++lapsed_;
    if (event.at < held->until)
      findings_->found(audit_rule::nothing_ends_early, place,
                       "reservation " + text(event.reservation) + " lapsed before its time");
    else // as unsigned: a nonsensical time wraps around instead of overflowing
      longest_delay_ms_ = std::max(
          longest_delay_ms_,
          static_cast<std::int64_t>(static_cast<std::uint64_t>(event.at.time_since_epoch().count()) -
                                    static_cast<std::uint64_t>(held->until.time_since_epoch().count())));
  }
  free_seats(options_[place.entity.id], event.reservation);
}

void audit_seats::apply(const audit_place& place, const domain::payment_started& event) {
  ++started_;
  auto& payment = payments_->at({place.entity.id, place.version});
  payment.seat_side = sale::pending;
  payment.user = event.user;
  payment.reservation = event.reservation;
  payment.amount = event.amount;
  payment.last = std::max(payment.last, event.at);
  auto* held = expect(place, event, step::held, audit_rule::steps_in_order);
  if (!held)
    return;
  if (event.amount != held->amount)
    findings_->found(audit_rule::steps_in_order, place, "another amount than the reservation's");
  if (event.at > held->until)
    findings_->found(audit_rule::nothing_ends_early, place,
                     "reservation " + text(event.reservation) + " is paid after its time");
  held->at = step::paying;
  held->payment = place.version;
}

void audit_seats::apply(const audit_place& place, const domain::payment_failed& event) {
  auto* paying = expect(place, event, step::paying, audit_rule::steps_in_order);
  auto* payment = expect_payment(place, event, sale::pending, audit_rule::steps_in_order);
  if (!paying || !payment)
    return;
  ++failed_;
  paying->at = step::held;
  payment->seat_side = sale::failed;
}

void audit_seats::apply(const audit_place& place, const domain::seats_sold& event) {
  auto* paying = expect(place, event, step::paying, audit_rule::confirmed_once);
  auto* payment = expect_payment(place, event, sale::pending, audit_rule::confirmed_once);
  if (!paying || !payment)
    return;
  ++confirmed_;
  paying->at = step::confirmed;
  payment->seat_side = sale::completed;
  payment->place_open = true;
  const auto& option = options_[place.entity.id];
  for (const auto seat : paying->seats)
    sold_amount_ += price_of(option, seat);
  seats_sold_ += static_cast<std::int64_t>(paying->seats.size());
}

void audit_seats::apply(const audit_place& place, const domain::place_released& event) {
  auto& payment = payments_->at({place.entity.id, event.payment});
  if (!payment.place_open || payment.user != event.user)
    findings_->found(audit_rule::steps_in_order, place,
                     "the place of payment " + text(event.payment) + " is not one that is owed");
  payment.place_open = false;
}

void audit_seats::apply(const audit_place& place, const domain::cancellation_started& event) {
  auto* confirmed = expect(place, event, step::confirmed, audit_rule::steps_in_order);
  auto* payment = expect_payment(place, event, sale::completed, audit_rule::steps_in_order);
  if (!confirmed || !payment)
    return;
  confirmed->at = step::cancelling;
  payment->seat_side = sale::cancelling;
}

void audit_seats::apply(const audit_place& place, const domain::seats_returned& event) {
  auto* cancelling = expect(place, event, step::cancelling, audit_rule::steps_in_order);
  auto* payment = expect_payment(place, event, sale::cancelling, audit_rule::steps_in_order);
  if (!cancelling || !payment)
    return;
  ++returned_;
  payment->seat_side = sale::cancelled;
  auto& option = options_[place.entity.id];
  for (const auto seat : cancelling->seats)
    sold_amount_ -= price_of(option, seat);
  seats_sold_ -= static_cast<std::int64_t>(cancelling->seats.size());
  free_seats(option, event.reservation);
}

void audit_seats::apply(const audit_place& place, const domain::availability_known& event) {
  if (event.number >= place.version)
    findings_->found(audit_rule::steps_in_order, place, "tells of an event that was yet to come");
}

void audit_seats::finish() {
  auto figure = [this](audit_rule rule, std::string name, wide_number value) {
    findings_->figure(rule, std::move(name), value);
  };
  figure(audit_rule::steps_in_order, "holds", holds_);
  figure(audit_rule::steps_in_order, "paymentsStarted", started_);
  figure(audit_rule::steps_in_order, "paymentsFailed", failed_);
  figure(audit_rule::one_owner_per_seat, "options", options_.size());
  figure(audit_rule::one_owner_per_seat, "seats", seats_);
  figure(audit_rule::one_owner_per_seat, "seatsHeld", seats_taken_ - seats_sold_);
  figure(audit_rule::one_owner_per_seat, "seatsSold", seats_sold_);
  figure(audit_rule::seats_per_user, "mostSeatsOfOneUser", most_seats_);
  figure(audit_rule::confirmed_once, "confirmed", confirmed_);
  figure(audit_rule::confirmed_once, "cancelled", returned_);
  figure(audit_rule::nothing_ends_early, "holdsLapsed", lapsed_);
  figure(audit_rule::nothing_ends_early, "longestDelayMs", longest_delay_ms_);
}

} // namespace frontrow::persistence
