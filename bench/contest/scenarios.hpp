#pragma once

#include "bench/contest/caller.hpp"
#include "bench/contest/contender.hpp"
#include "bench/contest/figures.hpp"
#include "bench/contest/load_run.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace frontrow::bench {

/// One stay of a system: what its scenarios one after the other share.
struct stay {
  contender& system;
  const extent& how_long;
  std::int64_t last_user = 0; ///< numbers are never used twice
  std::int64_t room = 0;      ///< concert with a narrow door, joined by those below; 0: none yet
  std::vector<caller> waiting{};
  std::vector<std::int64_t> positions{}; ///< of those, as far as they asked; empty: nobody did

  std::vector<caller> newcomers(int count);
};

/// A storm into an empty queue.
figures run_join(stay& at, std::size_t connections);
/// Everybody in a full room asks where they stand, each answer is held against the place they were given.
figures run_poll(stay& at, std::size_t connections);
/// Everyone after one seat: one gets it.
figures run_hold_hot(stay& at);
/// Each seat asked for once, in an order of chance, hall after hall. `a_second`: as in load_terms.
figures run_hold_spread(stay& at, int seats_of_a_hall, double a_second = 0);
/// A herd after pairs of neighbours, whichever.
figures run_best_available(stay& at);
/// One account, charged by all.
figures run_charge_hot(stay& at);
/// Join, poll until let in, hold the best seat, charge, pay.
figures run_purchase(stay& at, double a_second = 0);
/// The list of a hall while 50 of its seats a second are held. `conditional`: asked for with the tag of the
/// last one seen. `a_second`: as in load_terms.
enum class seat_list_request { plain, conditional };
struct seat_list_terms {
  seat_list_request how = seat_list_request::plain;
  int seats = 1'000;
  double a_second = 0;
};
figures run_seats(stay& at, const seat_list_terms& terms);
/// The whole day: everybody joins within seconds, polls as told, 5 % give up, the others hold, charge and
/// pay, until the last seat is sold.
figures run_on_sale(stay& at, int people);

// How cost grows; `figures::growth` has a step for each size of the extent.

/// A room fills: everybody joins, some poll at each size. At the end the first hundredth is let in and
/// everybody asks where they are. Its other figures are the last and largest step's joins.
figures run_waiting(stay& at);
/// Charges all over the accounts, each at least once, of one program that they come to in turn.
figures run_accounts(stay& at);
/// A fresh program for each number of shards, charged as above.
figures run_shards(const extent& how_long);
/// A fresh program for each size of option: memory for an option, holds of every seat, lists while it sells.
figures run_option_sizes(const extent& how_long);
/// A database of its own for each length of journal: kill -9, and how long until accounts answer again.
figures run_journal_lengths(const extent& how_long);

/// Limits that are no service: nginx and a constant over HTTP.
figures run_nginx(const extent& how_long, std::size_t connections);
/// A constant once a row is committed for all who asked meanwhile (bench/baselines/committed), with a fresh database.
figures run_committed_constant(const extent& how_long, std::size_t connections);
/// One of bench/baselines/sql by pgbench on a fresh database with the baseline's tables.
struct pgbench_terms {
  std::string
      script; ///< hold-conditional, hold-pessimistic, hot-conditional, hot-pessimistic, charge, journal-row
  int clients = 16;
};
figures run_pgbench(const extent& how_long, const pgbench_terms& terms);
/// redis-benchmark's own ZADD or ZRANK on a fresh Redis, 64 connections.
figures run_redis_benchmark(const extent& how_long, const std::string& command);

} // namespace frontrow::bench
