#include "bench/contest/caller.hpp"
#include "bench/contest/scenarios.hpp"
#include "bench/contest/waiting_room.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace frontrow::bench {

namespace {

/// Of those who fill a room that is measured later.
constexpr std::size_t filling_connections = 64;
/// More than any of them joins in a second.
constexpr int joins_a_second_at_most = 90'000;

/// The room of the last storm, or a new one if that has too many, without a figure.
void fill(stay& at, int people) {
  if (at.room == 0 || std::ssize(at.waiting) > people) {
    at.room = at.system.open_concert(door::narrow());
    at.waiting.clear();
  }
  const auto there = at.waiting.size();
  auto others = at.newcomers(people - static_cast<int>(there));
  std::move(others.begin(), others.end(), std::back_inserter(at.waiting));
  at.positions.clear();
  joining who{at.room, at.waiting, std::vector<std::int64_t>(at.waiting.size()), there, at.waiting.size()};
  client over{at.system.port(), filling_connections};
  const window when{clock_type::now(), clock_type::time_point::max()};
  auto turns = pace::closed(when);
  meter into{{when.from, when.from}};
  std::vector<visit> visits;
  for (std::size_t connection = 0; connection < filling_connections; ++connection)
    visits.push_back(join_all(over, connection, turns, into, who));
  over.run(std::move(visits));
  if (into.wrong_turns() > 0)
    throw std::runtime_error{"the room cannot be filled: " + into.first_wrong()};
}

} // namespace

std::vector<caller> stay::newcomers(int count) {
  std::vector<caller> people;
  people.reserve(static_cast<std::size_t>(count));
  for (int nth = 0; nth < count; ++nth)
    people.emplace_back(++last_user, system.checked());
  return people;
}

figures run_join(stay& at, std::size_t connections) {
  const auto people_count = at.how_long.turns_at(joins_a_second_at_most);
  at.room = at.system.open_concert(door::narrow());
  at.waiting = at.newcomers(people_count);
  joining who{at.room, at.waiting, std::vector<std::int64_t>(at.waiting.size()), 0, at.waiting.size()};
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {connections},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return join_all(over, connection, turns, into, who);
                      });
  judge(run, positions_complaint(who));
  judge(run, check_places(who.told, at.system.places(at.room)));
  at.waiting.erase(at.waiting.begin() + static_cast<std::ptrdiff_t>(who.next), at.waiting.end());
  at.positions.clear();
  if (!run.wrong.empty())
    at.room = 0; // not everybody who asked for a place has one
  return run;
}

figures run_poll(stay& at, std::size_t connections) {
  if (at.room == 0 ||
      std::ssize(at.waiting) != at.how_long.waiting) // a storm's has as many as the system was fast
    fill(at, at.how_long.waiting);
  const auto anew = at.positions.empty();
  at.positions.resize(at.waiting.size());
  polling who{at.waiting, at.positions, 0, at.waiting.size()};
  const auto poll_all = [&](client& over, std::size_t connection, pace& turns, meter& into) {
    return poll_on(over, connection, turns, into, who);
  };
  // Whoever waits asks again and again: what the first time costs is not what is measured.
  figures first;
  if (anew)
    first = run_to_the_last(at.system.port(), at.system.serving(), connections, poll_all);
  who.left = std::numeric_limits<std::size_t>::max();
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {connections}, poll_all);
  judge(run, first.wrong.empty() ? std::nullopt : std::optional{"the first time: " + first.wrong});
  run.extra["waiting people"] = static_cast<double>(at.waiting.size());
  judge(run, order_complaint(who));
  return run;
}

} // namespace frontrow::bench
