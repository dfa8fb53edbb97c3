/// Bytes per waiting person, per account and per idle connection; what a million accounts that were touched
/// once leave behind.

#include "bench/closed_loop.hpp"
#include "bench/counted_allocations.hpp"
#include "bench/idle_connections.hpp"
#include "bench/process_figures.hpp"
#include "domain/account.hpp"
#include "domain/queue.hpp"
#include "tests/system/person.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace frontrow;
using namespace std::chrono_literals;
using bench::bytes_text;
using test::asio::awaitable;

/// What was promised for each of 1,000,000.
constexpr double bytes_a_waiter_max = 200;
constexpr domain::instant some_time{domain::milliseconds{1'700'000'000'000}};
constexpr int connections = 128;

struct sizes {
  std::int64_t waiting = 1'000'000;
  std::int64_t accounts = 1'000'000;
  std::int64_t accounts_kept = 100'000;
  std::size_t idle_connections = 10'000;
};

double each(double bytes, std::int64_t count) {
  return bytes / static_cast<double>(count);
}

// ---- the rules alone

domain::join_queue joining(std::int64_t user, std::mt19937_64& chance) {
  domain::join_queue command{{chance(), chance()}, user, {}};
  for (std::size_t at = 0; at < command.secret.size(); at += 8) {
    const auto bits = chance();
    std::memcpy(command.secret.data() + at, &bits, 8);
  }
  return command;
}

void record(auto& machine, const auto& decided) {
  if (!decided.accepted())
    throw std::runtime_error("refused");
  for (const auto& happened : decided.events)
    machine.apply(happened);
}

/// Whether a waiting person costs no more than promised.
bool queue_memory(const sizes& how_many) {
  std::mt19937_64 chance{1};
  bench::return_free_memory();
  const auto allocated_before = bench::allocated_bytes();
  const auto resident_before = bench::resident_bytes();
  domain::queue room{1};
  domain::queue_policy policy;
  policy.rate_per_second = policy.burst = policy.max_active = 1;
  policy.capacity = 10'000'000;
  record(room, room.decide(domain::open_queue{policy}, some_time));
  double worst = 0;
  for (std::int64_t user = 1; user <= how_many.waiting; ++user) {
    const auto command = joining(user * 7'919, chance);
    room.observe(command, some_time);
    record(room, room.decide(command, some_time));
    if (user >= how_many.waiting / 10 && user % (how_many.waiting / 100) == 0)
      worst = std::max(worst, each(static_cast<double>(bench::allocated_bytes() - allocated_before), user));
  }
  const auto allocated =
      each(static_cast<double>(bench::allocated_bytes() - allocated_before), how_many.waiting);
  bench::return_free_memory();
  const auto resident = static_cast<double>(bench::resident_bytes()) - static_cast<double>(resident_before);
  std::printf("queue: %lld waiting\n", static_cast<long long>(room.waiting()));
  std::printf("  %-58s %8.1f bytes each\n", "allocated (counted in operator new)", allocated);
  std::printf("  %-58s %8.1f bytes each\n", "the machine's own memory_bytes()",
              each(static_cast<double>(room.memory_bytes()), how_many.waiting));
  std::printf("  %-58s %8.1f bytes each\n", "growth of resident memory", each(resident, how_many.waiting));
  std::printf("  %-58s %8.1f bytes each\n", "allocated, the most on the way there from a tenth on", worst);
  const bool kept = allocated <= bytes_a_waiter_max;
  std::printf("  promised: at most %.0f at the full number: %s\n", bytes_a_waiter_max,
              kept ? "kept" : "BROKEN");
  return kept;
}

void account_memory(const sizes& how_many) {
  std::mt19937_64 chance{1};
  bench::return_free_memory();
  const auto before = bench::allocated_bytes();
  std::size_t own = 0;
  std::vector<std::unique_ptr<domain::account>> accounts;
  accounts.reserve(static_cast<std::size_t>(how_many.accounts_kept));
  const auto vector_bytes = bench::allocated_bytes() - before;
  const auto measure = [&](const char* what) {
    own = 0;
    for (const auto& each_one : accounts)
      own += each_one->memory_bytes();
    std::printf(
        "  %-58s %8.1f bytes each, by memory_bytes() %.1f\n", what,
        each(static_cast<double>(bench::allocated_bytes() - before - vector_bytes), how_many.accounts_kept),
        each(static_cast<double>(own), how_many.accounts_kept));
  };
  std::printf("account: the machine alone, %lld of them\n", static_cast<long long>(how_many.accounts_kept));
  for (domain::user_id user = 1; user <= how_many.accounts_kept; ++user) {
    auto& one = *accounts.emplace_back(std::make_unique<domain::account>(user));
    record(one, one.decide(domain::charge{{chance(), chance()}, 1, 10'000}, some_time));
  }
  measure("one charge");
  for (auto& one : accounts) {
    record(*one, one->decide(domain::charge{{chance(), chance()}, 1, 10'000}, some_time));
    record(*one, one->decide(domain::debit{{1, one->user()}, 1, 10'000}, some_time));
  }
  measure("two charges and a debit");
}

// ---- the whole program

/// A gauge or counter out of /metrics.
double metric(test::deployment& house, const std::string& series) {
  const auto answer = house.admin_http().ask(house.admin_request("GET", "/metrics"));
  std::istringstream lines(answer.body);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(series + " "))
      return std::stod(line.substr(series.size()));
  throw std::runtime_error("/metrics has no " + series);
}
double live_accounts(test::deployment& house) {
  return metric(house, "frontrow_actors_live{kind=\"account\"}");
}

double resident(test::deployment& house) {
  return static_cast<double>(house.program().resident_bytes());
}

/// Users `from` to `through` charge once each, many at a time.
void touch(test::deployment& house, std::int64_t from, std::int64_t through) {
  auto next = from;
  const bench::turn charge = [&](bench::visitor& who) -> awaitable<bench::turn_end> {
    auto request = test::person{next++}.charge(1'000);
    const auto answer = co_await who.ask(std::move(request), 201);
    co_return answer ? bench::turn_end::good : bench::turn_end::failed;
  };
  const auto done = bench::run_closed_loop(house, "", connections,
                                           {24h, static_cast<std::uint64_t>(through - from + 1)}, charge);
  if (done.failed > 0)
    std::printf("  %llu charges failed, the first: %s\n", static_cast<unsigned long long>(done.failed),
                done.first_failure.c_str());
}

void idle_connection_memory(const sizes& how_many, std::size_t files_max) {
  test::deployment house{{{"--log.level=warn"}, {}}};
  const auto count = std::min(how_many.idle_connections, files_max > 200 ? files_max - 200 : 0);
  touch(house, 1, 2'000);
  const auto before = resident(house);
  const bench::idle_connections idle{house.http_port(), count};
  std::printf("program: %zu idle connections, each served once\n", idle.count());
  std::printf("  %-58s %8.1f bytes each (%s, then %s; the kernel's share not counted)\n",
              "growth of resident memory", (resident(house) - before) / static_cast<double>(count),
              bytes_text(before).c_str(), bytes_text(resident(house)).c_str());
}

void live_account_memory(const sizes& how_many) {
  test::deployment house{{{"--log.level=warn", "--actors.passivate-after-seconds=3600"}, {}}};
  touch(house, 1, 2'000);
  const auto before = resident(house);
  const auto live_before = live_accounts(house);
  touch(house, 2'001, how_many.accounts_kept);
  const auto live = live_accounts(house) - live_before;
  std::printf("program: accounts charged once, kept in memory\n");
  std::printf(
      "  %-58s %8.1f bytes each (actor, mailbox, machine, journal stream, and what its load left)\n",
      ("growth of resident memory, " + std::to_string(static_cast<long long>(live)) + " live accounts")
          .c_str(),
      (resident(house) - before) / std::max(live, 1.0));
}

/// Whether all accounts have left memory.
bool touched_accounts_memory(const sizes& how_many) {
  test::deployment house{{{"--log.level=warn"}, {}}};
  touch(house, 1, 2'000);
  std::printf("program: %lld accounts charged once each, passivated after 10 idle seconds\n",
              static_cast<long long>(how_many.accounts));
  std::printf("  %12s %14s %16s %12s\n", "touched", "live accounts", "resident memory", "charges/s");
  const auto line = [&](const char* what, double a_second) {
    std::printf("  %12s %14.0f %16s %12.0f\n", what, live_accounts(house),
                bytes_text(resident(house)).c_str(), a_second);
    std::fflush(stdout);
  };
  line("at the start", 0);
  const auto step = how_many.accounts / 10;
  for (std::int64_t touched = 0; touched < how_many.accounts; touched += step) {
    const auto begun = std::chrono::steady_clock::now();
    touch(house, 1'000'000 + touched + 1, 1'000'000 + touched + step);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
    line(std::to_string(touched + step).c_str(), static_cast<double>(step) / taken.count());
  }
  const auto patience = std::chrono::steady_clock::now() + 120s;
  while (live_accounts(house) > 0 && std::chrono::steady_clock::now() < patience)
    house.http().run(house.http().pause(200ms));
  line("all idle", 0);
  const auto gone = live_accounts(house) == 0;
  std::printf("  idle accounts left memory: %s; %.1f bytes of resident memory each remain\n",
              gone ? "all" : "NOT ALL", resident(house) / static_cast<double>(how_many.accounts));
  const auto back = house.http().ask(test::person{1'000'001}.balance());
  std::printf("  one of them comes back with its balance: %s\n", back.text().c_str());
  return gone && back.document().value("balance", 0) == 1'000;
}

} // namespace

int main(int argc, char** argv) try {
  sizes how_many;
  if (argc == 2 && std::string_view{argv[1]} == "--quick") {
    how_many.accounts = 30'000;
    how_many.accounts_kept = 20'000;
  } else if (argc != 1) {
    std::fprintf(stderr, "usage: bench_memory [--quick]\n");
    return 2;
  }
  const auto files_max = bench::allow_many_files();
  const bool promise_kept = queue_memory(how_many);
  account_memory(how_many);
  test::postgres_server::of_this_program(); // must outlive the programs
  idle_connection_memory(how_many, files_max);
  live_account_memory(how_many);
  const bool all_left = touched_accounts_memory(how_many);
  return promise_kept && all_left ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_memory: %s\n", error.what());
  return 1;
}
