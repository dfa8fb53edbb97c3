#include "bench/contest/insiders.hpp"
#include "bench/contest/scenarios.hpp"
#include "bench/process_figures.hpp"

#include <algorithm>
#include <deque>
#include <unistd.h>

namespace frontrow::bench {

namespace {

constexpr std::size_t day_connections = 1'000;
constexpr int hall_count = 10;
constexpr std::int64_t price = 1'000;
constexpr std::int64_t shoppers_max = 6'000;
constexpr std::size_t gives_up_every = 20; // 5 %
/// Past it the day is a failure: four times what a good one may take.
constexpr std::chrono::seconds day_max{240};
constexpr std::chrono::milliseconds memory_every{200};

/// Connections that many people share, first come, first served.
class shared_connections {
public:
  explicit shared_connections(std::size_t count) {
    for (std::size_t nth = 0; nth < count; ++nth)
      free_.push_back(nth);
  }
  class borrowing {
  public:
    explicit borrowing(shared_connections& from) : from_(from) {}
    bool await_ready() {
      if (from_.free_.empty())
        return false;
      got_ = from_.free_.back();
      from_.free_.pop_back();
      return true;
    }
    void await_suspend(std::coroutine_handle<> who) { from_.waiting_.push_back({who, &got_}); }
    std::size_t await_resume() const { return got_; }

  private:
    shared_connections& from_;
    std::size_t got_ = 0;
  };
  borrowing borrow() { return borrowing{*this}; }
  /// The next one in line goes on at its next turn of the loop.
  void give_back(std::size_t connection, client& over) {
    if (waiting_.empty()) {
      free_.push_back(connection);
      return;
    }
    const auto [who, place] = waiting_.front();
    waiting_.pop_front();
    *place = connection;
    over.resume_soon(who);
  }

private:
  std::vector<std::size_t> free_;
  std::deque<std::pair<std::coroutine_handle<>, std::size_t*>> waiting_;
};

struct day {
  std::int64_t concert;
  std::vector<std::int64_t> options;
  std::vector<caller>& people;
  int seats;
  std::chrono::milliseconds arriving;
  clock_type::time_point begun;
  shared_connections lines;
  purchases told{};
  std::uint64_t requests = 0;
  std::size_t gone = 0; ///< people whose day is over
  std::string wrong{};
  std::optional<clock_type::time_point> sold_out{};
  latency_histogram answers{};
  std::vector<std::uint32_t> timeline{};
  std::size_t memory = 0;

  void failed(std::string what) {
    if (wrong.empty())
      wrong = std::move(what);
  }
  bool is_over() const { return sold_out || !wrong.empty() || clock_type::now() > begun + day_max; }
  /// An answer that was asked for then.
  void count(clock_type::time_point asked) {
    ++requests;
    answers.record(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(clock_type::now() - asked).count()));
  }
  void sold(const hold_record& hold, std::int64_t user) {
    told.paid.push_back({hold.reservation, user, price});
    told.held.push_back(hold);
    const auto now = clock_type::now();
    const auto slot = static_cast<std::size_t>((now - begun) / meter::slot);
    timeline.resize(std::max(timeline.size(), slot + 1));
    ++timeline[slot];
    if (std::ssize(told.paid) == seats)
      sold_out = now;
  }
};

/// Somebody's day. Each request borrows a connection; the answer is kept before it is given back.
visit live(client& over, std::size_t number, day& of) {
  auto& who = of.people[number];
  const auto share = static_cast<double>(number) / static_cast<double>(of.people.size());
  co_await over.wait_until(of.begun + std::chrono::duration_cast<clock_type::duration>(of.arriving * share));
  enum class step { join, poll, leave, hold, charge, pay, done } next = step::join;
  hold_record hold;
  std::size_t option = number % of.options.size(), options_asked = 0;
  while (next != step::done && !of.is_over()) {
    const auto request = next == step::join     ? who.join(of.concert)
                         : next == step::poll   ? who.poll()
                         : next == step::leave  ? who.leave()
                         : next == step::hold   ? who.hold_best(of.options[option], 1)
                         : next == step::charge ? who.charge(price)
                                                : who.pay(hold.reservation);
    const auto asked = clock_type::now();
    const auto connection = co_await of.lines.borrow();
    const auto got = co_await over.ask(connection, request);
    of.count(asked);
    std::chrono::milliseconds pause{0};
    if (next == step::join || next == step::poll) {
      const auto status = field(got.body, "status");
      if (got.status == 409 || status == "SOLD_OUT" || status == "EXPIRED") {
        next = step::done;
      } else if (got.status != 201 && got.status != 200) {
        of.failed(told("join or poll", got));
      } else {
        if (next == step::join)
          who.got_token(field(got.body, "queueToken").value_or(""));
        next = step::poll;
        if (status == "ACTIVE")
          next = number % gives_up_every == 0 ? step::leave : step::hold;
        else
          pause = std::chrono::milliseconds{std::max(1LL, number_field(got.body, "pollAfterMs"))};
      }
    } else if (next == step::leave) {
      if (got.status != 204)
        of.failed(told("leave", got));
      next = step::done;
    } else if (next == step::hold && got.status == 409) {
      option = (option + 1) % of.options.size();
      if (++options_asked >= of.options.size())
        next = step::done;
    } else if (got.status != 201) {
      of.failed(told("purchase", got));
    } else if (next == step::hold) {
      hold = record_of(got, who.user());
      next = step::charge;
    } else if (next == step::charge) {
      of.told.charged += price;
      next = step::pay;
    } else {
      of.sold(hold, who.user());
      next = step::done;
    }
    of.lines.give_back(connection, over);
    if (pause.count() > 0)
      co_await over.wait_until(clock_type::now() + pause);
  }
  ++of.gone;
}

visit watch_memory(client& over, stay& at, day& of) {
  while (of.gone < of.people.size() && !of.is_over()) {
    of.memory = std::max(of.memory, resident_bytes(at.system.programs()));
    co_await over.wait_until(clock_type::now() + memory_every);
  }
  // Those who wait for their next poll need not be waited for.
  over.stop();
}

std::optional<std::string> day_complaint(stay& at, const day& of) {
  if (!of.wrong.empty())
    return of.wrong;
  if (!of.sold_out)
    return "not sold out after " + std::to_string(day_max.count()) +
           " s: " + std::to_string(of.told.paid.size()) + " seats";
  return purchases_complaint(at, of.people, of.options, of.told);
}

} // namespace

figures run_on_sale(stay& at, int people_count) {
  const int seats = people_count * 10 / 11;
  at.system.prepare_best_available();
  auto terms = door::wide();
  terms.max_active = shoppers_max;
  const auto concert = at.system.open_concert(terms);
  const int a_hall = seats / hall_count;
  const int a_row = std::min(50, a_hall);
  auto options = at.system.open_halls(concert, {.halls = hall_count,
                                                .rows = a_hall / a_row,
                                                .seats_per_row = a_row,
                                                .price = price,
                                                .max_seats_per_user = 4});
  auto people = at.newcomers(people_count);
  client over{at.system.port(), day_connections};
  const auto serving = at.system.serving();
  day of{concert,
         std::move(options),
         people,
         a_hall / a_row * a_row * hall_count,
         at.how_long.day_arriving,
         clock_type::now(),
         shared_connections{day_connections}};
  const auto before = tree_time(serving), client_before = processor_time(::getpid());
  std::vector<visit> visits;
  for (std::size_t number = 0; number < people.size(); ++number)
    visits.push_back(live(over, number, of));
  visits.push_back(watch_memory(over, at, of));
  over.run(std::move(visits));
  figures run;
  run.turns = of.told.paid.size();
  run.seconds = std::chrono::duration<double>(of.sold_out.value_or(clock_type::now()) - of.begun).count();
  run.a_second = static_cast<double>(run.turns) / run.seconds;
  run.timeline = of.timeline;
  add_latency(run, of.answers);
  const auto purchases = std::max<double>(1, static_cast<double>(run.turns));
  run.serving_micros = (tree_time(serving) - before).count() * 1e6 / purchases;
  run.client_micros = (processor_time(::getpid()) - client_before).count() * 1e6 / purchases;
  run.extra = {{"seconds until sold out", run.seconds},
               {"people", people_count},
               {"seats", of.seats},
               {"requests a second", static_cast<double>(of.requests) / run.seconds},
               {"resident MiB", static_cast<double>(of.memory) / 1024 / 1024}};
  judge(run, day_complaint(at, of));
  return run;
}

} // namespace frontrow::bench
