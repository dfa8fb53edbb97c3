#include "bench/contest/caller.hpp"
#include "bench/contest/insiders.hpp"
#include "bench/contest/scenarios.hpp"

#include <algorithm>

namespace frontrow::bench {

namespace {

constexpr std::size_t charging_connections = 64;
constexpr std::size_t buying_connections = 256;
constexpr std::int64_t amount = 1'000;
constexpr int purchases_a_second_at_most = 5'000;
constexpr int hall_count = 10;
constexpr std::chrono::milliseconds between_polls{10};

struct charging {
  std::vector<caller>& people;
  std::vector<charge_record> told{};
};

visit charge_on(client& over, std::size_t connection, pace& turns, meter& into, charging& of) {
  const auto& who = of.people.front();
  while (const auto due = turns.take(clock_type::now())) {
    const auto got = co_await over.ask(connection, who.charge(amount));
    if (got.status != 201) {
      into.wrong(told("charge", got));
      continue;
    }
    into.note(*due, clock_type::now());
    of.told.push_back({who.user(), std::string(field(got.body, "chargeId").value_or("")),
                       number_field(got.body, "amount"), number_field(got.body, "balance")});
  }
}

struct buying {
  std::int64_t concert;
  std::vector<std::int64_t> options;
  std::vector<caller>& people;
  std::size_t next = 0;
  purchases told{};
};

/// One purchase after the other, each by somebody new.
visit buy_on(client& over, std::size_t connection, pace& turns, meter& into, buying& of) {
  while (of.next < of.people.size()) {
    const auto due = turns.take(clock_type::now());
    if (!due)
      co_return;
    co_await over.wait_until(*due);
    if (of.next >= of.people.size())
      break;
    const auto number = of.next++;
    auto& who = of.people[number];
    const auto joined = co_await over.ask(connection, who.join(of.concert));
    if (joined.status != 201) {
      into.wrong(told("join", joined));
      continue;
    }
    who.got_token(field(joined.body, "queueToken").value_or(""));
    bool inside = field(joined.body, "status") == "ACTIVE";
    while (!inside) {
      const auto polled = co_await over.ask(connection, who.poll());
      if (polled.status != 200)
        break;
      inside = field(polled.body, "status") == "ACTIVE";
      if (!inside)
        co_await over.wait_until(clock_type::now() + between_polls);
    }
    const auto got = co_await over.ask(connection, who.hold_best(of.options[number % of.options.size()], 1));
    if (!inside || got.status != 201) {
      into.wrong(told("hold", got));
      continue;
    }
    auto hold = record_of(got, who.user());
    const auto charged = co_await over.ask(connection, who.charge(amount));
    if (charged.status != 201) {
      into.wrong(told("charge", charged));
      continue;
    }
    of.told.charged += amount;
    const auto paid = co_await over.ask(connection, who.pay(hold.reservation));
    if (paid.status != 201) {
      into.wrong(told("pay", paid));
      continue;
    }
    into.note(*due, clock_type::now());
    of.told.paid.push_back({hold.reservation, who.user(), number_field(paid.body, "amount")});
    of.told.held.push_back(std::move(hold));
  }
  into.ran_out();
}

} // namespace

figures run_charge_hot(stay& at) {
  auto people = at.newcomers(1);
  charging of{people};
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {charging_connections},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return charge_on(over, connection, turns, into, of);
                      });
  const auto user = people.front().user();
  judge(run, check_charges(of.told, at.system.charges(user, user), at.system.balances(user, user)));
  return run;
}

figures run_purchase(stay& at, double a_second) {
  const auto people_count =
      at.how_long.turns_at(a_second > 0 ? static_cast<int>(a_second * 1.2) : purchases_a_second_at_most);
  at.system.prepare_best_available();
  const auto concert = at.system.open_concert(door::wide());
  const int rows = people_count / hall_count / 50 + 2;
  auto options = at.system.open_halls(
      concert, {.halls = hall_count, .rows = rows, .seats_per_row = 50, .price = amount});
  auto people = at.newcomers(people_count);
  buying of{concert, std::move(options), people};
  // An open load's late turns must not wait for visitors.
  auto run = run_load(at.system.port(), at.system.serving(), at.how_long, {buying_connections, a_second},
                      [&](client& over, std::size_t connection, pace& turns, meter& into) {
                        return buy_on(over, connection, turns, into, of);
                      });
  judge(run, purchases_complaint(at, of.people, of.options, of.told));
  return run;
}

} // namespace frontrow::bench
