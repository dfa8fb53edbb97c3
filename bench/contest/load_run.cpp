#include "bench/contest/load_run.hpp"

#include "bench/process_figures.hpp"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

namespace frontrow::bench {

namespace {

struct processor_marks {
  std::chrono::duration<double> serving{};
  std::chrono::duration<double> client{};
};

processor_marks mark(const std::vector<pid_t>& serving) {
  return {tree_time(serving), processor_time(::getpid())};
}

visit watch_processors(client& over, const window& when, const std::vector<pid_t>& serving,
                       processor_marks& from, processor_marks& until) {
  co_await over.wait_until(when.from);
  from = mark(serving);
  co_await over.wait_until(when.until);
  until = mark(serving);
}

} // namespace

extent extent::quick() {
  extent made;
  made.warm_up = std::chrono::milliseconds{200};
  made.measured = std::chrono::milliseconds{600};
  made.waiting = 11'000;
  made.many_connections = 4'000;
  made.day_people = 5'500;
  made.day_people_others = 1'100;
  made.day_arriving = std::chrono::milliseconds{2'000};
  made.sizes = {.shards = {64, 256, 1'024},
                .seats = {500, 5'000, 50'000},
                .waiting = {500, 5'000, 50'000},
                .accounts = {300, 3'000, 30'000},
                .events = {2'000, 20'000, 200'000},
                .charges = 5'000};
  return made;
}

extent extent::in_short() const {
  auto made = *this;
  made.warm_up = std::chrono::milliseconds{100};
  made.measured = std::chrono::milliseconds{1'000};
  made.day_people = std::min(made.day_people, 5'500);
  made.day_arriving = std::min(made.day_arriving, std::chrono::milliseconds{2'000});
  return made;
}

extent extent::smoke() {
  auto made = quick();
  made.warm_up = std::chrono::milliseconds{50};
  made.measured = std::chrono::milliseconds{100};
  made.waiting = 500;
  made.many_connections = 200;
  made.day_people = 220;
  made.day_people_others = 220;
  made.day_arriving = std::chrono::milliseconds{200};
  made.sizes = {.shards = {4, 16, 64},
                .seats = {10, 50, 100},
                .waiting = {50, 200, 500},
                .accounts = {10, 50, 100},
                .events = {200, 400, 800},
                .charges = 200};
  return made;
}

int extent::turns_at(int a_second) const {
  return static_cast<int>(std::chrono::duration<double>(all()).count() * a_second) + 1;
}

void add_latency(figures& to, const latency_histogram& latency) {
  for (const char* share : percentile_names)
    to.percentile_ms[share] = latency.percentile_ms(std::atof(share) / 100);
  to.max_ms = static_cast<double>(latency.max()) / 1'000;
}

void judge(figures& run, const std::optional<std::string>& complaint) {
  constexpr std::size_t characters_max = 300;
  if (complaint && run.wrong.empty()) {
    run.wrong = complaint->substr(0, characters_max);
    std::replace(run.wrong.begin(), run.wrong.end(), '\n', ' ');
  }
  if (!run.wrong.empty())
    run.a_second = 0;
}

namespace {

figures figures_of(const meter& of, const processor_marks& from, const processor_marks& until) {
  figures run;
  run.a_second = of.a_second();
  run.turns = of.turns();
  run.seconds = of.seconds();
  run.timeline = of.timeline();
  add_latency(run, of.latency());
  if (run.turns > 0) {
    run.serving_micros = (until.serving - from.serving).count() * 1e6 / static_cast<double>(run.turns);
    run.client_micros = (until.client - from.client).count() * 1e6 / static_cast<double>(run.turns);
  }
  if (of.wrong_turns() > 0)
    judge(run, std::to_string(of.wrong_turns()) + " wrong answers, the first: " + of.first_wrong());
  else if (run.turns == 0)
    judge(run, "no turn ended in time");
  return run;
}

} // namespace

figures run_load(std::uint16_t port, const std::vector<pid_t>& serving, const extent& how_long,
                 const load_terms& terms, const visitor& each) {
  client over{port, terms.connections};
  const auto begun = clock_type::now();
  const window when{begun + how_long.warm_up, begun + how_long.all()};
  auto turns = terms.a_second > 0 ? pace::open(when, begun, terms.a_second) : pace::closed(when);
  meter into{when};
  processor_marks from, until;
  std::vector<visit> visits;
  visits.push_back(watch_processors(over, when, serving, from, until));
  for (std::size_t connection = 0; connection < terms.connections; ++connection)
    visits.push_back(each(over, connection, turns, into));
  over.run(std::move(visits));
  return figures_of(into, from, until);
}

figures run_to_the_last(std::uint16_t port, const std::vector<pid_t>& serving, std::size_t connections,
                        const visitor& each) {
  client over{port, connections};
  const window when{clock_type::now(), clock_type::time_point::max()};
  auto turns = pace::closed(when);
  meter into{when};
  const auto from = mark(serving);
  std::vector<visit> visits;
  for (std::size_t connection = 0; connection < connections; ++connection)
    visits.push_back(each(over, connection, turns, into));
  over.run(std::move(visits));
  return figures_of(into, from, mark(serving));
}

} // namespace frontrow::bench
