/// Charges, joins, polls, holds and whole purchases per second over HTTP, on a real program and a real
/// PostgreSQL.

#include "bench/closed_loop.hpp"
#include "bench/process_figures.hpp"
#include "tests/system/person.hpp"

#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace frontrow;
using namespace std::chrono_literals;
using bench::stretch;
using bench::turn_end;
using bench::visitor;
using test::json;
using test::person;
using test::asio::awaitable;

/// One actor's worth of seats: as many as an option may have, so that they last.
constexpr int seats_to_hold = 100'000;
/// Enough that nobody holds more than the cap of 1,000.
constexpr int holders = 200;
/// Halls that the purchases go to in turn.
constexpr int halls = 10;
constexpr int seats_of_a_hall = 10'000;
constexpr int price = 1'000;

struct arguments {
  int connections = 64;
  std::chrono::milliseconds time = 8'000ms;
  std::vector<std::string> program_options{};
};

class sale {
public:
  explicit sale(arguments with) : with_(std::move(with)), house_({with_.program_options, {}}) {}
  /// Whether the journal is clean at the end.
  bool run();

private:
  stretch measure(const std::string& name, int connections, const bench::turn& each) {
    return bench::run_closed_loop(house_, name, connections, {with_.time}, each);
  }
  /// ... with as many connections as asked for.
  void show(const std::string& name, const bench::turn& each) { show(name, with_.connections, each); }
  void show(const std::string& name, int connections, const bench::turn& each) {
    bench::print(measure(name, connections, each), baseline_);
  }

  void reads();
  void charges();
  void waiting_room();
  void holds();
  void purchases();

  std::int64_t open_concert(const json& queue) {
    return house_.admin_post("/admin/v1/concerts", {{"title", "A concert"}, {"queue", queue}})
        .at("concertId");
  }
  std::int64_t open_hall(std::int64_t concert, int rows, int seats_per_row) {
    const json hall{
        {"name", "Stalls"}, {"tier", "R"}, {"price", price}, {"rows", rows}, {"seatsPerRow", seats_per_row}};
    const json option{{"title", "An evening"},    {"startsAt", "2031-12-24T11:00:00.000Z"},
                      {"durationMinutes", 120},   {"holdSeconds", 3'600},
                      {"maxSeatsPerUser", 1'000}, {"sections", {hall}}};
    return house_.admin_post("/admin/v1/concerts/" + std::to_string(concert) + "/options", option)
        .at("optionId");
  }
  person newcomer() { return person{++last_user_}; }

  static json wide_door() {
    return {{"ratePerSecond", 1'000'000},
            {"burst", 1'000'000},
            {"maxActive", 10'000'000},
            {"capacity", 10'000'000},
            {"abandonSeconds", 0}};
  }
  static json narrow_door() {
    return {{"ratePerSecond", 1},
            {"burst", 1},
            {"maxActive", 1},
            {"capacity", 10'000'000},
            {"abandonSeconds", 0}};
  }

  arguments with_;
  test::deployment house_;
  std::int64_t last_user_ = 10'000'000;
  std::int64_t concert_ = 0; ///< with a wide door
  stretch baseline_;
};

bool sale::run() {
  bench::print_title("over HTTP, closed loop", "read");
  concert_ = open_concert(wide_door());
  reads();
  charges();
  waiting_room();
  holds();
  purchases();
  const auto complaint = house_.audit_complaint();
  std::printf("the journal's audit afterwards: %s\n", complaint ? complaint->c_str() : "clean");
  return !complaint;
}

/// What any request costs: parsing, routing, answering from the catalog in memory. The ratios are to this.
void sale::reads() {
  const auto target = "/api/v1/concerts/" + std::to_string(concert_);
  const bench::turn read = [&](visitor& who) -> awaitable<turn_end> {
    test::http_request request("GET", target);
    const auto answer = co_await who.ask(std::move(request), 200);
    co_return answer ? turn_end::good : turn_end::failed;
  };
  measure("warming up", with_.connections, read);
  baseline_ = measure("read a concert (memory alone: the baseline)", with_.connections, read);
  bench::print(baseline_, baseline_);
  std::vector<person> people;
  for (int number = 0; number < with_.connections; ++number)
    people.push_back(newcomer());
  show("read one's balance (an actor in memory)", [&](visitor& who) -> awaitable<turn_end> {
    auto request = people[static_cast<std::size_t>(who.number())].balance();
    const auto answer = co_await who.ask(std::move(request), 200);
    co_return answer ? turn_end::good : turn_end::failed;
  });
}

void sale::charges() {
  std::vector<person> people;
  for (int number = 0; number < with_.connections; ++number)
    people.push_back(newcomer());
  const bench::turn own = [&](visitor& who) -> awaitable<turn_end> {
    auto request = people[static_cast<std::size_t>(who.number())].charge(price);
    const auto answer = co_await who.ask(std::move(request), 201);
    co_return answer ? turn_end::good : turn_end::failed;
  };
  show("charge, each their own account", own);
  show("charge, one connection alone", 1, own);
  show("charge, one connection, 100 ms between", 1, [&](visitor& who) -> awaitable<turn_end> {
    co_await who.think(100ms);
    const auto ended = co_await own(who);
    co_return ended;
  });
  show("charge, all the same account", [&](visitor& who) -> awaitable<turn_end> {
    auto request = people.front().charge(price);
    const auto answer = co_await who.ask(std::move(request), 201);
    co_return answer ? turn_end::good : turn_end::failed;
  });
  show("charge, another account each time (loaded first)", [&](visitor& who) -> awaitable<turn_end> {
    auto request = newcomer().charge(price);
    const auto answer = co_await who.ask(std::move(request), 201);
    co_return answer ? turn_end::good : turn_end::failed;
  });
}

void sale::waiting_room() {
  const auto concert = open_concert(narrow_door());
  std::vector<person> waiting;
  show("join a queue, all wait", [&](visitor& who) -> awaitable<turn_end> {
    auto newest = newcomer();
    auto request = newest.join(concert);
    const auto answer = co_await who.ask(std::move(request), 201);
    if (!answer)
      co_return turn_end::failed;
    newest.queue_token = answer->document().value("queueToken", "");
    waiting.push_back(std::move(newest));
    co_return turn_end::good;
  });
  if (waiting.empty())
    return;
  std::size_t next = 0;
  show("poll one's place among them", [&](visitor& who) -> awaitable<turn_end> {
    next = (next + 7'919) % waiting.size(); // a prime: all over the queue
    auto request = waiting[next].poll();
    const auto answer = co_await who.ask(std::move(request), 200);
    co_return answer ? turn_end::good : turn_end::failed;
  });
}

/// Many on one option: one actor takes all of it.
void sale::holds() {
  const auto option = open_hall(concert_, 500, seats_to_hold / 500);
  std::vector<person> people;
  for (int number = 0; number < holders; ++number)
    people.push_back(newcomer());
  std::size_t joined = 0;
  const bench::turn join = [&](visitor& who) -> awaitable<turn_end> {
    if (joined == people.size())
      co_return turn_end::nothing_left;
    auto& newest = people[joined++];
    auto request = newest.join(concert_);
    const auto answer = co_await who.ask(std::move(request), 201);
    if (!answer)
      co_return turn_end::failed;
    newest.queue_token = answer->document().value("queueToken", "");
    co_return turn_end::good;
  };
  measure("joining", 1, join);
  int seat = 0;
  const bench::turn hold = [&](visitor& who) -> awaitable<turn_end> {
    if (seat == seats_to_hold)
      co_return turn_end::nothing_left;
    ++seat;
    auto request = people[static_cast<std::size_t>(seat % holders)].hold(option, {seat});
    const auto answer = co_await who.ask(std::move(request), 201);
    co_return answer ? turn_end::good : turn_end::failed;
  };
  show("hold a seat, all in one option", hold);
  show("ask for a seat that is taken (409)", [&](visitor& who) -> awaitable<turn_end> {
    auto request = people[static_cast<std::size_t>(who.number() % holders)].hold(option, {1});
    const auto answer = co_await who.ask(std::move(request), 409);
    co_return answer ? turn_end::good : turn_end::failed;
  });
}

/// Join, hold the best seat, charge, pay: four requests, each time by someone new.
void sale::purchases() {
  std::vector<std::int64_t> options;
  for (int hall = 0; hall < halls; ++hall)
    options.push_back(open_hall(concert_, 100, seats_of_a_hall / 100));
  std::size_t begun = 0;
  const bench::turn purchase = [&](visitor& who) -> awaitable<turn_end> {
    if (begun == static_cast<std::size_t>(halls * seats_of_a_hall))
      co_return turn_end::nothing_left;
    const auto option = options[begun++ % options.size()];
    auto buyer = newcomer();
    auto join = buyer.join(concert_);
    const auto place = co_await who.ask(std::move(join), 201);
    if (!place)
      co_return turn_end::failed;
    buyer.queue_token = place->document().value("queueToken", "");
    auto hold = buyer.hold_best(option, 1);
    const auto held = co_await who.ask(std::move(hold), 201);
    if (!held)
      co_return turn_end::failed;
    auto charge = buyer.charge(price);
    const auto charged = co_await who.ask(std::move(charge), 201);
    if (!charged)
      co_return turn_end::failed;
    auto pay = buyer.pay(held->document().value("reservationId", ""));
    const auto paid = co_await who.ask(std::move(pay), 201);
    co_return paid ? turn_end::good : turn_end::failed;
  };
  show("purchase: join, hold, charge, pay (4 requests)", purchase);
  show("purchase, one buyer alone", 1, purchase);
}

std::optional<arguments> arguments_of(int argc, char** argv) {
  arguments with;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    constexpr std::string_view connections = "--connections=";
    if (word == "--") {
      with.program_options.assign(argv + at + 1, argv + argc);
      break;
    }
    if (word == "--quick") {
      with.time = 1'500ms;
    } else if (word.starts_with(connections)) {
      const auto number = word.substr(connections.size());
      const auto end = number.data() + number.size();
      const auto [stop, error] = std::from_chars(number.data(), end, with.connections);
      if (error != std::errc{} || stop != end || with.connections < 1 || with.connections > 10'000)
        return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return with;
}

} // namespace

int main(int argc, char** argv) try {
  const auto with = arguments_of(argc, argv);
  if (!with) {
    std::fprintf(stderr, "usage: bench_sale [--quick] [--connections=N] [-- frontrow's options]\n");
    return 2;
  }
  bench::allow_many_files();
  test::postgres_server::of_this_program(); // must outlive the sale
  return sale{*with}.run() ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_sale: %s\n", error.what());
  return 1;
}
