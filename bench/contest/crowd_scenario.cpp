/// A million people in one waiting room: joined, polled, let in; and what each of them takes.
#include "bench/contest/scenarios.hpp"
#include "bench/contest/waiting_room.hpp"
#include "bench/process_figures.hpp"

#include <algorithm>
#include <stdexcept>

namespace frontrow::bench {

namespace {

constexpr std::size_t joining_connections = 64;
constexpr std::size_t polling_connections = 1'000;
/// Some for each connection that polls will come over: connections and what requests pass through have their memory
/// before those who count come.
constexpr int strangers_at_most = 20'000;
/// Of those who wait.
constexpr int admitted_share = 100;
constexpr std::chrono::seconds admission_takes{5};
constexpr std::chrono::seconds patience{60};
constexpr std::chrono::milliseconds memory_every{100};
constexpr double mebibyte = 1024 * 1024;

/// Asks as people with a login and without a place do: no actor comes to memory for that.
visit look_in(client& over, std::size_t connection, pace& turns, meter& into, std::vector<caller>& strangers,
              std::size_t& next) {
  while (next < strangers.size()) {
    const auto due = turns.take(clock_type::now());
    const auto got = co_await over.ask(connection, strangers[next++].poll());
    if (got.status < 400 || got.status >= 500)
      into.wrong("a poll without a place: " + std::to_string(got.status) + " " + std::string(got.body));
    else
      into.note(*due, clock_type::now());
  }
  into.ran_out();
}

/// A crowd in one room, whose places are numbered from 1 in the order of their joining.
class crowd {
public:
  crowd(stay& at, int people)
      : at_(at), people_(at.newcomers(people)), who_{at.system.open_concert(door::narrow()), people_,
                                                     std::vector<std::int64_t>(people_.size()), 0, 0} {}

  /// What the program has before anybody comes.
  void warm_up(int strangers);
  void grow_to(int people);
  /// Lets in the first hundredth and asks everybody where they are.
  void let_in();
  figures over();

private:
  std::size_t resident() const { return resident_bytes(at_.system.programs()); }
  double beyond(std::size_t resident_now) const {
    return static_cast<double>(resident_now) - static_cast<double>(before_);
  }
  /// Nobody has left: whoever was told position p stands behind p others, the first of whom is inside.
  std::int64_t place_of(std::size_t number) const { return who_.positions[number] + 1; }
  void wait_until_in(std::int64_t place);
  visit ask_everybody(client& over, std::size_t connection, pace& turns, meter& into, std::size_t& next,
                      std::int64_t admitted);
  visit watch_memory(client& over);

  stay& at_;
  std::vector<caller> people_;
  joining who_;
  std::size_t before_ = 0;
  std::size_t most_ = 0;
  std::size_t at_rest_ = 0;
  figures joined_{};
  figures made_{};
};

void crowd::warm_up(int strangers) {
  auto others = at_.newcomers(strangers);
  std::size_t next = 0;
  const auto run = run_to_the_last(at_.system.port(), at_.system.serving(), polling_connections,
                                   [&](client& over, std::size_t connection, pace& turns, meter& into) {
                                     return look_in(over, connection, turns, into, others, next);
                                   });
  if (!run.wrong.empty())
    throw std::runtime_error{run.wrong};
  before_ = most_ = resident();
}

visit crowd::watch_memory(client& over) {
  while (who_.next < who_.end) {
    most_ = std::max(most_, resident());
    co_await over.wait_until(clock_type::now() + memory_every);
  }
}

void crowd::grow_to(int people) {
  who_.end = static_cast<std::size_t>(people);
  joined_ = run_to_the_last(at_.system.port(), at_.system.serving(), joining_connections + 1,
                            [&](client& over, std::size_t connection, pace& turns, meter& into) {
                              return connection == joining_connections
                                         ? watch_memory(over)
                                         : join_all(over, connection, turns, into, who_);
                            });
  judge(made_, joined_.wrong);
  polling asking{std::span{people_}.first(who_.end), std::span{who_.positions}.first(who_.end)};
  const auto polled = run_load(at_.system.port(), at_.system.serving(), at_.how_long,
                               {std::min(polling_connections, who_.end)},
                               [&](client& over, std::size_t connection, pace& turns, meter& into) {
                                 return poll_on(over, connection, turns, into, asking);
                               });
  judge(made_, polled.wrong);
  at_rest_ = resident();
  most_ = std::max(most_, at_rest_);
  made_.extra["polls a second"] = polled.a_second;
  made_.growth.push_back({static_cast<double>(people),
                          {{"joins a second", joined_.a_second},
                           {"polls a second", polled.a_second},
                           {"µs serving a join", joined_.serving_micros},
                           {"µs serving a poll", polled.serving_micros},
                           {"resident MiB", static_cast<double>(at_rest_) / mebibyte},
                           {"bytes each", beyond(at_rest_) / people}}});
}

void crowd::wait_until_in(std::int64_t place) {
  std::size_t number = 0;
  while (place_of(number) != place)
    ++number;
  client over{at_.system.port(), 1};
  const auto deadline = clock_type::now() + patience;
  const auto ask = [&]() -> visit {
    for (bool inside = false; !inside && clock_type::now() < deadline;) {
      const auto got = co_await over.ask(0, people_[number].poll());
      inside = field(got.body, "status") == "ACTIVE";
      if (!inside)
        co_await over.wait_until(clock_type::now() + memory_every);
    }
  };
  std::vector<visit> visits;
  visits.push_back(ask());
  over.run(std::move(visits));
}

visit crowd::ask_everybody(client& over, std::size_t connection, pace& turns, meter& into, std::size_t& next,
                           std::int64_t admitted) {
  while (next < people_.size()) {
    const auto due = turns.take(clock_type::now());
    const auto number = next++;
    const auto got = co_await over.ask(connection, people_[number].poll());
    const auto ahead = place_of(number) - admitted;
    const bool right =
        got.status == 200 && number_field(got.body, "userId") == people_[number].user() &&
        (ahead <= 0 ? field(got.body, "status") == "ACTIVE"
                    : field(got.body, "status") == "WAITING" && number_field(got.body, "position") == ahead);
    if (right)
      into.note(*due, clock_type::now());
    else
      into.wrong("place " + std::to_string(place_of(number)) + " after " + std::to_string(admitted) +
                 " were let in: " + std::to_string(got.status) + " " + std::string(got.body));
  }
  into.ran_out();
}

void crowd::let_in() {
  const auto admitted = std::max<std::int64_t>(2, std::ssize(people_) / admitted_share);
  auto wider = door::narrow();
  wider.max_active = admitted;
  wider.rate_per_second = wider.burst = std::max<std::int64_t>(1, admitted / admission_takes.count());
  const auto begun = clock_type::now();
  at_.system.change_door(who_.concert, wider);
  wait_until_in(admitted);
  made_.extra["let in"] = static_cast<double>(admitted);
  made_.extra["seconds to let them in"] = std::chrono::duration<double>(clock_type::now() - begun).count();
  std::size_t next = 0;
  const auto asked = run_to_the_last(at_.system.port(), at_.system.serving(), polling_connections,
                                     [&](client& over, std::size_t connection, pace& turns, meter& into) {
                                       return ask_everybody(over, connection, turns, into, next, admitted);
                                     });
  judge(made_, asked.wrong);
}

figures crowd::over() {
  auto seen = who_.positions;
  std::sort(seen.begin(), seen.end());
  for (std::size_t place = 0; place < seen.size(); ++place)
    if (seen[place] != static_cast<std::int64_t>(place)) {
      judge(made_, "nobody, or more than one, was told position " + std::to_string(place));
      break;
    }
  judge(made_, check_places(who_.told, at_.system.places(who_.concert)));
  auto run = joined_;
  run.wrong = made_.wrong;
  run.growth = made_.growth;
  run.extra = made_.extra;
  run.extra["bytes each at rest"] = beyond(at_rest_) / static_cast<double>(people_.size());
  run.extra["bytes each, the most on the way"] = beyond(most_) / static_cast<double>(people_.size());
  judge(run, std::nullopt);
  return run;
}

} // namespace

figures run_waiting(stay& at) {
  const auto& sizes = at.how_long.sizes.waiting;
  crowd of{at, sizes.back()};
  of.warm_up(std::min(strangers_at_most, 4 * sizes.back()));
  for (const int people : sizes)
    of.grow_to(people);
  of.let_in();
  return of.over();
}

} // namespace frontrow::bench
