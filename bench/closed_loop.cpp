#include "bench/closed_loop.hpp"

#include "bench/process_figures.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace frontrow::bench {

namespace {

using clock_type = std::chrono::steady_clock;

struct running {
  stretch& into;
  const turn& each;
  clock_type::time_point end;
  std::uint64_t turns_left;
};

test::asio::awaitable<void> visit(running& of, test::http_client& client, int number) {
  visitor who{client, number};
  while (of.turns_left > 0) {
    const auto begun = clock_type::now();
    if (begun >= of.end)
      break;
    --of.turns_left;
    const auto thought_before = who.thought();
    const auto ended = co_await of.each(who);
    if (ended == turn_end::nothing_left)
      break;
    if (ended == turn_end::good) {
      const std::chrono::duration<float, std::milli> taken =
          clock_type::now() - begun - (who.thought() - thought_before);
      of.into.turn_ms.push_back(taken.count());
    } else if (of.into.failed++ == 0) {
      of.into.first_failure = who.failure();
    }
  }
}

double microseconds_a_turn(std::chrono::duration<double> time, const stretch& of) {
  return of.turn_ms.empty() ? 0 : time.count() * 1e6 / static_cast<double>(of.turn_ms.size());
}

} // namespace

double stretch::percentile_ms(double share) const {
  if (turn_ms.empty())
    return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(turn_ms.size() - 1));
  return static_cast<double>(turn_ms[at]);
}

test::asio::awaitable<std::optional<test::http_answer>> visitor::ask(test::http_request request,
                                                                     unsigned expected) {
  auto answer = co_await client_.send(std::move(request));
  if (answer.status != expected) {
    failure_ = answer.text();
    co_return std::nullopt;
  }
  co_return answer;
}

test::asio::awaitable<void> visitor::think(std::chrono::milliseconds time) {
  const auto begun = clock_type::now();
  co_await client_.pause(time);
  thought_ += clock_type::now() - begun;
}

stretch run_closed_loop(test::deployment& house, std::string name, int connections, const until& end,
                        const turn& each) {
  stretch result;
  result.name = std::move(name);
  result.connections = connections;
  const auto backends = backends_of(house.database_url());
  const auto program_before = processor_time(house.program().pid());
  const auto database_before = processor_time(backends);
  const auto client_before = processor_time(::getpid());
  const auto begun = clock_type::now();
  running state{result, each, begun + end.time, end.turns};
  std::vector<test::asio::awaitable<void>> visitors;
  for (int number = 0; number < connections; ++number)
    visitors.push_back(visit(state, house.http(), number));
  house.http().run(std::move(visitors));
  result.taken = clock_type::now() - begun;
  result.program = processor_time(house.program().pid()) - program_before;
  result.database = processor_time(backends) - database_before;
  result.client = processor_time(::getpid()) - client_before;
  std::sort(result.turn_ms.begin(), result.turn_ms.end());
  return result;
}

void print_title(const std::string& what, const std::string& baseline) {
  std::printf("%-48s %5s %9s %8s %8s %8s   %s\n", what.c_str(), "conns", "a second", "ratio", "p50 ms",
              "p99 ms", "us of processor each: program, database, client");
  std::printf("%-48s %5s %9s %8s\n", "", "", "", ("to " + baseline).c_str());
}

void print(const stretch& one, const stretch& baseline) {
  std::printf("%-48s %5d %9.0f %7.3fx %8.2f %8.2f   %7.0f %9.0f %9.0f\n", one.name.c_str(), one.connections,
              one.per_second(), one.per_second() / baseline.per_second(), one.percentile_ms(0.5),
              one.percentile_ms(0.99), microseconds_a_turn(one.program, one),
              microseconds_a_turn(one.database, one), microseconds_a_turn(one.client, one));
  if (one.failed > 0)
    std::printf("    %llu turns failed, the first: %s\n", static_cast<unsigned long long>(one.failed),
                one.first_failure.c_str());
  std::fflush(stdout);
}

} // namespace frontrow::bench
