#include "bench/machine_runner.hpp"
#include "domain/queue.hpp"

#include <benchmark/benchmark.h>
#include <cstring>
#include <random>

namespace frontrow::bench {

namespace {

using namespace domain;
using queue_runner = machine_runner<queue>;

place_secret secret_of(place_number place) {
  place_secret secret{};
  std::memcpy(secret.data(), &place, sizeof place);
  return secret;
}

/// Lets in one a second at the most, so that whoever joins waits.
queue_policy slow_policy() {
  queue_policy policy;
  policy.rate_per_second = 1;
  policy.burst = 1;
  policy.max_active = 1;
  policy.capacity = 10'000'000;
  return policy;
}

/// A thousand people each millisecond.
queue_policy fast_policy() {
  auto policy = slow_policy();
  policy.rate_per_second = 1'000'000;
  policy.burst = 1'000;
  policy.max_active = 10'000'000;
  return policy;
}

queue_runner opened(const queue_policy& policy) {
  queue_runner runner{queue{1}};
  runner.must(open_queue{policy}, some_time);
  return runner;
}

void join(queue_runner& runner, std::int64_t people) {
  for (place_number place = 1; place <= people; ++place)
    benchmark::DoNotOptimize(runner.must(join_queue{{}, place, secret_of(place)}, some_time));
}

queue full_room(std::int64_t people) {
  auto runner = opened(slow_policy());
  join(runner, people);
  return runner.machine();
}

const queue& room_of_a_million() {
  static const queue room = full_room(1'000'000);
  return room;
}

void joining(benchmark::State& state) {
  constexpr std::int64_t people = 100'000;
  for ([[maybe_unused]] auto step : state) {
    auto runner = opened(slow_policy());
    join(runner, people);
    state.PauseTiming();
    { const auto gone = std::move(runner); }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * people);
}
BENCHMARK(joining)->Name("queue: join, a room that grows to 100,000")->Unit(benchmark::kMillisecond);

void joining_again(benchmark::State& state) {
  static queue_runner runner{room_of_a_million()};
  std::mt19937_64 chance{1};
  for ([[maybe_unused]] auto step : state) {
    const auto user = static_cast<user_id>(chance() % 1'000'000) + 1;
    benchmark::DoNotOptimize(runner.must(join_queue{{}, user, secret_of(0)}, some_time));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(joining_again)->Name("queue: join again, 1,000,000 waiting, place found");

void polling(benchmark::State& state) {
  static queue_runner runner{room_of_a_million()};
  std::mt19937_64 chance{1};
  for ([[maybe_unused]] auto step : state) {
    const auto place = static_cast<place_number>(chance() % 1'000'000) + 1;
    benchmark::DoNotOptimize(runner.must(read_place{place, secret_of(place), place}, some_time));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(polling)->Name("queue: poll, 1,000,000 waiting, exact position");

void leaving(benchmark::State& state) {
  constexpr std::int64_t people = 100'000;
  const auto room = full_room(people);
  std::vector<place_number> order(people);
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<place_number>(i) + 1;
  std::shuffle(order.begin(), order.end(), std::mt19937_64{1});
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    queue_runner runner{room};
    state.ResumeTiming();
    for (const auto place : order)
      benchmark::DoNotOptimize(runner.must(leave_queue{place, secret_of(place), place}, some_time));
  }
  state.SetItemsProcessed(state.iterations() * people);
}
BENCHMARK(leaving)->Name("queue: leave from anywhere, a room of 100,000")->Unit(benchmark::kMillisecond);

void admitting(benchmark::State& state) {
  constexpr std::int64_t people = 100'000;
  queue room{1};
  {
    queue_runner runner{full_room(people)};
    runner.must(change_policy{fast_policy()}, some_time);
    room = runner.machine();
  }
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    queue_runner runner{room};
    auto now = some_time;
    state.ResumeTiming();
    while (runner.machine().waiting() > 0) {
      now += milliseconds{1};
      runner.do_what_is_due(now);
    }
  }
  state.SetItemsProcessed(state.iterations() * people);
}
BENCHMARK(admitting)->Name("queue: admit, people let in by a thousand a tick")->Unit(benchmark::kMillisecond);

void checking(benchmark::State& state) {
  constexpr std::int64_t people = 6'000;
  auto runner = opened(fast_policy());
  join(runner, people);
  auto now = some_time;
  while (runner.machine().waiting() > 0) {
    now += milliseconds{1};
    runner.do_what_is_due(now);
  }
  std::mt19937_64 chance{1};
  for ([[maybe_unused]] auto step : state) {
    const auto place = static_cast<place_number>(chance() % people) + 1;
    benchmark::DoNotOptimize(runner.must(read_place{place, secret_of(place), place}, now));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(checking)->Name("queue: ask for an active place, 6,000 shopping");

} // namespace

} // namespace frontrow::bench
