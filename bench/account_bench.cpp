#include "bench/machine_runner.hpp"
#include "domain/account.hpp"

#include <benchmark/benchmark.h>

namespace frontrow::bench {

namespace {

using namespace domain;
using account_runner = machine_runner<account>;

void made_charge(benchmark::State& state) {
  account_runner runner{account{42}};
  // A second each: as many as anyone makes, so the account remembers the 90,000 of the last 25 hours.
  auto now = some_time;
  for ([[maybe_unused]] auto step : state) {
    now += seconds{1};
    benchmark::DoNotOptimize(runner.must(charge{fresh_command(), 1, 1'000}, now));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(made_charge)->Name("account: charge, 90,000 remembered");

void repeated_charge(benchmark::State& state) {
  account_runner runner{account{42}};
  for (int i = 0; i < 1'000; ++i)
    runner.must(charge{fresh_command(), 1, 1'000}, some_time);
  const charge again{fresh_command(), 1, 1'000};
  runner.must(again, some_time);
  for ([[maybe_unused]] auto step : state)
    benchmark::DoNotOptimize(runner.must(again, some_time));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(repeated_charge)->Name("account: charge sent again, first answer again");

void made_debit(benchmark::State& state) {
  constexpr int debits = 1'000;
  account rich{42};
  {
    account_runner runner{rich};
    runner.must(charge{fresh_command(), 1, 1'000'000'000}, some_time);
    rich = runner.machine();
  }
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    account_runner runner{rich};
    state.ResumeTiming();
    for (int i = 1; i <= debits; ++i)
      benchmark::DoNotOptimize(runner.must(debit{{1, i}, i, 1'000}, some_time));
  }
  state.SetItemsProcessed(state.iterations() * debits);
}
BENCHMARK(made_debit)->Name("account: debit");

void declined_debit(benchmark::State& state) {
  constexpr int debits = 1'000;
  for ([[maybe_unused]] auto step : state) {
    account_runner runner{account{42}};
    for (int i = 1; i <= debits; ++i)
      benchmark::DoNotOptimize(runner.must(debit{{1, i}, i, 1'000}, some_time));
  }
  state.SetItemsProcessed(state.iterations() * debits);
}
BENCHMARK(declined_debit)->Name("account: debit declined");

} // namespace

} // namespace frontrow::bench
