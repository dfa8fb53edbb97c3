#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "domain/seat_map.hpp"

namespace frontrow::test {

/// The seat map once more, as plain as can be and never forgetting: it says what must be refused, and it
/// checks each event as it happens against the rules. Slow and obvious on purpose.
class plain_seat_map {
public:
  struct reservation {
    domain::seats_held held;
    domain::reservation_status status = domain::reservation_status::held;
    domain::instant ended_at{};
    std::vector<domain::event_number> payments;
  };
  struct payment {
    domain::payment_started started;
    domain::payment_status status = domain::payment_status::pending;
    domain::event_number place_owed = 0;
    domain::event_number cancellation = 0;
  };
  /// What the accounts have done for a payment; kept by the world, for no crash undoes it.
  struct movement {
    int debits = 0;
    int refunds = 0;
  };
  using ledger = std::map<domain::event_number, movement>;

  explicit plain_seat_map(const ledger& moved) : moved_(&moved) {}

  domain::option_terms terms;
  std::vector<domain::event_number> owner; // by seat id; 0: free
  std::map<domain::event_number, reservation> reservations;
  std::map<domain::event_number, payment> payments;
  std::map<domain::command_id, domain::event_number> holds_by_command;
  std::map<domain::command_id, domain::event_number> payments_by_command;
  std::set<domain::event_number> alive;                      // reservations with seats
  std::map<domain::event_number, domain::event_number> owed; // places and refunds, to their payments
  std::set<domain::event_number> pending;                    // payments
  domain::event_number report_owed = 0;
  domain::event_number version = 0;

  std::int32_t total() const { return static_cast<std::int32_t>(owner.size()) - 1; }
  std::int64_t seats_of(domain::user_id user) const {
    std::int64_t count = 0;
    for (const auto number : alive)
      if (const auto& that = reservations.at(number); that.held.user == user)
        count += static_cast<std::int64_t>(that.held.seats.size());
    return count;
  }
  std::int64_t sold() const {
    return std::count_if(owner.begin() + 1, owner.end(), [&](auto number) {
      return number != 0 && reservations.at(number).status == domain::reservation_status::confirmed;
    });
  }
  domain::seat_status status_of(domain::seat_id seat) const {
    const auto number = owner[static_cast<std::size_t>(seat)];
    if (number == 0)
      return domain::seat_status::available;
    return reservations.at(number).status == domain::reservation_status::confirmed
               ? domain::seat_status::sold
               : domain::seat_status::held;
  }
  std::optional<domain::instant> next_deadline() const {
    std::optional<domain::instant> earliest;
    for (const auto number : alive)
      if (const auto& that = reservations.at(number); that.status == domain::reservation_status::held)
        earliest = std::min(earliest.value_or(that.held.until), that.held.until);
    return earliest;
  }

  /// Why a hold must be refused whose command was never seen.
  std::optional<domain::refused> why_not(const domain::hold_seats& command, domain::instant now) const {
    using domain::refusal;
    if (command.seats.empty() ||
        std::set(command.seats.begin(), command.seats.end()).size() != command.seats.size())
      return domain::refused{refusal::invalid_request, {}};
    if (closed(now))
      return domain::refused{refusal::sales_closed, {}};
    domain::refused unknown{refusal::seat_not_found, {}}, taken{refusal::seat_taken, {}};
    for (const auto seat : command.seats)
      if (seat < 1 || seat > total())
        unknown.seats.push_back(seat);
      else if (owner[static_cast<std::size_t>(seat)] != 0)
        taken.seats.push_back(seat);
    if (!unknown.seats.empty())
      return unknown;
    if (too_many(command.user, static_cast<std::int64_t>(command.seats.size())))
      return domain::refused{refusal::too_many_seats, {}};
    if (!taken.seats.empty())
      return taken;
    return std::nullopt;
  }
  std::optional<domain::refused> why_not(const domain::hold_best& command, domain::instant now) const {
    using domain::refusal;
    if (closed(now))
      return domain::refused{refusal::sales_closed, {}};
    std::int64_t there = 0, free = 0;
    for (domain::seat_id seat = 1; seat <= total(); ++seat) {
      const auto& in = terms.sections[static_cast<std::size_t>(place_of(terms, seat).section)];
      const int fits = command.tier.empty() || in.tier == command.tier ? 1 : 0;
      there += fits;
      free += owner[static_cast<std::size_t>(seat)] == 0 ? fits : 0;
    }
    if (there == 0)
      return domain::refused{refusal::seat_not_found, {}};
    if (too_many(command.user, command.count))
      return domain::refused{refusal::too_many_seats, {}};
    if (free < command.count)
      return domain::refused{refusal::not_enough_seats, {}};
    return std::nullopt;
  }

  void record(const domain::seat_map::event& event) {
    ++version;
    std::visit([this](const auto& happened) { check(happened); }, event);
  }

private:
  bool closed(domain::instant now) const {
    return now < terms.sales_open || (terms.sales_close != domain::instant{} && now >= terms.sales_close);
  }
  bool too_many(domain::user_id user, std::int64_t more) const {
    return seats_of(user) + more > terms.max_seats_per_user;
  }
  movement moved(domain::event_number number) const {
    const auto found = moved_->find(number);
    return found == moved_->end() ? movement{} : found->second;
  }

  void check(const domain::option_opened& happened) {
    BOOST_REQUIRE_EQUAL(version, 1);
    terms = happened.terms;
    owner.assign(static_cast<std::size_t>(seat_count(terms)) + 1, 0);
    report_owed = version;
  }
  void check(const domain::seats_held& happened) {
    domain::money price = 0;
    for (const auto seat : happened.seats) {
      auto& of = owner[static_cast<std::size_t>(seat)];
      BOOST_REQUIRE_MESSAGE(of == 0, "a seat has one owner");
      of = version;
      price += terms.sections[static_cast<std::size_t>(place_of(terms, seat).section)].price;
    }
    BOOST_REQUIRE_EQUAL(happened.amount, price);
    BOOST_REQUIRE((happened.until == happened.at + domain::seconds{terms.hold_seconds}));
    reservation added;
    added.held = happened;
    reservations.emplace(version, added);
    alive.insert(version);
    BOOST_REQUIRE_LE(seats_of(happened.user), terms.max_seats_per_user);
    if (happened.command)
      holds_by_command[happened.command] = version;
  }
  void check(const domain::hold_released& happened) {
    auto& hold = reservations.at(happened.reservation);
    BOOST_REQUIRE((hold.status == domain::reservation_status::held && hold.held.user == happened.user));
    if (happened.reason == domain::release_reason::lapsed)
      BOOST_REQUIRE_MESSAGE(happened.at >= hold.held.until, "a hold never ends before its time");
    for (const auto number : hold.payments)
      BOOST_REQUIRE_MESSAGE(moved(number).debits == 0, "what was debited is not let go");
    end(happened.reservation, hold,
        happened.reason == domain::release_reason::lapsed ? domain::reservation_status::expired
                                                          : domain::reservation_status::released,
        happened.at);
  }
  void end(domain::event_number number, reservation& ended, domain::reservation_status how,
           domain::instant at) {
    ended.status = how;
    ended.ended_at = at;
    alive.erase(number);
    for (const auto seat : ended.held.seats)
      owner[static_cast<std::size_t>(seat)] = 0;
  }
  void check(const domain::payment_started& happened) {
    auto& hold = reservations.at(happened.reservation);
    BOOST_REQUIRE((hold.status == domain::reservation_status::held && hold.held.user == happened.user));
    BOOST_REQUIRE((happened.at < hold.held.until && happened.amount == hold.held.amount));
    hold.status = domain::reservation_status::paying;
    hold.payments.push_back(version);
    payment added;
    added.started = happened;
    payments.emplace(version, added);
    pending.insert(version);
    if (happened.command)
      payments_by_command[happened.command] = version;
  }
  void check(const domain::payment_failed& happened) {
    BOOST_REQUIRE_EQUAL(pending.erase(happened.payment), 1);
    BOOST_REQUIRE_MESSAGE(moved(happened.payment).debits == 0, "a failed payment took no money");
    auto& failed = payments.at(happened.payment);
    failed.status = domain::payment_status::failed;
    reservations.at(failed.started.reservation).status = domain::reservation_status::held;
  }
  void check(const domain::seats_sold& happened) {
    BOOST_REQUIRE_EQUAL(pending.erase(happened.payment), 1);
    BOOST_REQUIRE_MESSAGE(moved(happened.payment).debits == 1, "sold for one debit");
    auto& paid = payments.at(happened.payment);
    auto& hold = reservations.at(paid.started.reservation);
    BOOST_REQUIRE_MESSAGE((hold.status == domain::reservation_status::paying), "confirmed once");
    hold.status = domain::reservation_status::confirmed;
    paid.status = domain::payment_status::completed;
    paid.place_owed = version;
    owed[version] = happened.payment;
    if (sold() == total())
      report_owed = version;
  }
  void check(const domain::place_released& happened) {
    auto& paid = payments.at(happened.payment);
    BOOST_REQUIRE_EQUAL(owed.erase(paid.place_owed), 1);
    if (report_owed == std::exchange(paid.place_owed, 0))
      report_owed = version;
  }
  void check(const domain::cancellation_started& happened) {
    auto& undone = payments.at(happened.payment);
    BOOST_REQUIRE((undone.status == domain::payment_status::completed && undone.cancellation == 0));
    undone.cancellation = version;
    owed[version] = happened.payment;
  }
  void check(const domain::seats_returned& happened) {
    auto& undone = payments.at(happened.payment);
    BOOST_REQUIRE_EQUAL(undone.cancellation, happened.cancellation);
    BOOST_REQUIRE_EQUAL(owed.erase(happened.cancellation), 1);
    BOOST_REQUIRE_MESSAGE(moved(happened.payment).refunds == 1, "returned for one refund");
    undone.status = domain::payment_status::cancelled;
    if (sold() == total())
      report_owed = version;
    end(undone.started.reservation, reservations.at(undone.started.reservation),
        domain::reservation_status::cancelled, happened.at);
  }
  void check(const domain::availability_known& happened) {
    BOOST_REQUIRE_EQUAL(happened.number, report_owed);
    report_owed = 0;
  }

  const ledger* moved_;
};

} // namespace frontrow::test
