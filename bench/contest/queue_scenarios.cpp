#include "bench/contest/caller.hpp"
#include "bench/contest/scenarios.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <stdexcept>

namespace frontrow::bench {

namespace {

constexpr std::size_t joining_connections = 64;
/// More than any of them joins in a second.
constexpr int joins_a_second_at_most = 45'000;

/// Those who join and what they were told.
struct joining {
  std::int64_t concert;
  std::vector<caller>& people;
  std::vector<std::int64_t> positions;
  std::size_t next = 0;
  std::size_t end;
  std::vector<std::int64_t> told{};
};

visit join_all(client& over, std::size_t connection, pace& turns, meter& into, joining& who) {
  while (who.next < who.end) {
    const auto due = turns.take(clock_type::now());
    if (!due)
      co_return;
    const auto number = who.next++;
    const auto request = who.people[number].join(who.concert);
    const auto got = co_await over.ask(connection, request);
    who.positions[number] = number_field(got.body, "position");
    if (got.status != 201 || who.positions[number] < 0) {
      into.wrong("join: " + std::to_string(got.status) + " " + std::string(got.body));
      continue;
    }
    who.people[number].got_token(field(got.body, "queueToken").value_or(""));
    who.told.push_back(who.people[number].user());
    into.note(*due, clock_type::now());
  }
  into.ran_out();
}

std::optional<std::string> positions_complaint(const joining& who) {
  auto seen = who.positions;
  seen.resize(who.next);
  std::sort(seen.begin(), seen.end());
  // One may be inside already.
  const auto first_waiting = std::upper_bound(seen.begin(), seen.end(), 0);
  if (first_waiting - seen.begin() > 1)
    return "more than one was let in";
  return std::nullopt;
}

/// The rest of the room, without a figure.
void fill(stay& at, int people) {
  const auto have = std::ssize(at.waiting);
  if (have >= people)
    return;
  auto more = at.newcomers(people - static_cast<int>(have));
  joining who{at.room, more, std::vector<std::int64_t>(more.size()), 0, more.size()};
  client over{at.system.port(), joining_connections};
  const window when{clock_type::now(), clock_type::time_point::max()};
  auto turns = pace::closed(when);
  meter into{{when.from, when.from}};
  std::vector<visit> visits;
  for (std::size_t connection = 0; connection < joining_connections; ++connection)
    visits.push_back(join_all(over, connection, turns, into, who));
  over.run(std::move(visits));
  if (into.wrong_turns() > 0)
    throw std::runtime_error{"the room cannot be filled: " + into.first_wrong()};
  std::move(more.begin(), more.end(), std::back_inserter(at.waiting));
}

struct polling {
  std::vector<caller>& people;
  std::vector<std::int64_t> positions; ///< as of the first answer to each; 0: not asked yet
  std::size_t next = 0;
};

visit poll_on(client& over, std::size_t connection, pace& turns, meter& into, polling& who) {
  while (const auto due = turns.take(clock_type::now())) {
    who.next = (who.next + 7'919) % who.people.size(); // a prime: all over the room
    const auto number = who.next;
    const auto request = who.people[number].poll();
    const auto got = co_await over.ask(connection, request);
    // The door is closed: nobody moves.
    const auto position = number_field(got.body, "position");
    auto& known = who.positions[number];
    if (got.status != 200 || position < 0 || (known != 0 && known != position) ||
        number_field(got.body, "userId") != who.people[number].user()) {
      into.wrong("poll: " + std::to_string(got.status) + " " + std::string(got.body));
      continue;
    }
    known = position;
    into.note(*due, clock_type::now());
  }
}

std::optional<std::string> order_complaint(const polling& who) {
  std::vector<std::int64_t> asked;
  std::copy_if(who.positions.begin(), who.positions.end(), std::back_inserter(asked),
               [](auto at) { return at > 0; });
  std::sort(asked.begin(), asked.end());
  if (const auto twice = std::adjacent_find(asked.begin(), asked.end()); twice != asked.end())
    return "two people stand at " + std::to_string(*twice);
  if (!asked.empty() && asked.back() > std::ssize(who.people))
    return "somebody stands behind the last place";
  return std::nullopt;
}

} // namespace

std::vector<caller> stay::newcomers(int count) {
  std::vector<caller> people;
  people.reserve(static_cast<std::size_t>(count));
  for (int nth = 0; nth < count; ++nth)
    people.emplace_back(++last_user, system.checked());
  return people;
}

figures run_join(stay& at) {
  const auto people_count = at.how_long.turns_at(joins_a_second_at_most);
  at.room = at.system.open_concert(door::narrow());
  at.waiting = at.newcomers(people_count);
  joining who{at.room, at.waiting, std::vector<std::int64_t>(at.waiting.size()), 0, at.waiting.size()};
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {joining_connections},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return join_all(over, connection, turns, into, who);
                      });
  judge(run, positions_complaint(who));
  judge(run, check_places(who.told, at.system.places(at.room)));
  at.waiting.erase(at.waiting.begin() + static_cast<std::ptrdiff_t>(who.next), at.waiting.end());
  return run;
}

figures run_poll(stay& at, std::size_t connections) {
  if (at.room == 0)
    at.room = at.system.open_concert(door::narrow());
  fill(at, at.how_long.waiting);
  polling who{at.waiting, std::vector<std::int64_t>(at.waiting.size())};
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {connections},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return poll_on(over, connection, turns, into, who);
                      });
  run.extra["waiting people"] = static_cast<double>(at.waiting.size());
  judge(run, order_complaint(who));
  return run;
}

} // namespace frontrow::bench
