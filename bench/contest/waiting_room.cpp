#include "bench/contest/waiting_room.hpp"

#include <algorithm>
#include <iterator>

namespace frontrow::bench {

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

visit poll_on(client& over, std::size_t connection, pace& turns, meter& into, polling& who) {
  while (who.left > 0) {
    const auto due = turns.take(clock_type::now());
    if (!due)
      co_return;
    --who.left;
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
  into.ran_out();
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

} // namespace frontrow::bench
