#include "tests/persistence/recorder.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

using namespace frontrow::persistence;

BOOST_AUTO_TEST_SUITE(append)

BOOST_AUTO_TEST_CASE(an_event_comes_back_as_it_was_written_among_others_and_alone) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto stream = writer.open({seat_map(7), 3}, 1, 0, told);
  event_row row = event(R"({"name": "a \"quoted\" \\ back\\slash, {brace} é 席", "n": 1})");
  row.trace_id = R"(tr"a\ce,{})";
  row.party = 42;
  BOOST_TEST(stream.submit(1, {row, event()}, wake_up::at_start));
  wait_until("durable", [&] { return told->through(seat_map(7)) == 2; });
  for (version_number alone = 3; const auto& each : {row, event()}) {
    BOOST_TEST(stream.submit(alone, {each}));
    wait_until("durable", [&] { return told->through(seat_map(7)) == alone; });
    ++alone;
  }

  journal_view view{{{dsn}}, {}};
  const auto read = view.events_after({seat_map(7), 3}, 0, 10);
  BOOST_REQUIRE(read);
  BOOST_REQUIRE(read->size() == 4);
  for (const auto nth : {0u, 2u}) {
    const auto& with_party = (*read)[nth];
    BOOST_TEST(with_party.version == nth + 1);
    BOOST_TEST(with_party.epoch == 1);
    BOOST_TEST(with_party.row.type == row.type);
    BOOST_TEST(with_party.row.trace_id == row.trace_id);
    BOOST_TEST((with_party.row.at == row.at));
    BOOST_TEST((with_party.row.party == row.party));
    BOOST_TEST(!(*read)[nth + 1].row.party.has_value());
  }
  BOOST_TEST(sql(dsn, "select string_agg(data->>'name', '; ' order by version) from journal") ==
             "a \"quoted\" \\ back\\slash, {brace} é 席; a \"quoted\" \\ back\\slash, {brace} é 席");
  BOOST_TEST(sql(dsn, "select shard, kind, entity from entity") == "3|seat_map|7");
}

BOOST_AUTO_TEST_CASE(each_entity_keeps_its_order_under_load) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  auto config = writer_config(dsn);
  config.connections = 2;
  journal_writer writer{config};
  constexpr int threads = 4, entities_each = 10, events_each = 100;
  std::vector<std::thread> submitting;
  for (int thread = 0; thread < threads; ++thread)
    submitting.emplace_back([&, thread] {
      std::vector<append_stream> streams;
      for (int nth = 0; nth < entities_each; ++nth) {
        const auto id = thread * entities_each + nth + 1;
        streams.push_back(writer.open({account(id), id % 8}, 1, 0, told));
      }
      for (int version = 1; version <= events_each; ++version)
        for (auto& stream : streams)
          stream.submit(version, {event("{\"nth\": " + std::to_string(version) + "}")});
    });
  for (auto& thread : submitting)
    thread.join();
  writer.stop(std::chrono::seconds{60});
  BOOST_TEST(writer.pending() == 0u);
  BOOST_TEST(sql(dsn, "select count(*), count(distinct entity), min(version), max(version) from journal") ==
             "4000|40|1|100");
  BOOST_TEST(sql(dsn, "select count(*) from journal where (data->>'nth')::bigint <> version") == "0");
  for (int id = 1; id <= threads * entities_each; ++id)
    BOOST_TEST(told->through(account(id)) == events_each);
}

BOOST_AUTO_TEST_CASE(what_arrives_during_a_commit_is_written_as_one_statement) {
  const auto dsn = private_postgres::instance().fresh_database();
  std::vector<std::size_t> batches;
  auto told = std::make_shared<recorder>();
  auto config = writer_config(dsn);
  config.max_batch = 300;
  config.on_batch = [&](const batch_observation& batch) { batches.push_back(batch.rows); };
  journal_writer writer{config};
  wait_until("the connection", [&] { return writer.available(); }); // its statements are prepared
  closed_journal closed{dsn};
  auto first = writer.open({account(1), 0}, 1, 0, told);
  auto second = writer.open({account(2), 1}, 1, 0, told);
  first.submit(1, events(1));
  wait_until("the first statement to be under way", [&] { return writer_waits(dsn); });
  for (int version = 1; version <= 250; ++version) {
    first.submit(version + 1, events(1));
    second.submit(version, events(1));
  }
  BOOST_TEST(writer.pending() == 501u);
  closed.open();
  writer.stop(std::chrono::seconds{60});
  BOOST_TEST((batches == std::vector<std::size_t>{1, 300, 200}));
  BOOST_TEST(told->durable_calls() == 5u); // one an entity and batch
  BOOST_TEST(told->through(account(1)) == 251);
  BOOST_TEST(told->through(account(2)) == 250);
}

BOOST_AUTO_TEST_CASE(the_door_closes_when_too_much_waits_and_opens_again) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  auto config = writer_config(dsn);
  config.max_pending = 100;
  config.stall_after = std::chrono::hours{1};
  journal_writer writer{config};
  wait_until("the first connection", [&] { return writer.available(); });
  closed_journal closed{dsn};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  version_number version = 0;
  while (writer.admits(0) == admission::open && version < 1000) {
    stream.submit(version + 1, events(1));
    ++version;
  }
  BOOST_TEST(version == 100);
  BOOST_TEST((writer.admits(5) == admission::full));
  closed.open();
  wait_until("the door to open", [&] { return writer.admits(0) == admission::open; });
  wait_until("durable", [&] { return told->through(account(1)) == version; });
}

BOOST_AUTO_TEST_CASE(a_statement_that_hangs_closes_the_door) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  auto config = writer_config(dsn);
  config.stall_after = std::chrono::milliseconds{50};
  journal_writer writer{config};
  wait_until("the first connection", [&] { return writer.available(); });
  closed_journal closed{dsn};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  stream.submit(1, events(1));
  wait_until("away", [&] { return writer.admits(0) == admission::away; });
  closed.open();
  wait_until("open", [&] { return writer.admits(0) == admission::open; });
}

BOOST_AUTO_TEST_CASE(a_poisoned_row_fails_alone) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  const std::vector<std::string> poisons = {"not json", R"("\u0000")", "\"\xff\xfe\"", std::string("\"a\0b\"", 5), ""};
  std::vector<append_stream> streams;
  closed_journal closed{dsn};
  auto holding = writer.open({account(1000), 0}, 1, 0, told);
  holding.submit(1, events(1));
  wait_until("a statement under way", [&] { return writer_waits(dsn); });
  constexpr int entities = 60;
  for (int id = 1; id <= entities; ++id) {
    auto& stream = streams.emplace_back(writer.open({account(id), id % 8}, 1, 0, told));
    stream.submit(1, events(1));
    const auto nth = static_cast<std::size_t>(id / 10);
    stream.submit(2, {id % 10 == 5 && nth < poisons.size() ? event(poisons[nth]) : event()});
    stream.submit(3, events(2));
  }
  closed.open();
  wait_until("all written", [&] { return writer.pending() == 0; });
  std::set<std::int64_t> guilty;
  for (int id = 1; id <= entities; ++id) {
    if (id % 10 == 5 && id < 50) {
      guilty.insert(id);
      BOOST_TEST((told->failure(account(id)) == append_failure::rejected), "entity " << id);
      // Nothing past the refused event, now or later.
      BOOST_TEST(!streams[static_cast<std::size_t>(id - 1)].submit(5, events(1)));
      BOOST_TEST(sql(dsn, "select count(*) from journal where entity = " + std::to_string(id)) == "0");
    } else {
      BOOST_TEST(!told->failure(account(id)).has_value());
      BOOST_TEST(told->through(account(id)) == 4);
    }
  }
  BOOST_TEST(guilty.size() == 5u);
  BOOST_TEST(told->failures_told() == 5u);
  BOOST_TEST(sql(dsn, "select count(*) from journal") == std::to_string(1 + (entities - 5) * 4));
}

BOOST_AUTO_TEST_CASE(a_poisoned_row_that_comes_alone_fails) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto with_nul = event();
  with_nul.trace_id = std::string("a\0b", 3);
  const std::vector<event_row> poisons = {event("not json"), event(std::string("{}\0", 3)), event(""), with_nul};
  for (std::int64_t id = 1; const auto& poison : poisons) {
    auto stream = writer.open({account(id), 0}, 1, 0, told);
    stream.submit(1, {poison});
    wait_until("failed", [&] { return told->failure(account(id)).has_value(); });
    BOOST_TEST((*told->failure(account(id)) == append_failure::rejected), "entity " << id);
    ++id;
  }
  BOOST_TEST(sql(dsn, "select count(*) from journal") == "0");
}

BOOST_AUTO_TEST_CASE(an_event_of_a_crowd_stays_in_its_page) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  std::mt19937_64 random{test_seed()};
  std::string digits; // which no compression makes much smaller
  while (digits.size() < 6'000)
    digits += std::to_string(random());
  stream.submit(1, {event("[\"" + digits + "\"]")});
  wait_until("durable", [&] { return told->through(account(1)) == 1; });
  BOOST_TEST(sql(dsn, "select pg_relation_size(reltoastrelid) from pg_class where relname = 'journal'") == "0");
  BOOST_TEST(sql(dsn, "select length(data->>0) from journal") == std::to_string(digits.size()));
}

BOOST_AUTO_TEST_CASE(a_version_that_is_there_already_is_refused) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto first_life = std::make_shared<recorder>();
  auto second_life = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto first = writer.open({account(1), 0}, 1, 0, first_life);
  first.submit(1, events(3));
  wait_until("durable", [&] { return first_life->through(account(1)) == 3; });
  auto second = writer.open({account(1), 0}, 1, 2, second_life);
  second.submit(3, events(2));
  wait_until("failed", [&] { return second_life->failure(account(1)).has_value(); });
  BOOST_TEST((*second_life->failure(account(1)) == append_failure::rejected));
  first.submit(4, events(1));
  wait_until("durable", [&] { return first_life->through(account(1)) == 4; });
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_stored_after_its_version_and_only_when_newer) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  const auto stored = [&](int id) {
    return sql(dsn, "select version, format, data from snapshot where entity = " + std::to_string(id));
  };
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  {
    closed_journal closed{dsn};
    stream.submit(1, events(3));
    stream.store({3, 1, "state {\"\\3"});
    stream.store({2, 1, "state 2"});
    wait_until("the append to be under way", [&] { return writer_waits(dsn); });
    BOOST_TEST(stored(1) == "");
    closed.open();
  }
  wait_until("stored", [&] { return stored(1) == "3|1|state {\"\\3"; });
  auto second_life = writer.open({account(1), 0}, 1, 3, told);
  second_life.store({2, 1, "older"});
  auto other = writer.open({account(2), 0}, 1, 5, told);
  other.store({5, 2, "other"});
  wait_until("the later one", [&] { return stored(2) == "5|2|other"; });
  BOOST_TEST(stored(1) == "3|1|state {\"\\3");
  second_life.submit(4, events(1));
  second_life.store({4, 2, "newer"});
  wait_until("stored", [&] { return stored(1) == "4|2|newer"; });
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_takes_long_holds_no_event_up) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto stream = writer.open({seat_map(1), 0}, 1, 0, told);
  sql_session slow{dsn};
  slow("begin");
  slow("lock table snapshot in exclusive mode");
  stream.submit(1, events(1));
  stream.store({1, 1, "the first"});
  wait_until("the snapshot waits", [&] {
    return sql(dsn, "select count(*) from pg_stat_activity where application_name = 'frontrow_snapshots' "
                    "and datname = current_database() and wait_event_type = 'Lock'") == "1";
  });
  stream.submit(2, events(1));
  stream.store({2, 1, "replaced by the third"});
  stream.submit(3, events(1));
  stream.store({3, 1, "the third"});
  wait_until("the events are durable", [&] { return told->through(seat_map(1)) == 3; });
  BOOST_TEST(sql(dsn, "select count(*) from snapshot") == "0");
  slow("commit");
  writer.stop(std::chrono::seconds{60});
  BOOST_TEST(sql(dsn, "select version, data from snapshot") == "3|the third");
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_what_was_refused_is_never_stored) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  auto config = writer_config(dsn);
  config.max_batch = 10;
  journal_writer writer{config};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  auto other = writer.open({account(2), 0}, 1, 5, told);
  closed_journal closed{dsn};
  stream.submit(1, events(1));
  wait_until("the append to be under way", [&] { return writer_waits(dsn); });
  for (int version = 2; version <= 30; ++version)
    stream.submit(version, {version == 25 ? event("not json") : event()});
  stream.store({30, 1, "beyond the refused event"});
  closed.open();
  wait_until("failed", [&] { return told->failure(account(1)).has_value(); });
  other.store({5, 1, "other"});
  wait_until("a later snapshot", [&] { return sql(dsn, "select count(*) from snapshot where entity = 2") == "1"; });
  BOOST_TEST(sql(dsn, "select count(*) from snapshot where entity = 1") == "0");
  BOOST_TEST(sql(dsn, "select max(version) from journal") == std::to_string(told->through(account(1))));
}

BOOST_AUTO_TEST_CASE(stopping_writes_what_was_submitted) {
  const auto dsn = private_postgres::instance().fresh_database();
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  for (int version = 1; version <= 5000; ++version)
    stream.submit(version, events(1));
  stream.store({5000, 1, "all"});
  writer.stop(std::chrono::seconds{60});
  BOOST_TEST(told->through(account(1)) == 5000);
  BOOST_TEST(sql(dsn, "select version from snapshot") == "5000");
  BOOST_TEST(!stream.submit(5001, events(1)));
  writer.stop(std::chrono::seconds{60});
}

BOOST_AUTO_TEST_CASE(several_databases_each_hold_their_own_shards) {
  auto& server = private_postgres::instance();
  const std::vector<std::string> dsns = {server.fresh_database(), server.fresh_database()};
  auto told = std::make_shared<recorder>();
  auto config = writer_config(dsns[0]);
  config.databases.dsns = dsns;
  config.connections = 2;
  journal_writer writer{config};
  for (int id = 0; id < 8; ++id) {
    auto row = event();
    row.party = 9;
    row.at += std::chrono::milliseconds{id % 3};
    auto stream = writer.open({seat_map(id), id}, 1, 0, told);
    stream.submit(1, {row, row}, wake_up::at_start);
  }
  writer.stop(std::chrono::seconds{60});
  BOOST_TEST(sql(dsns[0], "select string_agg(distinct shard::text, ',' order by shard::text) from journal") == "0,2,4,6");
  BOOST_TEST(sql(dsns[1], "select string_agg(distinct shard::text, ',' order by shard::text) from journal") == "1,3,5,7");

  journal_view view{{dsns}, {}};
  const auto awake = view.to_wake({0, 1, 2, 3, 4, 5, 6, 7});
  BOOST_REQUIRE(awake);
  BOOST_TEST(awake->size() == 8u);
  std::vector<party_cursor> seen;
  std::optional<party_cursor> cursor;
  for (;;) {
    const auto page = view.party_page(9, {"charged"}, cursor, 3);
    BOOST_REQUIRE(page);
    for (const auto& one : *page)
      seen.push_back({one.row.at, one.entity.id, one.version});
    if (page->size() < 3)
      break;
    cursor = seen.back();
  }
  BOOST_TEST(seen.size() == 16u);
  BOOST_TEST(std::is_sorted(seen.rbegin(), seen.rend()));
  BOOST_TEST(std::set<party_cursor>(seen.begin(), seen.end()).size() == 16u);
  const auto all = view.party_history(9, {{3, 2}, {4, 1}}, 100);
  BOOST_REQUIRE(all);
  BOOST_TEST(all->size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
