#include "bench/machine_runner.hpp"
#include "domain/seat_map.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <numeric>
#include <random>
#include <type_traits>
#include <vector>

namespace frontrow::bench {

namespace {

using namespace domain;
using hall_runner = machine_runner<seat_map>;

constexpr seat_id seats = 10'000;

option_terms terms_of_the_hall() {
  option_terms terms;
  terms.concert = 1;
  terms.sections = {
      {"Front", "VIP", 150'000, 20, 50}, {"Middle", "R", 100'000, 60, 50}, {"Back", "S", 50'000, 120, 50}};
  return terms;
}

/// Answers all that the hall waits for: every debit is made, every place completed.
void answer_all(hall_runner& runner, instant now) {
  while (!runner.machine().effects().empty()) {
    const auto owed = runner.machine().effects().begin()->second;
    std::visit(
        [&](const auto& command) {
          using command_type = std::decay_t<decltype(command)>;
          if constexpr (std::is_same_v<command_type, debit>)
            runner.must(answered<debit_answer>{owed.id, debit_made{command.payment, 0}}, now);
          else if constexpr (std::is_same_v<command_type, refund>)
            runner.must(answered<refund_made>{owed.id, refund_made{command.payment, 0}}, now);
          else
            runner.must(answered<done>{owed.id, {}}, now);
        },
        owed.command);
  }
}

const seat_map& empty_hall() {
  static const seat_map hall = [] {
    hall_runner runner{seat_map{1}};
    runner.must(open_option{terms_of_the_hall()}, some_time);
    answer_all(runner, some_time);
    return runner.machine();
  }();
  return hall;
}

/// The seats in an order in which people might take them: any.
const std::vector<seat_id>& any_order() {
  static const std::vector<seat_id> order = [] {
    std::vector<seat_id> all(seats);
    std::iota(all.begin(), all.end(), 1);
    std::shuffle(all.begin(), all.end(), std::mt19937_64{1});
    return all;
  }();
  return order;
}

event_number hold(hall_runner& runner, seat_id seat, instant now) {
  return runner.must(hold_seats{fresh_command(), 1, user_id{seat}, 1, {seat}}, now).reservation;
}

void buy(hall_runner& runner, seat_id seat, instant now) {
  runner.run(pay{fresh_command(), user_id{seat}, hold(runner, seat, now)}, now);
  answer_all(runner, now);
}

/// 9,500 of 10,000 seats sold, the free ones anywhere.
const seat_map& hall_nearly_sold() {
  static const seat_map hall = [] {
    hall_runner runner{empty_hall()};
    for (std::size_t i = 0; i < 9'500; ++i)
      buy(runner, any_order()[i], some_time);
    return runner.machine();
  }();
  return hall;
}

void holding(benchmark::State& state) {
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    hall_runner runner{empty_hall()};
    state.ResumeTiming();
    for (const auto seat : any_order())
      benchmark::DoNotOptimize(hold(runner, seat, some_time));
  }
  state.SetItemsProcessed(state.iterations() * seats);
}
BENCHMARK(holding)->Name("seat_map: hold a seat, until all 10,000 are held")->Unit(benchmark::kMillisecond);

void refusing_taken(benchmark::State& state) {
  hall_runner runner{empty_hall()};
  hold(runner, 1, some_time);
  for ([[maybe_unused]] auto step : state)
    benchmark::DoNotOptimize(runner.run(hold_seats{fresh_command(), 1, 99'999, 1, {1}}, some_time));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(refusing_taken)->Name("seat_map: refuse a seat that is taken");

/// A hold and its release, counted as two decisions; a second between them, so that what ended is forgotten
/// in the end as it is in life.
void hold_best_and_release(benchmark::State& state, const seat_map& hall, std::int32_t count,
                           const char* tier) {
  hall_runner runner{hall};
  auto now = some_time;
  for ([[maybe_unused]] auto step : state) {
    now += seconds{1};
    const auto held = runner.must(hold_best{fresh_command(), 1, 99'999, 1, count, tier}, now);
    runner.must(release_hold{99'999, held.reservation}, now);
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK_CAPTURE(hold_best_and_release, empty_2, empty_hall(), 2, "")
    ->Name("seat_map: best 2 of any tier, nothing sold + release");
BENCHMARK_CAPTURE(hold_best_and_release, sold_1, hall_nearly_sold(), 1, "")
    ->Name("seat_map: best 1 of any tier, 9,500 of 10,000 sold + release");
BENCHMARK_CAPTURE(hold_best_and_release, sold_2, hall_nearly_sold(), 2, "")
    ->Name("seat_map: best 2 of any tier, 9,500 of 10,000 sold + release");
BENCHMARK_CAPTURE(hold_best_and_release, sold_4, hall_nearly_sold(), 4, "")
    ->Name("seat_map: best 4 of any tier (nowhere together), 9,500 sold + release");

/// pay, the debit's answer, the place's answer: three decisions a purchase.
void paying(benchmark::State& state) {
  const auto everything_held = [] {
    hall_runner runner{empty_hall()};
    std::vector<std::pair<user_id, event_number>> held;
    for (const auto seat : any_order())
      held.emplace_back(seat, hold(runner, seat, some_time));
    return std::pair{runner.machine(), held};
  }();
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    hall_runner runner{everything_held.first};
    state.ResumeTiming();
    for (const auto& [user, reservation] : everything_held.second) {
      runner.run(pay{fresh_command(), user, reservation}, some_time);
      answer_all(runner, some_time);
    }
  }
  state.SetItemsProcessed(3 * state.iterations() * seats);
}
BENCHMARK(paying)
    ->Name("seat_map: pay until all is settled (3 decisions a purchase)")
    ->Unit(benchmark::kMillisecond);

void lapsing(benchmark::State& state) {
  const auto everything_held = [] {
    hall_runner runner{empty_hall()};
    for (const auto seat : any_order())
      hold(runner, seat, some_time);
    return runner.machine();
  }();
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    hall_runner runner{everything_held};
    state.ResumeTiming();
    runner.do_what_is_due(some_time + seconds{300});
  }
  state.SetItemsProcessed(state.iterations() * seats);
}
BENCHMARK(lapsing)->Name("seat_map: let holds lapse, 10,000 at once")->Unit(benchmark::kMillisecond);

void listing(benchmark::State& state) {
  hall_runner runner{hall_nearly_sold()};
  for ([[maybe_unused]] auto step : state)
    benchmark::DoNotOptimize(runner.must(read_seats{}, some_time));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(listing)->Name("seat_map: read the status of 10,000 seats");

} // namespace

} // namespace frontrow::bench
