/// How cost grows with shards, seats and accounts.
#include "bench/contest/caller.hpp"
#include "bench/contest/insiders.hpp"
#include "bench/contest/scenarios.hpp"
#include "bench/process_figures.hpp"

#include <algorithm>

namespace frontrow::bench {

namespace {

constexpr std::size_t charging_connections = 64;
constexpr std::int64_t amount = 1'000;
/// So that shards are all asked, and every account is in memory.
constexpr int accounts_over_shards = 5'000;
constexpr double kibibyte = 1024, mebibyte = 1024 * 1024;

/// Accounts that are charged in turn, and what each of them has by what was acknowledged.
struct charged_accounts {
  std::vector<caller> people;
  std::vector<std::int64_t> balances = std::vector<std::int64_t>(people.size());
};

struct charging_round {
  charged_accounts& of;
  std::size_t accounts; ///< the first ones
  std::size_t charges;  ///< to be made
  std::size_t next = 0;
};

visit charge_each(client& over, std::size_t connection, pace& turns, meter& into, charging_round& round) {
  while (round.next < round.charges) {
    const auto due = turns.take(clock_type::now());
    const auto number = round.next++ % round.accounts;
    const auto& who = round.of.people[number];
    const auto got = co_await over.ask(connection, who.charge(amount));
    if (got.status != 201) {
      into.wrong(told("charge", got));
      continue;
    }
    into.note(*due, clock_type::now());
    round.of.balances[number] += amount;
  }
  into.ran_out();
}

figures charge_all(contender& system, charged_accounts& of, int accounts, int charges) {
  charging_round round{of, static_cast<std::size_t>(accounts),
                       static_cast<std::size_t>(std::max(accounts, charges))};
  return run_to_the_last(system.port(), system.serving(), charging_connections,
                         [&](client& over, std::size_t connection, pace& turns, meter& into) {
                           return charge_each(over, connection, turns, into, round);
                         });
}

std::optional<std::string> balances_complaint(contender& system, const charged_accounts& of) {
  const auto there = system.balances(of.people.front().user(), of.people.back().user());
  if (there.size() != of.people.size())
    return std::to_string(there.size()) + " accounts are there of " + std::to_string(of.people.size());
  for (std::size_t number = 0; number < of.people.size(); ++number)
    if (there.at(of.people[number].user()) != of.balances[number])
      return "account " + std::to_string(of.people[number].user()) + " has not what was acknowledged";
  return std::nullopt;
}

double resident_mebibytes(const contender& system) {
  return static_cast<double>(resident_bytes(system.programs())) / mebibyte;
}

/// The run of one more size: it goes by the last one's speed, and is wrong where any was.
void add_step(figures& to, figures step, growth_step what) {
  step.growth = std::move(to.growth);
  step.growth.push_back(std::move(what));
  judge(step, to.wrong.empty() ? std::nullopt : std::optional{to.wrong});
  to = std::move(step);
}

/// Four lists for every seat that is held meanwhile, whatever the size: under full load fewer and fewer lists
/// would share what a change costs.
constexpr double lists_a_second = 200;
/// So many seats that their bytes stand out from what an allocator rounds, in at least and at most so many
/// halls.
constexpr int seats_for_memory = 200'000;
constexpr int halls_least = 4, halls_most = 100;
constexpr int seats_per_row_most = 50;

/// Resident memory that an option of so many seats takes, in KiB, of a program that has just started.
double option_kibibytes(stay& at, int seats) {
  const auto concert = at.system.open_concert(door::wide());
  const auto a_row = std::min(seats, seats_per_row_most);
  hall_shape shape{.halls = 1, .rows = seats / a_row, .seats_per_row = a_row};
  at.system.open_halls(concert, shape); // buffers of the largest request come with the first
  shape.halls = std::clamp(seats_for_memory / seats, halls_least, halls_most);
  const auto before = resident_bytes(at.system.programs());
  at.system.open_halls(concert, shape);
  const auto grown = static_cast<double>(resident_bytes(at.system.programs())) - static_cast<double>(before);
  return grown / kibibyte / shape.halls;
}

} // namespace

figures run_accounts(stay& at) {
  const auto& sizes = at.how_long.sizes.accounts;
  charged_accounts of{at.newcomers(sizes.back())};
  figures made;
  for (const int accounts : sizes) {
    auto run = charge_all(at.system, of, accounts, at.how_long.sizes.charges);
    add_step(made, run,
             {static_cast<double>(accounts),
              {{"charges a second", run.a_second},
               {"µs serving a charge", run.serving_micros},
               {"resident MiB", resident_mebibytes(at.system)}}});
  }
  judge(made, balances_complaint(at.system, of));
  return made;
}

figures run_shards(const extent& how_long) {
  figures made;
  for (const int shards : how_long.sizes.shards) {
    const auto system = start_frontrow({"--cluster.shards=" + std::to_string(shards)});
    stay at{*system, how_long};
    charged_accounts of{at.newcomers(std::min(accounts_over_shards, how_long.sizes.charges))};
    const auto accounts = static_cast<int>(of.people.size());
    charge_all(*system, of, accounts, 0); // known to it, before the figure
    auto run = charge_all(*system, of, accounts, how_long.sizes.charges);
    judge(run, balances_complaint(*system, of));
    judge(run, system->audit_complaint());
    add_step(made, run,
             {static_cast<double>(shards),
              {{"charges a second", run.a_second},
               {"µs serving a charge", run.serving_micros},
               {"resident MiB", resident_mebibytes(*system)}}});
  }
  return made;
}

figures run_option_sizes(const extent& how_long) {
  figures made;
  for (const int seats : how_long.sizes.seats) {
    const auto system = start_frontrow();
    stay at{*system, how_long};
    const auto kibibytes = option_kibibytes(at, seats);
    auto run = run_hold_spread(at, seats);
    const auto lists = run_seats(at, {.seats = seats});
    const auto paced = run_seats(at, {.seats = seats, .a_second = lists_a_second});
    judge(run, lists.wrong.empty() ? std::nullopt : std::optional{lists.wrong});
    judge(run, paced.wrong.empty() ? std::nullopt : std::optional{paced.wrong});
    judge(run, system->audit_complaint());
    add_step(
        made, run,
        {static_cast<double>(seats),
         {{"holds a second", run.a_second},
          {"µs serving a hold", run.serving_micros},
          {"lists a second", lists.a_second},
          {"µs serving a list", paced.serving_micros},
          {"ms until a list, p50", lists.percentile_ms.contains("50") ? lists.percentile_ms.at("50") : 0},
          {"KiB an option", kibibytes}}});
  }
  return made;
}

} // namespace frontrow::bench
