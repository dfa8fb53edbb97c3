#include "tests/persistence/alone_and_together.hpp"
#include "tests/persistence/load_of_appends.hpp"
#include "tests/persistence/proxy.hpp"

#include <random>

using namespace frontrow::persistence;

// Named: GCC warns of templates, which these tests are, whose lambdas hold what has no name outside.
namespace of_in_doubt {

/// A writer behind a proxy, its connection made and its statement prepared.
struct behind_proxy {
  std::string dsn = private_postgres::instance().fresh_database();
  proxy between{dsn};
  std::shared_ptr<recorder> told = std::make_shared<recorder>();
  journal_writer writer{writer_config(between.dsn())};
  append_stream stream = writer.open({account(1), 0}, 1, 0, told);

  behind_proxy() { append(1); }
  void append(int count) {
    stream.submit(stream.version() + 1, events(count));
    wait_until("durable", [&] { return told->through(account(1)) == stream.version(); });
  }
  std::string rows() { return sql(dsn, "select count(*) from journal"); }
};

} // namespace of_in_doubt

using namespace of_in_doubt;

BOOST_AUTO_TEST_SUITE(in_doubt)

BOOST_DATA_TEST_CASE(a_commit_whose_answer_was_lost_is_acknowledged_and_not_repeated, alone_and_together, count) {
  behind_proxy set;
  set.between.arm(proxy::cut::reply);
  set.append(count);
  BOOST_TEST(set.between.has_cut());
  BOOST_TEST(set.rows() == std::to_string(1 + count));
  set.append(count);
  BOOST_TEST(set.rows() == std::to_string(1 + 2 * count));
  BOOST_TEST(set.told->failures_told() == 0u);
}

BOOST_DATA_TEST_CASE(an_append_that_never_arrived_is_written_again, alone_and_together, count) {
  behind_proxy set;
  set.between.arm(proxy::cut::request);
  set.append(count);
  BOOST_TEST(set.between.has_cut());
  BOOST_TEST(set.rows() == std::to_string(1 + count));
  BOOST_TEST(set.told->failures_told() == 0u);
}

BOOST_DATA_TEST_CASE(a_backend_still_at_work_is_ended_before_the_append_is_repeated, alone_and_together, count) {
  behind_proxy set;
  // The append stops in its middle; only its client is cut off.
  sql_session holder{set.dsn};
  holder("begin");
  holder("insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data) "
         "values (0, 'account', 1, 2, 1, '', 0, 'x', '{}')");
  const auto old_pid = sql(set.dsn, "select pid from pg_stat_activity where application_name = 'frontrow_writer' "
                                    "and datname = current_database()");
  set.between.arm(proxy::cut::client);
  set.stream.submit(2, events(count));
  wait_until("the old backend to be ended", [&] {
    return sql(set.dsn, "select count(*) from pg_stat_activity where pid = " + old_pid) == "0";
  });
  wait_until("the append to be tried again", [&] { return writer_waits(set.dsn); });
  holder("rollback");
  wait_until("durable", [&] { return set.told->through(account(1)) == 1 + count; });
  BOOST_TEST(set.rows() == std::to_string(1 + count));
  BOOST_TEST(set.told->failures_told() == 0u);
}

BOOST_DATA_TEST_CASE(a_takeover_while_in_doubt_fences_what_was_not_written, alone_and_together, count) {
  behind_proxy set;
  set.between.arm(proxy::cut::request);
  sql(set.dsn, "update shard set epoch = 2");
  set.stream.submit(2, events(count));
  wait_until("failed", [&] { return set.told->failure(account(1)).has_value(); });
  BOOST_TEST((*set.told->failure(account(1)) == append_failure::fenced));
  BOOST_TEST(set.rows() == "1");
}

BOOST_DATA_TEST_CASE(backends_ended_again_and_again_under_load_lose_and_double_nothing, sent_by_both, who) {
  const auto dsn = private_postgres::instance().fresh_database();
  std::mt19937_64 random{test_seed()};
  load_of_appends load{dsn, 20, who};
  load.wait_for_progress();
  sql_session killer{dsn};
  for (int kill = 0; kill < 40; ++kill) {
    // At a random moment of a statement.
    const auto spins = random() % 2000;
    for (std::uint64_t spin = 0; spin < spins; ++spin)
      std::this_thread::yield();
    killer("select pg_terminate_backend(pid) from pg_stat_activity "
           "where application_name = 'frontrow_writer' and datname = current_database()");
    load.wait_for_progress();
  }
  load.finish();
  load.check();
}

BOOST_DATA_TEST_CASE(connections_cut_at_every_side_under_load_lose_and_double_nothing, sent_by_both, who) {
  const auto dsn = private_postgres::instance().fresh_database();
  std::mt19937_64 random{test_seed()};
  proxy between{dsn};
  load_of_appends load{between.dsn(), 20, who};
  load.wait_for_progress();
  constexpr proxy::cut ways[] = {proxy::cut::reply, proxy::cut::request, proxy::cut::client};
  for (int nth = 0; nth < 60; ++nth) {
    between.arm(ways[random() % 3]);
    wait_until("the cut", [&] { return between.has_cut(); });
    load.wait_for_progress();
  }
  load.finish();
  load.check();
}

BOOST_AUTO_TEST_SUITE_END()
