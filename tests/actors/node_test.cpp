#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <caf/all.hpp>

#include "actors/ask_and_wait.hpp"
#include "actors/letter_round.hpp"
#include "actors/node.hpp"
#include "persistence/cluster_table.hpp"
#include "tests/persistence/private_postgres.hpp"

using namespace frontrow;
using namespace std::chrono_literals;
using actors::ask_and_wait;
using actors::outcome;

namespace {

constexpr std::int32_t shards = 8;

/// One node on a database of its own; `restart` begins a new life on the same journal, as after a crash.
struct one_node {
  explicit one_node(actors::actor_limits with = {}) : limits(with), dsn(private_postgres::instance().fresh_database(shards)) {
    actors::register_messages(config);
    start();
  }
  ~one_node() { stop(); }

  void start() {
    const auto incarnation = boost::uuids::to_string(boost::uuids::random_generator{}());
    persistence::journal_writer_config writing;
    writing.databases = {{dsn}};
    writing.incarnation = incarnation;
    writer = std::make_unique<persistence::journal_writer>(writing);
    persistence::journal_reader_config reading;
    reading.databases = {{dsn}};
    reader = std::make_unique<persistence::journal_reader>(reading);
    persistence::cluster_table_config owning;
    owning.databases = {{dsn}};
    owning.shard_count = shards;
    table = std::make_unique<persistence::cluster_table>(owning, clock);
    const auto number = table->join({incarnation, "test", "", "shards", 1});
    BOOST_REQUIRE(static_cast<bool>(number));
    system = std::make_unique<caf::actor_system>(config);
    node = std::make_unique<actors::node>(*system, *writer, *reader, clock, limits, shards);
    node->start(*number, nullptr, {[](cluster::shard_id) {}, [](cluster::owned_shard) {}});
    node->trust_until(std::chrono::steady_clock::now() + 1h);
    claim_all(*number);
  }

  void claim_all(persistence::node_number number) {
    std::vector<std::pair<persistence::shard_number, persistence::node_number>> wishes;
    std::vector<persistence::shard_number> all;
    for (int shard = 0; shard < shards; ++shard) {
      wishes.emplace_back(shard, number);
      all.push_back(shard);
    }
    const auto lead = table->lead();
    BOOST_REQUIRE((lead && *lead == persistence::leadership::leads));
    BOOST_REQUIRE(static_cast<bool>(table->want(wishes)));
    const auto claimed = table->claim(all);
    BOOST_REQUIRE(static_cast<bool>(claimed));
    std::vector<cluster::owned_shard> mine;
    for (const auto& each : *claimed)
      mine.push_back({each.shard, each.epoch});
    BOOST_REQUIRE_EQUAL(mine.size(), static_cast<std::size_t>(shards));
    node->serve(mine);
  }

  void stop() {
    if (!node)
      return;
    node->stop();
    node.reset();
    writer->stop(5s);
    writer.reset();
    reader.reset();
    table->leave();
    table.reset();
    system.reset();
  }
  void restart() {
    stop();
    start();
  }

  template <class Machine, class Command>
  outcome<actors::reply_of<Machine, Command>> ask(std::int64_t id, Command command) {
    return ask_and_wait<Machine>(*node, id, std::move(command), "trace");
  }
  /// Asks until it is not "unavailable".
  template <class Machine, class Command>
  outcome<actors::reply_of<Machine, Command>> insist(std::int64_t id, Command command) {
    outcome<actors::reply_of<Machine, Command>> told = actors::unavailable{};
    wait_until("an answer", [&] {
      told = ask<Machine>(id, command);
      return !std::holds_alternative<actors::unavailable>(told);
    });
    return told;
  }
  template <class Machine, class Command>
  actors::reply_of<Machine, Command> must(std::int64_t id, Command command) {
    auto told = insist<Machine>(id, std::move(command));
    using reply = actors::reply_of<Machine, Command>;
    BOOST_REQUIRE(std::holds_alternative<reply>(told));
    return std::get<reply>(told);
  }

  actors::actor_limits limits;
  caf::actor_system_config config;
  std::string dsn;
  persistence::database_clock clock;
  std::unique_ptr<persistence::journal_writer> writer;
  std::unique_ptr<persistence::journal_reader> reader;
  std::unique_ptr<persistence::cluster_table> table;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<actors::node> node;
};

domain::charge charge_of(domain::money amount, std::uint64_t id) { return {{7, id}, 1, amount}; }

/// Opens concert 1 with option 1: one row of ten seats at 1000.
void open_hall(one_node& on, std::int32_t hold_seconds = 60) {
  on.must<domain::queue>(1, domain::open_queue{});
  domain::option_terms terms;
  terms.concert = 1;
  terms.sections = {{"A", "R", 1000, 1, 10}};
  terms.hold_seconds = hold_seconds;
  on.must<domain::seat_map>(1, domain::open_option{terms});
}

domain::reservation_view hold(one_node& on, domain::user_id user, domain::seat_id seat, domain::place_number place) {
  return on.must<domain::seat_map>(
      1, domain::hold_seats{{8, static_cast<std::uint64_t>(user)}, 1, user, place, {seat}});
}

using actors::letter_round;
using run_woken = letter_round::run_woken;
constexpr domain::entity_ref asked_account{domain::entity_kind::account, 42};

/// `ask(told)` in a round of this thread; the thread that answers.
template <class Ask>
std::thread::id who_answers(run_woken where, Ask ask) {
  const auto answered = std::make_shared<std::promise<std::thread::id>>();
  letter_round letters;
  ask([answered](const auto&) { answered->set_value(std::this_thread::get_id()); });
  letters.send(where);
  return answered->get_future().get();
}

std::thread::id who_reads_the_balance(one_node& on, run_woken where) {
  return who_answers(where, [&](auto told) {
    on.node->ask<domain::account>(asked_account.id, domain::read_balance{}, "trace", told);
  });
}

/// Until then a worker may still be about to leave it.
void until_it_runs_here(one_node& on) {
  wait_until("an answer from this thread",
             [&] { return who_reads_the_balance(on, run_woken::here) == std::this_thread::get_id(); });
}

domain::place_view join(one_node& on, domain::user_id user) {
  domain::place_secret secret{};
  secret[0] = static_cast<std::uint8_t>(user);
  return on.must<domain::queue>(1, domain::join_queue{{}, user, secret});
}

} // namespace

BOOST_AUTO_TEST_SUITE(node)

BOOST_AUTO_TEST_CASE(what_was_answered_is_there_in_the_next_life) {
  one_node it;
  BOOST_TEST(it.must<domain::account>(42, charge_of(500, 1)).balance == 500);
  BOOST_TEST(it.must<domain::account>(42, charge_of(300, 2)).balance == 800);
  it.restart();
  BOOST_TEST(it.must<domain::account>(42, domain::read_balance{}).balance == 800);
  BOOST_TEST(it.must<domain::account>(42, charge_of(500, 1)).balance == 500); // the first answer again
  BOOST_TEST(it.must<domain::account>(42, domain::read_balance{}).balance == 800);
}

BOOST_AUTO_TEST_CASE(a_thread_that_goes_to_sleep_runs_whom_it_wakes_and_no_other_does) {
  one_node it;
  it.must<domain::account>(asked_account.id, charge_of(500, 1));
  until_it_runs_here(it);
  BOOST_TEST((who_reads_the_balance(it, run_woken::by_workers) != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(what_an_operator_asks_is_answered_by_a_worker) {
  one_node it;
  it.must<domain::account>(asked_account.id, charge_of(500, 1));
  until_it_runs_here(it);
  const auto by = who_answers(run_woken::here, [&](auto told) {
    it.node->ask_actor<actors::state_text>(asked_account, actors::read_state{}, told);
  });
  BOOST_TEST((by != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_is_due_in_a_thread_that_must_not_be_held_up_is_stored_all_the_same) {
  actors::actor_limits limits;
  limits.snapshot_min_events = 10;
  one_node it{limits};
  for (std::uint64_t id = 1; id <= 9; ++id)
    it.must<domain::account>(asked_account.id, charge_of(1, id));
  until_it_runs_here(it);
  who_answers(run_woken::here, [&](auto told) {
    it.node->ask<domain::account>(asked_account.id, charge_of(1, 10), "trace", told);
  });
  wait_until("a snapshot", [&] { return sql(it.dsn, "select version from snapshot where kind = 'account'") == "10"; });
}

BOOST_AUTO_TEST_CASE(a_purchase_goes_through_all_three_actors) {
  one_node it;
  open_hall(it);
  const auto place = join(it, 42);
  it.must<domain::account>(42, charge_of(5'000, 1));
  const auto held = hold(it, 42, 3, place.place);
  const auto paid = it.must<domain::seat_map>(1, domain::pay{{9, 1}, 42, held.reservation});
  BOOST_TEST((paid.status == domain::payment_status::completed));
  BOOST_TEST(paid.balance == 4'000);
  const auto after = it.must<domain::queue>(1, domain::read_place{place.place, place.secret, 42});
  BOOST_TEST((after.status == domain::place_status::completed));
  // All of it, in whichever actor, belongs to the one request.
  BOOST_TEST(sql(it.dsn, "select count(*) from journal where trace_id = 'trace' and type in "
                         "('payment_started', 'debited', 'seats_sold', 'places_ended', 'place_released')")
                 .starts_with("5"));
  const auto cancelled = it.must<domain::seat_map>(1, domain::cancel_payment{{9, 2}, 42, paid.payment});
  BOOST_TEST((cancelled.status == domain::payment_status::cancelled));
  BOOST_TEST(it.must<domain::account>(42, domain::read_balance{}).balance == 5'000);
}

BOOST_AUTO_TEST_CASE(a_hold_lapses_in_a_life_that_nobody_has_spoken_to) {
  one_node it;
  open_hall(it, 1);
  hold(it, 42, 3, join(it, 42).place);
  it.restart(); // nobody touches the seat map: it is woken because it has something to wait for
  wait_until("the hold's end in the journal", [&] {
    return sql(it.dsn, "select count(*) from journal where type = 'hold_released'").starts_with("1");
  });
}

BOOST_AUTO_TEST_CASE(an_idle_account_leaves_memory_and_comes_back_as_it_was) {
  actors::actor_limits limits;
  limits.passivate_after = 10ms;
  one_node it{limits};
  for (std::uint64_t user = 1; user <= 50; ++user)
    it.must<domain::account>(static_cast<std::int64_t>(user), charge_of(static_cast<domain::money>(user), user));
  wait_until("all accounts to leave", [&] { return it.node->counters().live(domain::entity_kind::account) == 0; });
  for (std::int64_t user = 1; user <= 50; ++user)
    BOOST_TEST(it.must<domain::account>(user, domain::read_balance{}).balance == user);
}

BOOST_AUTO_TEST_CASE(commands_that_meet_an_account_on_its_way_out_are_not_lost) {
  actors::actor_limits limits;
  limits.passivate_after = 1ms; // leaves at every sweep
  one_node it{limits};
  domain::money sum = 0;
  const auto until = std::chrono::steady_clock::now() + 3s; // several sweeps
  for (std::uint64_t id = 1; std::chrono::steady_clock::now() < until; ++id) {
    const auto told = it.ask<domain::account>(42, charge_of(1, id));
    BOOST_REQUIRE(std::holds_alternative<domain::charge_made>(told));
    BOOST_REQUIRE(std::get<domain::charge_made>(told).balance == ++sum);
  }
}

BOOST_AUTO_TEST_CASE(a_crowd_on_one_account_is_served_in_order_and_batched) {
  actors::actor_limits limits;
  limits.requests.ask_timeout = 60s; // a crowd on a slow machine waits
  one_node it{limits};
  constexpr int crowd = 2'000;
  std::atomic<int> answered{0};
  std::mutex mutex;
  std::set<domain::money> balances;
  for (int i = 1; i <= crowd; ++i)
    it.node->ask<domain::account>(42, charge_of(1, static_cast<std::uint64_t>(i)), "t", [&](auto told) {
      if (const auto* made = std::get_if<domain::charge_made>(&told)) {
        std::lock_guard lock{mutex};
        balances.insert(made->balance);
      }
      ++answered;
    });
  wait_until("all answers", [&] { return answered == crowd; });
  BOOST_TEST(balances.size() == static_cast<std::size_t>(crowd));
  BOOST_TEST(*balances.rbegin() == crowd);
}

BOOST_AUTO_TEST_CASE(an_owner_that_was_fenced_off_writes_nothing_more_and_says_ask_again) {
  one_node it;
  it.must<domain::account>(42, charge_of(500, 1));
  sql(it.dsn, "update shard set epoch = epoch + 1");
  const auto told = it.ask<domain::account>(42, charge_of(500, 2));
  BOOST_TEST(std::holds_alternative<actors::unavailable>(told));
  BOOST_TEST(sql(it.dsn, "select count(*) from journal").starts_with("1"));
}

BOOST_AUTO_TEST_CASE(a_database_that_goes_away_and_comes_back_costs_a_pause_and_nothing_else) {
  actors::actor_limits limits;
  limits.requests.ask_timeout = 500ms;
  one_node it{limits};
  it.must<domain::account>(42, charge_of(500, 1));
  private_postgres::instance().stop("immediate");
  BOOST_TEST(std::holds_alternative<actors::unavailable>(it.ask<domain::account>(42, charge_of(300, 2))));
  private_postgres::instance().start();
  BOOST_TEST(it.must<domain::account>(42, charge_of(300, 2)).balance == 800); // once, whatever became of the first
  BOOST_TEST(it.must<domain::account>(42, domain::read_balance{}).balance == 800);
}

BOOST_AUTO_TEST_CASE(a_mailbox_past_its_limit_turns_away_instead_of_growing) {
  actors::actor_limits limits;
  limits.mailbox_max = 0;
  one_node it{limits};
  BOOST_TEST(std::holds_alternative<actors::unavailable>(it.ask<domain::account>(42, charge_of(1, 1))));
}

BOOST_AUTO_TEST_CASE(an_actor_tells_its_state_and_its_shard_lists_it) {
  one_node it;
  it.must<domain::account>(42, charge_of(500, 1));
  const domain::entity_ref account{domain::entity_kind::account, 42};
  const auto state = actors::ask_actor_and_wait<actors::state_text>(*it.node, account, actors::read_state{});
  BOOST_REQUIRE(std::holds_alternative<actors::state_text>(state));
  BOOST_TEST(std::get<actors::state_text>(state).version == 1);
  BOOST_TEST(std::get<actors::state_text>(state).json.find("500") != std::string::npos);
  const auto status = actors::ask_actor_and_wait<actors::entity_status>(*it.node, account, actors::read_status{});
  BOOST_REQUIRE(std::holds_alternative<actors::entity_status>(status));
  BOOST_TEST(std::get<actors::entity_status>(status).durable_version == 1);
  std::promise<outcome<actors::shard_status>> told;
  it.node->ask_shard<actors::shard_status>(it.node->shard_of(account), actors::read_shard{{}, 10},
                                           [&](auto answer) { told.set_value(answer); });
  const auto shard = told.get_future().get();
  BOOST_REQUIRE(std::holds_alternative<actors::shard_status>(shard));
  BOOST_TEST((std::get<actors::shard_status>(shard).entities == std::vector{account}));
}

BOOST_AUTO_TEST_SUITE_END()
