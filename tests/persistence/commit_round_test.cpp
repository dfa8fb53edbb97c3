#include "tests/persistence/alone_and_together.hpp"
#include "tests/persistence/in_passing.hpp"
#include "tests/persistence/proxy.hpp"
#include "tests/persistence/recorder.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::persistence;

// Named: GCC warns of templates, which these tests are, whose lambdas hold what has no name outside.
namespace of_commit_round {

/// Also notes in which thread it was told.
class told_where final : public recorder {
public:
  void durable(entity_ref entity, version_number through) override {
    by = std::this_thread::get_id();
    recorder::durable(entity, through);
  }
  std::atomic<std::thread::id> by{};
};

/// A writer that has connected, and a round in this thread.
struct writer_in_a_round {
  std::string dsn = private_postgres::instance().fresh_database();
  proxy between{dsn};
  std::shared_ptr<told_where> told = std::make_shared<told_where>();
  std::vector<std::size_t> batches;
  std::unique_ptr<journal_writer> writer = connected();
  append_stream stream = writer->open({account(1), 0}, 1, 0, told);
  append_stream other = writer->open({account(2), 1}, 1, 0, told);
  commit_round round;

  std::unique_ptr<journal_writer> connected() {
    auto config = writer_config(between.dsn());
    config.on_batch = [this](const batch_observation& batch) { batches.push_back(batch.rows); };
    auto made = std::make_unique<journal_writer>(config);
    wait_until("the connection", [&] { return made->available(); });
    return made;
  }
  void wait_for(version_number through) {
    wait_until("durable", [&] { return told->through(account(1)) == through; });
  }
  std::string rows() { return sql(dsn, "select count(*) from journal"); }
};

/// Notes whether an entity ever heard of a version that it had heard of.
class told_in_order final : public append_listener {
public:
  void durable(entity_ref entity, version_number through) override {
    const std::lock_guard lock{mutex};
    in_order = in_order && last[entity] < through;
    last[entity] = through;
  }
  void failed(entity_ref, append_failure) override { in_order = false; }
  version_number through(entity_ref entity) {
    const std::lock_guard lock{mutex};
    return last[entity];
  }
  std::mutex mutex;
  std::map<entity_ref, version_number> last;
  std::atomic<bool> in_order{true};
};

} // namespace of_commit_round

using namespace of_commit_round;

BOOST_AUTO_TEST_SUITE(a_commit_round)

BOOST_DATA_TEST_CASE(what_was_submitted_in_it_waits_for_send_and_is_told_in_that_thread, alone_and_together,
                     count) {
  writer_in_a_round set;
  set.stream.submit(1, events(count));
  BOOST_TEST(set.rows() == "0");
  BOOST_TEST(send_and_hear(set.round) == 1u);
  BOOST_TEST(set.told->through(account(1)) == count);
  BOOST_TEST((set.told->by.load() == std::this_thread::get_id()));
  BOOST_TEST(set.rows() == std::to_string(count));
  BOOST_TEST(set.writer->pending() == 0u);
  BOOST_TEST(set.writer->available());
}

BOOST_AUTO_TEST_CASE(all_that_was_submitted_in_it_is_one_statement) {
  writer_in_a_round set;
  set.stream.submit(1, events(3));
  set.other.submit(1, events(1), wake_up::at_start);
  set.stream.submit(4, events(1));
  BOOST_TEST(send_and_hear(set.round) == 1u);
  BOOST_TEST((set.batches == std::vector<std::size_t>{5}));
  BOOST_TEST(set.told->through(account(1)) == 4);
  BOOST_TEST(set.told->through(account(2)) == 1);
  BOOST_TEST(sql(set.dsn, "select entity from entity") == "2");
  BOOST_TEST(send_and_hear(set.round) == 0u);
}

BOOST_AUTO_TEST_CASE(what_comes_while_a_commit_is_under_way_goes_with_the_next) {
  writer_in_a_round set;
  set.stream.submit(1, events(1));
  auto first = set.round.send();
  BOOST_REQUIRE(first.size() == 1u);
  set.stream.submit(2, events(2));
  std::thread{[&] { set.other.submit(1, events(1)); }}.join(); // without a round
  BOOST_TEST(set.round.send().empty());
  listen_to(first.front());
  first.front().tell();
  BOOST_TEST(set.told->through(account(1)) == 1);
  BOOST_TEST(send_and_hear(set.round) == 1u);
  BOOST_TEST((set.batches == std::vector<std::size_t>{1, 3}));
  BOOST_TEST(set.told->through(account(1)) == 3);
  BOOST_TEST(set.told->through(account(2)) == 1);
}

BOOST_AUTO_TEST_CASE(a_round_that_ends_leaves_its_events_to_the_writers_thread) {
  writer_in_a_round set;
  std::thread{[&] {
    const commit_round of_another;
    set.stream.submit(1, events(1));
  }}.join();
  set.wait_for(1);
  BOOST_TEST((set.told->by.load() != std::this_thread::get_id()));
  BOOST_TEST(set.rows() == "1");
}

BOOST_DATA_TEST_CASE(a_commit_that_is_let_down_is_told_by_the_writers_thread, alone_and_together, count) {
  writer_in_a_round set;
  set.stream.submit(1, events(count));
  set.round.send(); // and gone
  set.wait_for(count);
  BOOST_TEST((set.told->by.load() != std::this_thread::get_id()));
  BOOST_TEST(set.rows() == std::to_string(count));
  // Heard out, but not told.
  set.stream.submit(1 + count, events(count));
  {
    auto commits = set.round.send();
    BOOST_REQUIRE(commits.size() == 1u);
    listen_to(commits.front());
  }
  set.wait_for(2 * count);
  BOOST_TEST(set.told->durable_calls() == 2u);
  BOOST_TEST(set.rows() == std::to_string(2 * count));
}

BOOST_DATA_TEST_CASE(of_an_old_epoch_nothing_is_written, alone_and_together, count) {
  writer_in_a_round set;
  sql(set.dsn, "update shard set epoch = 2 where shard = 0");
  set.stream.submit(1, events(count));
  set.other.submit(1, events(1));
  send_and_hear(set.round);
  wait_until("failed", [&] { return set.told->failure(account(1)).has_value(); });
  BOOST_TEST((*set.told->failure(account(1)) == append_failure::fenced));
  wait_until("the other's", [&] { return set.told->through(account(2)) == 1; });
  BOOST_TEST(set.rows() == "1");
}

BOOST_AUTO_TEST_CASE(a_refused_event_takes_only_its_own_stream_with_it) {
  writer_in_a_round set;
  set.stream.submit(1, {event("no JSON")});
  set.other.submit(1, events(1));
  send_and_hear(set.round);
  wait_until("failed", [&] { return set.told->failure(account(1)).has_value(); });
  BOOST_TEST((*set.told->failure(account(1)) == append_failure::rejected));
  wait_until("the other's", [&] { return set.told->through(account(2)) == 1; });
  BOOST_TEST(set.rows() == "1");
}

BOOST_DATA_TEST_CASE(a_connection_lost_on_the_way_loses_and_doubles_nothing,
                     boost::unit_test::data::make({proxy::cut::reply, proxy::cut::request,
                                                   proxy::cut::client}) *
                         alone_and_together,
                     how, count) {
  writer_in_a_round set;
  set.between.arm(how);
  set.stream.submit(1, events(count));
  send_and_hear(set.round);
  set.wait_for(count);
  BOOST_TEST(set.between.has_cut());
  BOOST_TEST(set.rows() == std::to_string(count));
  set.stream.submit(1 + count, events(count));
  send_and_hear(set.round);
  set.wait_for(2 * count);
  BOOST_TEST(set.rows() == std::to_string(2 * count));
  BOOST_TEST(set.told->failures_told() == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_lost_while_nobody_used_it_is_made_good) {
  writer_in_a_round set;
  sql(set.dsn, "select pg_terminate_backend(pid) from pg_stat_activity "
               "where application_name = 'frontrow_writer' and datname = current_database()");
  set.stream.submit(1, events(1));
  send_and_hear(set.round);
  set.wait_for(1);
  BOOST_TEST(set.rows() == "1");
  BOOST_TEST(set.told->failures_told() == 0u);
}

BOOST_AUTO_TEST_CASE(who_stops_the_writer_does_not_wait_for_another_thread) {
  writer_in_a_round set;
  closed_journal closed{set.dsn};
  set.stream.submit(1, events(1));
  auto under_way = set.round.send();
  BOOST_REQUIRE(under_way.size() == 1u);
  wait_until("the statement to be under way", [&] { return writer_waits(set.dsn); });
  closed.open();
  set.writer->stop(std::chrono::seconds{60});
  BOOST_TEST(set.told->through(account(1)) == 1);
  BOOST_TEST((set.told->by.load() != std::this_thread::get_id()));
  listen_to(under_way.front());
  under_way.front().tell(); // says nothing more
  BOOST_TEST(set.told->durable_calls() == 1u);
  BOOST_TEST(set.rows() == "1");
}

BOOST_AUTO_TEST_CASE(a_statement_that_hangs_is_given_up_when_the_writer_stops) {
  writer_in_a_round set;
  closed_journal closed{set.dsn};
  set.stream.submit(1, events(1));
  const auto under_way = set.round.send();
  wait_until("the statement to be under way", [&] { return writer_waits(set.dsn); });
  set.writer->stop(std::chrono::milliseconds{50});
  BOOST_TEST((set.told->failure(account(1)) == append_failure::stopped));
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_stored_between_two_commits) {
  writer_in_a_round set;
  set.stream.submit(1, events(1));
  auto under_way = set.round.send();
  set.stream.store({1, 1, "as of 1"});
  set.stream.submit(2, events(1));
  listen_to(under_way.front());
  under_way.front().tell();
  send_and_hear(set.round); // or by the writer's thread
  set.wait_for(2);
  wait_until("the snapshot", [&] { return sql(set.dsn, "select data from snapshot") == "as of 1"; });
  set.stream.submit(3, events(1));
  send_and_hear(set.round);
  set.wait_for(3);
}

BOOST_AUTO_TEST_CASE(threads_with_rounds_and_one_without_share_a_connection_and_each_hears_in_order) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<told_in_order>();
  journal_writer writer{writer_config(dsn)};
  constexpr int turns = 300, entities_each = 4;
  const auto submit_all = [&](int first_id, auto&& after_each_turn) {
    std::vector<append_stream> streams;
    for (int id = first_id; id < first_id + entities_each; ++id)
      streams.push_back(writer.open({account(id), id % 8}, 1, 0, told));
    for (int turn = 1; turn <= turns; ++turn) {
      for (auto& stream : streams)
        stream.submit(turn, events(1));
      if (turn % 50 == 0)
        streams.front().store({turn, 1, "as of " + std::to_string(turn)});
      after_each_turn();
    }
    wait_until("all to be durable", [&] { return told->through(account(first_id)) == turns; });
  };
  const auto in_rounds = [&](int first_id) {
    std::optional<commit_round> round{std::in_place};
    submit_all(first_id, [&, turn = 0]() mutable {
      if (++turn % 7 == 0)
        round->leave();
      else if (turn % 11 == 0)
        round->send(); // and lets it down
      else
        send_and_hear(*round);
      if (turn == turns)
        round.reset(); // what gathered last
    });
  };
  std::thread one{in_rounds, 1}, other{in_rounds, 11}, without{[&] { submit_all(21, [] {}); }};
  for (auto* each : {&one, &other, &without})
    each->join();
  writer.stop(std::chrono::seconds{60});
  BOOST_TEST(told->in_order.load());
  for (int first : {1, 11, 21})
    for (int id = first; id < first + entities_each; ++id)
      BOOST_TEST(told->through(account(id)) == turns);
  BOOST_TEST(sql(dsn, "select count(*), count(distinct (entity, version)) from journal") == "3600|3600");
  BOOST_TEST(sql(dsn, "select min(version), count(*) from snapshot") == "300|3");
}

BOOST_AUTO_TEST_CASE(much_at_a_time_is_left_to_the_writers_thread) {
  writer_in_a_round set;
  set.stream.submit(1, {event("\"" + std::string(100'000, 'x') + "\"")});
  BOOST_TEST(set.round.send().empty());
  set.wait_for(1);
}

BOOST_AUTO_TEST_SUITE_END()
