#include "bench/contest/insiders.hpp"
#include "bench/contest/scenarios.hpp"

#include <algorithm>

namespace frontrow::bench {

namespace {

constexpr std::size_t looking_connections = 64;
constexpr int seats_per_row_most = 50;
/// The hall sells at a walking pace meanwhile.
constexpr double holds_a_second = 50;
/// Every so many lists are read to their end; counting seats in each would load the client more than the
/// server.
constexpr int read_every = 50;

struct looking {
  std::int64_t option;
  std::vector<caller>& people;
  seat_list_request how;
  int seats;
  int seats_held = 0;
  int lists = 0;
  int unchanged = 0;
  std::uint64_t bytes = 0;
  int most_taken = 0;
};

int count_of(std::string_view text, std::string_view part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

visit look_on(client& over, std::size_t connection, pace& turns, meter& into, looking& of) {
  const auto target = "/api/v1/options/" + std::to_string(of.option) + "/seats";
  std::string tag;
  long long version = 0;
  while (const auto due = turns.take(clock_type::now())) {
    co_await over.wait_until(*due);
    const auto got = co_await over.ask(connection, plain_get(target, tag));
    if (got.status == 304 && !tag.empty()) {
      ++of.unchanged;
      into.note(*due, clock_type::now());
      continue;
    }
    const auto seen =
        number_field(got.body.substr(0, std::min<std::size_t>(got.body.size(), 200)), "version");
    if (got.status != 200 || got.etag.empty() || seen < version) {
      into.wrong(told("seats", got));
      continue;
    }
    version = seen;
    into.note(*due, clock_type::now());
    of.bytes += got.body.size();
    if (of.how == seat_list_request::conditional)
      tag = got.etag;
    if (of.lists++ % read_every != 0)
      continue;
    const int taken = count_of(got.body, "\"HELD\"");
    if (count_of(got.body, "\"seatId\":") != of.seats || taken > of.seats_held + 1)
      into.wrong("a list with " + std::to_string(taken) + " seats held when " +
                 std::to_string(of.seats_held) + " were, or with too few seats");
    of.most_taken = std::max(of.most_taken, taken);
  }
}

visit sell_slowly(client& over, std::size_t connection, clock_type::time_point until, meter& into,
                  looking& of) {
  const auto begun = clock_type::now();
  for (int seat = 1; seat <= of.seats; ++seat) {
    const auto due = begun + std::chrono::duration_cast<clock_type::duration>(
                                 std::chrono::duration<double>{(seat - 1) / holds_a_second});
    if (due >= until)
      co_return;
    co_await over.wait_until(due);
    const auto& who = of.people[static_cast<std::size_t>(seat) % of.people.size()];
    const auto got = co_await over.ask(connection, who.hold(of.option, seat));
    if (got.status != 201)
      into.wrong(told("hold", got));
    else
      ++of.seats_held;
  }
}

} // namespace

figures run_seats(stay& at, const seat_list_terms& terms) {
  const int seats_per_row = std::min(terms.seats, seats_per_row_most);
  const auto concert = at.system.open_concert(door::wide());
  const auto options = at.system.open_halls(
      concert, {.halls = 1, .rows = terms.seats / seats_per_row, .seats_per_row = seats_per_row});
  auto people = people_inside(at, concert, 8);
  looking of{options.front(), people, terms.how, terms.seats};
  auto run =
      run_load(at.system.port(), at.system.serving(), at.how_long, {looking_connections + 1, terms.a_second},
               [&](client& over, std::size_t connection, pace& turns, meter& into) {
                 return connection == looking_connections
                            ? sell_slowly(over, connection, turns.over().until, into, of)
                            : look_on(over, connection, turns, into, of);
               });
  run.extra["lists"] = of.lists;
  run.extra["unchanged"] = of.unchanged;
  run.extra["MB a second"] = static_cast<double>(of.bytes) / 1e6 / std::max(run.seconds, 1e-3);
  if (of.most_taken == 0 && at.how_long.measured >= std::chrono::seconds{1})
    judge(run, "the lists never showed a sale");
  return run;
}

} // namespace frontrow::bench
