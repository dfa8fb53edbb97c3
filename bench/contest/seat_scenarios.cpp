#include "bench/contest/caller.hpp"
#include "bench/contest/insiders.hpp"
#include "bench/contest/scenarios.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <stdexcept>

namespace frontrow::bench {

namespace {

constexpr std::size_t holding_connections = 64;
/// People who hold; each up to the option's cap.
constexpr int holders = 200;
/// More than any system holds in a second, and pairs of seats: whoever is faster runs out of halls before the
/// time is over.
constexpr int holds_a_second_at_most = 50'000, pairs_a_second_at_most = 45'000;
/// Opening one takes tens of milliseconds. Small ones may be sold before the time is over: the run ends then.
constexpr int halls_max = 1'500;
constexpr int hot_cap = 4;
/// Of a hall's pairs. Who passes over what others are taking leaves single seats between.
constexpr std::size_t pairs_asked_percent = 80;
/// The order in which seats are asked for is always the same one.
constexpr std::uint64_t order_seed = 20'261'120;

std::optional<std::string> seats_complaint(stay& at, const std::vector<std::int64_t>& options,
                                           const std::vector<hold_record>& acknowledged) {
  const auto [first, last] = std::minmax_element(options.begin(), options.end());
  return check_holds(acknowledged, at.system.holds(*first, *last));
}

struct hot_seat {
  std::int64_t option;
  std::vector<caller>& people;
  std::vector<hold_record> held{};
  latency_histogram refusals{};
};

visit want_it(client& over, std::size_t connection, pace& turns, meter& into, hot_seat& of) {
  const auto& who = of.people[connection % of.people.size()];
  while (const auto due = turns.take(clock_type::now())) {
    const auto got = co_await over.ask(connection, who.hold(of.option, 1));
    const auto now = clock_type::now();
    if (got.status == 201) {
      of.held.push_back(record_of(got, who.user()));
    } else if (got.status == 409 && field(got.body, "code") == "SEAT_TAKEN") {
      if (*due >= turns.over().from)
        of.refusals.record(static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - *due).count()));
    } else {
      into.wrong(told("hold", got));
      continue;
    }
    into.note(*due, now);
  }
}

struct spread_seats {
  std::vector<std::pair<std::int64_t, int>> order; ///< option and seat
  std::vector<caller>& people;
  std::size_t next = 0;
  std::vector<hold_record> held{};
};

visit hold_next(client& over, std::size_t connection, pace& turns, meter& into, spread_seats& of) {
  while (of.next < of.order.size()) {
    const auto due = turns.take(clock_type::now());
    if (!due)
      co_return;
    co_await over.wait_until(*due);
    if (of.next >= of.order.size())
      break;
    const auto [option, seat] = of.order[of.next];
    const auto& who = of.people[of.next++ % of.people.size()];
    const auto got = co_await over.ask(connection, who.hold(option, seat));
    if (got.status != 201) {
      into.wrong(told("hold", got));
      continue;
    }
    into.note(*due, clock_type::now());
    of.held.push_back(record_of(got, who.user()));
  }
  into.ran_out();
}

struct herd {
  std::vector<std::int64_t> options;
  std::vector<caller>& people;
  int seats_of_a_hall;
  std::size_t asked = 0;
  std::vector<hold_record> held{};
};

visit want_a_pair(client& over, std::size_t connection, pace& turns, meter& into, herd& of) {
  const auto a_hall = static_cast<std::size_t>(of.seats_of_a_hall) / 2 * pairs_asked_percent / 100;
  while (of.asked < a_hall * of.options.size()) {
    const auto due = turns.take(clock_type::now());
    if (!due)
      co_return;
    const auto number = of.asked++;
    const auto& who = of.people[number % of.people.size()];
    const auto got = co_await over.ask(connection, who.hold_best(of.options[number / a_hall], 2));
    if (got.status != 201) {
      into.wrong(told("hold of a pair", got));
      continue;
    }
    into.note(*due, clock_type::now());
    of.held.push_back(record_of(got, who.user()));
  }
  into.ran_out();
}

/// Every pair stands side by side, by the numbers of seats that run along the rows.
std::optional<std::string> neighbours_complaint(const std::vector<hold_record>& held, int seats_per_row) {
  for (const auto& each : held)
    if (each.seats.size() != 2 || std::abs(each.seats[0] - each.seats[1]) != 1 ||
        (each.seats[0] - 1) / seats_per_row != (each.seats[1] - 1) / seats_per_row)
      return "the seats of " + each.reservation + " are no neighbours";
  return std::nullopt;
}

} // namespace

figures run_hold_hot(stay& at) {
  const auto concert = at.system.open_concert(door::wide());
  const auto options = at.system.open_halls(
      concert, {.halls = 1, .rows = 5, .seats_per_row = 10, .max_seats_per_user = hot_cap});
  auto people = people_inside(at, concert, static_cast<int>(holding_connections));
  hot_seat of{options.front(), people};
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {holding_connections},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return want_it(over, connection, turns, into, of);
                      });
  run.extra["refusal p99 ms"] = of.refusals.percentile_ms(0.99);
  if (of.held.size() != 1)
    judge(run, std::to_string(of.held.size()) + " have won the seat");
  judge(run, seats_complaint(at, options, of.held));
  return run;
}

figures run_hold_spread(stay& at, int seats_of_a_hall, double a_second) {
  const auto expected = a_second > 0 ? static_cast<int>(a_second * 1.2) : holds_a_second_at_most;
  const auto halls = std::min(halls_max, at.how_long.turns_at(expected) / seats_of_a_hall + 1);
  const auto concert = at.system.open_concert(door::wide());
  const auto rows = std::max(1, seats_of_a_hall / 50);
  const auto options =
      at.system.open_halls(concert, {.halls = halls, .rows = rows, .seats_per_row = seats_of_a_hall / rows});
  auto people = people_inside(at, concert, holders);
  spread_seats of{{}, people};
  std::mt19937_64 chance{order_seed};
  std::vector<int> seats(static_cast<std::size_t>(seats_of_a_hall));
  std::iota(seats.begin(), seats.end(), 1);
  for (const auto option : options) {
    std::shuffle(seats.begin(), seats.end(), chance);
    for (const int seat : seats)
      of.order.emplace_back(option, seat);
  }
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {holding_connections, a_second},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return hold_next(over, connection, turns, into, of);
                      });
  judge(run, seats_complaint(at, options, of.held));
  return run;
}

figures run_best_available(stay& at) {
  constexpr int rows = 100, seats_per_row = 50;
  const auto halls = at.how_long.turns_at(pairs_a_second_at_most) * 2 / (rows * seats_per_row * 8 / 10) + 1;
  at.system.prepare_best_available();
  const auto concert = at.system.open_concert(door::wide());
  const auto options =
      at.system.open_halls(concert, {.halls = halls, .rows = rows, .seats_per_row = seats_per_row});
  auto people = people_inside(at, concert, holders);
  herd of{options, people, rows * seats_per_row};
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {holding_connections},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return want_a_pair(over, connection, turns, into, of);
                      });
  judge(run, neighbours_complaint(of.held, seats_per_row));
  judge(run, seats_complaint(at, options, of.held));
  return run;
}

} // namespace frontrow::bench
