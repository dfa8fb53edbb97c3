#include "bench/contest/insiders.hpp"

#include "bench/load/client.hpp"

#include <algorithm>
#include <stdexcept>

namespace frontrow::bench {

namespace {

constexpr std::size_t entering_connections = 16;
constexpr std::chrono::milliseconds between_polls{10};

visit enter(client& over, std::size_t connection, std::int64_t concert, std::vector<caller>& people,
            std::size_t& next) {
  while (next < people.size()) {
    auto& who = people[next++];
    const auto joined = co_await over.ask(connection, who.join(concert));
    if (joined.status != 201)
      throw std::runtime_error{told("join", joined)};
    who.got_token(field(joined.body, "queueToken").value_or(""));
    for (bool inside = field(joined.body, "status") == "ACTIVE"; !inside;) {
      co_await over.wait_until(clock_type::now() + between_polls);
      const auto polled = co_await over.ask(connection, who.poll());
      if (polled.status != 200)
        throw std::runtime_error{told("poll", polled)};
      inside = field(polled.body, "status") == "ACTIVE";
    }
  }
}

} // namespace

std::vector<caller> people_inside(stay& at, std::int64_t concert, int count) {
  auto people = at.newcomers(count);
  if (at.system.checked() == checks::none)
    return people;
  client over{at.system.port(), entering_connections};
  std::size_t next = 0;
  std::vector<visit> visits;
  for (std::size_t connection = 0; connection < entering_connections; ++connection)
    visits.push_back(enter(over, connection, concert, people, next));
  over.run(std::move(visits));
  return people;
}

hold_record record_of(const answer& got, std::int64_t user) {
  constexpr std::string_view name = "\"seats\":[";
  const auto seats = got.body.find(name);
  hold_record made{number_field(got.body, "optionId"),
                   std::string(field(got.body, "reservationId").value_or("")),
                   user,
                   {}};
  if (seats != std::string_view::npos)
    made.seats = numbers_of(std::string(got.body.substr(seats, got.body.find(']', seats) - seats)));
  return made;
}

std::string told(const char* what, const answer& got) {
  return std::string(what) + ": " + std::to_string(got.status) + " " + std::string(got.body.substr(0, 300));
}

std::optional<std::string> purchases_complaint(stay& at, const std::vector<caller>& people,
                                               const std::vector<std::int64_t>& options,
                                               const purchases& told) {
  const auto first = people.front().user(), last = people.back().user();
  std::int64_t left = 0;
  for (const auto& [user, balance] : at.system.balances(first, last))
    left += balance;
  if (auto complaint = check_payments(told.paid, at.system.payments(first, last), told.charged, left))
    return complaint;
  const auto [from, to] = std::minmax_element(options.begin(), options.end());
  return check_holds(told.held, at.system.holds(*from, *to));
}

} // namespace frontrow::bench
