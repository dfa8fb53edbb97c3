/// How long accounts take to come back after kill -9, by the length of the journal.
#include "bench/contest/scenarios.hpp"
#include "cluster/shard.hpp"
#include "domain/account.hpp"
#include "persistence/event_codec.hpp"
#include "tests/system/deployment.hpp"
#include "tests/system/person.hpp"

#include <algorithm>
#include <pqxx/pqxx>
#include <pqxx/stream_to>
#include <stdexcept>

namespace frontrow::bench {

namespace {

using namespace std::chrono_literals;
using test::postgres_server;

/// As many as an account has after a few sales, and too few for a snapshot.
constexpr int events_of_a_short_account = 50;
constexpr std::int64_t long_account = 1, first_short_account = 2;
constexpr std::int64_t amount = 1'000;
constexpr std::int32_t shards = 256;
/// From 2020 on. An account remembers its charges of 25 hours: 9,000 of them at this pace, as many of a busy
/// one.
constexpr domain::instant long_ago{1'577'836'800'000ms};
constexpr auto between_charges = 10s;
constexpr auto asked_again_after = 2ms;
constexpr auto patience = 300s;

/// Charges as the program would have written them then.
class history {
public:
  explicit history(const std::string& database_url)
      : connection_(database_url), transaction_(connection_),
        rows_(transaction_, "journal",
              std::vector<std::string>{"kind", "entity", "version", "shard", "epoch", "at", "trace_id",
                                       "type", "data"}) {}

  void write(std::int64_t account, int events) {
    const auto shard = cluster::shard_of({domain::entity_kind::account, account}, shards);
    for (std::int64_t version = 1; version <= events; ++version) {
      const auto row = persistence::row_of(
          domain::account::event{domain::charged{
              .at = at_,
              .command = {static_cast<std::uint64_t>(account), static_cast<std::uint64_t>(version)},
              .body = 1,
              .amount = amount,
              .balance = amount * version}},
          "");
      rows_ << std::make_tuple(std::string{"account"}, account, version, shard, 1,
                               at_.time_since_epoch().count(), std::string{}, row.type, row.data);
      at_ += between_charges;
    }
  }
  void done() {
    rows_.complete();
    transaction_.commit();
  }

private:
  pqxx::connection connection_;
  pqxx::work transaction_;
  pqxx::stream_to rows_;
  domain::instant at_ = long_ago;
};

double seconds_since(clock_type::time_point begun) {
  return std::chrono::duration<double>(clock_type::now() - begun).count();
}

/// Until this account answers with this balance.
void wait_for_balance(test::deployment& house, std::int64_t account, std::int64_t balance) {
  const test::person who{account};
  const auto deadline = clock_type::now() + patience;
  for (;;) {
    const auto answer = house.http().ask(who.balance());
    if (answer.status == 200 && answer.document().value("balance", std::int64_t{-1}) == balance)
      return;
    if (answer.status == 200 || clock_type::now() > deadline)
      throw std::runtime_error{"account " + std::to_string(account) + " does not come back with " +
                               std::to_string(balance) + ": " + answer.text()};
    house.http().run(house.http().pause(asked_again_after));
  }
}

void wait_for_snapshot(test::deployment& house) {
  const auto deadline = clock_type::now() + patience;
  while (postgres_server::of_this_program().query(
             house.database_url(), "select 1 from snapshot where entity = " + std::to_string(long_account)) !=
         "1") {
    if (clock_type::now() > deadline)
      throw std::runtime_error{"the long account stores no snapshot"};
    house.http().run(house.http().pause(50ms));
  }
}

growth_step measure(int events) {
  auto& server = postgres_server::of_this_program();
  test::deployment house{{{"--cluster.shards=" + std::to_string(shards)}, {}}};
  house.kill();
  const auto of_the_long_one = events / 2;
  const auto short_ones = std::max(1, (events - of_the_long_one) / events_of_a_short_account);
  const auto filling = clock_type::now();
  history past{house.database_url()};
  past.write(long_account, of_the_long_one);
  for (int nth = 0; nth < short_ones; ++nth)
    past.write(first_short_account + nth, events_of_a_short_account);
  past.done();
  server.query(house.database_url(), "analyze journal");
  server.query(house.database_url(), "checkpoint");
  growth_step made{static_cast<double>(events), {}};
  made.values["seconds to write it"] = seconds_since(filling);

  auto begun = clock_type::now();
  house.start();
  wait_for_balance(house, first_short_account + short_ones / 2, amount * events_of_a_short_account);
  made.values["seconds until one of many accounts answers"] = seconds_since(begun);
  begun = clock_type::now();
  wait_for_balance(house, long_account, amount * of_the_long_one);
  made.values["seconds to read half of it as one account"] = seconds_since(begun);
  wait_for_snapshot(house);
  house.kill();
  house.start();
  begun = clock_type::now();
  wait_for_balance(house, long_account, amount * of_the_long_one);
  made.values["seconds to read that account by its snapshot"] = seconds_since(begun);
  house.stop();
  // Nobody shall vacuum or analyze ten million rows while the next thing is measured.
  const auto name = house.database_url().substr(house.database_url().rfind('=') + 1);
  server.query(server.url(), "drop database " + name + " with (force)");
  return made;
}

} // namespace

figures run_journal_lengths(const extent& how_long) {
  figures made;
  for (const int events : how_long.sizes.events) {
    made.growth.push_back(measure(events));
    made.seconds = made.growth.back().values.at("seconds until one of many accounts answers");
  }
  // A turn is a recovery, so that its figures stand among the others.
  made.turns = made.growth.size();
  made.a_second = 1 / made.seconds;
  return made;
}

} // namespace frontrow::bench
