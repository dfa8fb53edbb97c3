#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "domain/seat_map.hpp"

namespace frontrow::test {

inline constexpr domain::option_id the_option = 7;
inline constexpr domain::concert_id the_concert = 3;
/// When every script begins; `at(2.5)` is two and a half seconds later.
inline constexpr domain::instant the_beginning{domain::milliseconds{1'800'000'000'000}};
inline domain::instant at(double seconds_later) {
  return the_beginning + domain::milliseconds{static_cast<std::int64_t>(seconds_later * 1000)};
}

/// Two rows of four VIP seats (ids 1 … 8, 500 each), then two rows of five R seats (9 … 18, 100 each).
inline domain::option_terms small_hall() {
  domain::option_terms terms;
  terms.concert = the_concert;
  terms.sections = {{.name = "A", .tier = "VIP", .price = 500, .rows = 2, .seats_per_row = 4},
                    {.name = "B", .tier = "R", .price = 100, .rows = 2, .seats_per_row = 5}};
  return terms;
}

inline domain::command_id command(std::uint64_t number) {
  return {.high = 0xc0ffee, .low = number};
}

inline std::string_view name_of(const domain::seat_map::event& event) {
  static constexpr std::string_view names[] = {
      "option_opened", "seats_held",     "hold_released",        "payment_started", "payment_failed",
      "seats_sold",    "place_released", "cancellation_started", "seats_returned",  "availability_known"};
  static_assert(std::size(names) == std::variant_size_v<domain::seat_map::event>);
  return names[event.index()];
}

inline bool same(const domain::effect& a, const domain::effect& b) {
  using namespace domain;
  if (a.id != b.id || a.to != b.to || a.command.index() != b.command.index())
    return false;
  if (const auto* of = std::get_if<debit>(&a.command)) {
    const auto& other = std::get<debit>(b.command);
    return of->payment == other.payment && of->reservation == other.reservation && of->amount == other.amount;
  }
  if (const auto* of = std::get_if<refund>(&a.command)) {
    const auto& other = std::get<refund>(b.command);
    return of->payment == other.payment && of->amount == other.amount;
  }
  if (const auto* of = std::get_if<complete_place>(&a.command)) {
    const auto& other = std::get<complete_place>(b.command);
    return of->place == other.place && of->option == other.option && of->payment == other.payment;
  }
  const auto& of = std::get<report_option>(a.command);
  const auto& other = std::get<report_option>(b.command);
  return of.option == other.option && of.number == other.number && of.sold_out == other.sold_out;
}

inline bool same(const domain::seat_map& a, const domain::seat_map& b) {
  if (a.snapshot() != b.snapshot() || a.next_deadline() != b.next_deadline() ||
      a.effects().size() != b.effects().size())
    return false;
  for (const auto& [id, owed] : a.effects()) {
    const auto found = b.effects().find(id);
    if (found == b.effects().end() || !same(owed, found->second))
      return false;
  }
  return true;
}

/// One life of a seat map with its journal. Every command is checked on the way: deciding changes nothing
/// and gives the same again, a refusal records nothing, and both a replay of all events and a snapshot
/// restored lead to the same state.
class seat_map_life {
public:
  domain::seat_map map{the_option};
  std::vector<domain::seat_map::event> journal;

  explicit seat_map_life(const domain::option_terms& terms = small_hall()) {
    act(domain::open_option{terms}, at(-1));
  }
  /// Not opened yet.
  explicit seat_map_life(std::nullptr_t) {}

  template <class Command>
  auto act(const Command& command, domain::instant now)
      -> decltype(std::declval<const domain::seat_map&>().decide(command, now)) {
    const auto before = map.snapshot();
    const auto decided = map.decide(command, now);
    const auto again = map.decide(command, now);
    BOOST_TEST((map.snapshot() == before), "deciding changes nothing");
    BOOST_TEST((decided.reply == again.reply && decided.refusal_ == again.refusal_ &&
                decided.events.size() == again.events.size()),
               "the same is decided again");
    BOOST_TEST((decided.accepted() || decided.events.empty()), "a refusal records nothing");
    for (const auto& event : decided.events) {
      map.apply(event);
      journal.push_back(event);
    }
    BOOST_TEST(map.version() == static_cast<domain::event_number>(journal.size()));
    BOOST_TEST(same(map, replayed()), "a replay leads to the same state");
    BOOST_TEST(same(map, domain::seat_map::restore(the_option, map.snapshot())), "so does a snapshot");
    return decided;
  }

  /// Does what is due at `now`, as whoever runs the machine would.
  void wind(domain::instant now) {
    while (map.next_deadline() && *map.next_deadline() <= now)
      act(domain::tick{}, now);
  }

  domain::seat_map replayed() const {
    domain::seat_map again(the_option);
    for (const auto& event : journal)
      again.apply(event);
    return again;
  }

  /// The names of the events from the `from`-th on, with blanks between.
  std::string story(std::size_t from) const {
    std::string names;
    for (std::size_t i = from; i < journal.size(); ++i)
      names += (names.empty() ? "" : " ") + std::string(name_of(journal[i]));
    return names;
  }

  template <class Event>
  const Event& last() const {
    BOOST_REQUIRE(!journal.empty());
    BOOST_REQUIRE_MESSAGE(std::holds_alternative<Event>(journal.back()), name_of(journal.back()));
    return std::get<Event>(journal.back());
  }

  // What most scripts do on their way to the point.
  domain::event_number hold(domain::user_id user, std::vector<domain::seat_id> seats, domain::instant now,
                            domain::command_id id = {}) {
    const auto held = act(
        domain::hold_seats{
            .command = id, .body = 1, .user = user, .place = 50 + user, .seats = std::move(seats)},
        now);
    BOOST_REQUIRE(held.accepted());
    return held.reply.reservation;
  }
  domain::event_number start_paying(domain::user_id user, domain::event_number reservation,
                                    domain::instant now, domain::command_id id = {}) {
    const auto started = act(domain::pay{.command = id, .user = user, .reservation = reservation}, now);
    BOOST_REQUIRE(started.accepted() && started.later);
    return *started.later;
  }
  void debited(domain::event_number payment, domain::money balance, domain::instant now) {
    act(domain::answered<domain::debit_answer>{.effect = payment,
                                               .reply = domain::debit_made{.payment = {the_option, payment},
                                                                           .balance = balance}},
        now);
  }
  void declined(domain::event_number payment, domain::money balance, domain::instant now) {
    act(
        domain::answered<domain::debit_answer>{
            .effect = payment,
            .reply = domain::debit_declined{.payment = {the_option, payment}, .balance = balance}},
        now);
  }
  /// Held, debited, place released: the payment's number.
  domain::event_number buy(domain::user_id user, std::vector<domain::seat_id> seats, domain::instant now,
                           domain::command_id id = {}) {
    const auto payment = start_paying(user, hold(user, std::move(seats), now), now, id);
    debited(payment, 1000, now);
    act(domain::answered<domain::done>{.effect = map.version(), .reply = {}}, now);
    return payment;
  }
  std::vector<domain::seat_status> statuses() const {
    return map.decide(domain::read_seats{}, the_beginning).reply.statuses;
  }
  domain::reservation_status status_of(domain::user_id user, domain::event_number reservation) const {
    const auto read =
        map.decide(domain::read_reservation{.user = user, .reservation = reservation}, the_beginning);
    BOOST_REQUIRE(read.accepted());
    return read.reply.status;
  }
};

/// Refused for this reason, naming these seats.
template <class Decided>
void check_refused(const Decided& decided, domain::refusal reason, std::vector<domain::seat_id> seats = {}) {
  BOOST_REQUIRE(!decided.accepted());
  BOOST_TEST(static_cast<int>(decided.refusal_->reason) == static_cast<int>(reason));
  BOOST_TEST(decided.refusal_->seats == seats, boost::test_tools::per_element());
  BOOST_TEST(decided.events.empty());
}

} // namespace frontrow::test
