#include "tests/persistence/alone_and_together.hpp"
#include "tests/persistence/recorder.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::persistence;

namespace {

const std::string take_over = "update shard set epoch = epoch + 1 where shard = 0";

bool waits_for_lock(const std::string& dsn, int pid) {
  return sql(dsn, "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and pid = " +
                      std::to_string(pid)) == "1";
}

std::string rows(const std::string& dsn) {
  return sql(dsn, "select count(*) from journal");
}

} // namespace

BOOST_AUTO_TEST_SUITE(fencing)

BOOST_DATA_TEST_CASE(an_old_epoch_writes_nothing, alone_and_together, count) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  stream.submit(1, events(1));
  wait_until("durable", [&] { return told->through(account(1)) == 1; });
  sql(dsn, take_over);
  stream.submit(2, events(count), count == 1 ? wake_up::as_before : wake_up::at_start);
  stream.store({1, 1, "an old owner's"});
  wait_until("failed", [&] { return told->failure(account(1)).has_value(); });
  BOOST_TEST((*told->failure(account(1)) == append_failure::fenced));
  BOOST_TEST(!stream.submit(2 + count, events(1)));
  writer.stop(std::chrono::seconds{60});
  BOOST_TEST(rows(dsn) == "1");
  BOOST_TEST(sql(dsn, "select count(*) from entity") == "0");
}

BOOST_DATA_TEST_CASE(an_epoch_that_is_not_there_yet_writes_nothing, alone_and_together, count) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto early = writer.open({account(1), 0}, 2, 0, told);
  auto nowhere = writer.open({account(2), 1000}, 1, 0, told);
  early.submit(1, events(count));
  nowhere.submit(1, events(count));
  wait_until("failed", [&] { return told->failures_told() == 2; });
  writer.stop(std::chrono::seconds{60});
  BOOST_TEST(rows(dsn) == "0");
}

BOOST_DATA_TEST_CASE(an_append_that_waited_behind_a_takeover_inserts_nothing, alone_and_together, count) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  sql_session taker{dsn};
  taker("begin");
  taker(take_over);
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  stream.submit(1, events(count));
  wait_until("the append to wait", [&] { return writer_waits(dsn); });
  taker("commit");
  wait_until("failed", [&] { return told->failure(account(1)).has_value(); });
  BOOST_TEST((*told->failure(account(1)) == append_failure::fenced));
  BOOST_TEST(rows(dsn) == "0");
}

BOOST_DATA_TEST_CASE(an_append_that_waited_behind_a_takeover_given_up_is_written, alone_and_together, count) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  sql_session taker{dsn};
  taker("begin");
  taker(take_over);
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  stream.submit(1, events(count));
  wait_until("the append to wait", [&] { return writer_waits(dsn); });
  taker("rollback");
  wait_until("durable", [&] { return told->through(account(1)) == count; });
}

BOOST_DATA_TEST_CASE(an_append_that_waited_behind_a_wish_is_written, alone_and_together, count) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  sql_session leader{dsn};
  leader("begin");
  leader("update shard set wanted_node = 7 where shard = 0");
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  stream.submit(1, events(count));
  wait_until("the append to wait", [&] { return writer_waits(dsn); });
  leader("commit");
  wait_until("durable", [&] { return told->through(account(1)) == count; });
  BOOST_TEST(rows(dsn) == std::to_string(count));
}

BOOST_DATA_TEST_CASE(a_takeover_waits_for_an_append_and_then_reads_it, alone_and_together, count) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  // The append stops in the middle, its fence held: at a row of the same key that is not yet decided.
  sql_session holder{dsn};
  holder("begin");
  holder("insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data) "
         "values (0, 'account', 1, 1, 1, '', 0, 'x', '{}')");
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  stream.submit(1, events(count));
  wait_until("the append to wait", [&] { return writer_waits(dsn); });
  std::string read_after;
  sql_session taker{dsn};
  const int taker_pid = taker.pid();
  std::thread taking([&] {
    taker(take_over);
    read_after = taker("select epoch, trace_id from journal where version = 1");
  });
  wait_until("the takeover to wait", [&] { return waits_for_lock(dsn, taker_pid); });
  holder("rollback");
  taking.join();
  BOOST_TEST(read_after == "1|trace-1");
  wait_until("durable", [&] { return told->through(account(1)) == count; });
  stream.submit(count + 1, events(count));
  wait_until("failed", [&] { return told->failure(account(1)).has_value(); });
  BOOST_TEST(rows(dsn) == std::to_string(count));
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_half_stale_writes_the_living_half) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  std::vector<append_stream> streams;
  {
    closed_journal closed{dsn};
    auto holding = writer.open({account(100), 7}, 1, 0, told);
    holding.submit(1, events(1));
    wait_until("a statement under way", [&] { return writer_waits(dsn); });
    for (int id = 0; id < 8; ++id) {
      auto& stream = streams.emplace_back(writer.open({account(id), id}, 1, 0, told));
      stream.submit(1, events(2), wake_up::at_start);
    }
    sql(dsn, "update shard set epoch = 2 where shard % 2 = 0");
    closed.open();
  }
  wait_until("all decided", [&] { return writer.pending() == 0; });
  for (int id = 0; id < 8; ++id) {
    if (id % 2 == 0)
      BOOST_TEST((told->failure(account(id)) == append_failure::fenced));
    else
      BOOST_TEST(told->through(account(id)) == 2);
  }
  BOOST_TEST(sql(dsn, "select string_agg(entity::text, ',' order by entity) from journal where version = 2") == "1,3,5,7");
  BOOST_TEST(sql(dsn, "select count(*) from entity") == "4");
}

BOOST_AUTO_TEST_CASE(two_lives_of_a_shard_in_one_writer_are_kept_apart) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  closed_journal closed{dsn};
  auto holding = writer.open({account(100), 7}, 1, 0, told);
  holding.submit(1, events(1));
  wait_until("a statement under way", [&] { return writer_waits(dsn); });
  auto old_life = writer.open({account(1), 0}, 1, 0, told);
  auto new_life = writer.open({account(2), 0}, 2, 0, told);
  old_life.submit(1, events(1));
  new_life.submit(1, events(1));
  sql(dsn, take_over);
  closed.open();
  wait_until("all decided", [&] { return writer.pending() == 0; });
  BOOST_TEST((told->failure(account(1)) == append_failure::fenced));
  BOOST_TEST(told->through(account(2)) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
