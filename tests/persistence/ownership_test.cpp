#include "tests/persistence/recorder.hpp"

#include "persistence/lease.hpp"
#include "persistence/migrate.hpp"
#include "persistence/shard_table.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::persistence;

namespace {

std::string migrated_database() {
  const auto dsn = private_postgres::instance().empty_database();
  BOOST_REQUIRE(migrate(dsn));
  return dsn;
}

shard_table_config table_config(std::vector<std::string> dsns, const std::string& incarnation = incarnation_one) {
  shard_table_config config;
  config.databases.dsns = std::move(dsns);
  config.shard_count = 16;
  config.incarnation = incarnation;
  config.node_name = "test";
  config.roles = "shards";
  config.alive_wait = std::chrono::milliseconds{100};
  config.claim_lock_timeout = std::chrono::milliseconds{100};
  config.session.retry_after = std::chrono::milliseconds{0};
  return config;
}

void end_backends(const std::string& dsn, const std::string& application) {
  sql(dsn, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
           "and application_name = '" + application + "'");
}

} // namespace

BOOST_AUTO_TEST_SUITE(ownership)

BOOST_AUTO_TEST_CASE(a_claim_takes_every_shard_and_raises_its_epoch) {
  const auto dsn = migrated_database();
  database_clock clock;
  {
    shard_table table{table_config({dsn}), clock};
    BOOST_REQUIRE(table.join());
    BOOST_TEST(clock.is_measured());
    const auto claimed = table.claim_all();
    BOOST_REQUIRE(claimed);
    BOOST_TEST(claimed->size() == 16u);
    for (std::size_t nth = 0; nth < claimed->size(); ++nth) {
      BOOST_TEST((*claimed)[nth].shard == static_cast<int>(nth));
      BOOST_TEST((*claimed)[nth].epoch == 1);
    }
    BOOST_TEST(static_cast<bool>(table.renew()));
    table.leave();
  }
  shard_table next{table_config({dsn}, incarnation_two), clock};
  BOOST_REQUIRE(next.join());
  const auto claimed = next.claim_all();
  BOOST_REQUIRE(claimed);
  BOOST_TEST(claimed->front().epoch == 2);
  const auto rows = next.shards();
  BOOST_REQUIRE(rows);
  BOOST_TEST(rows->front().owner == incarnation_two);
  BOOST_TEST(sql(dsn, "select count(*) from node where left_at is not null") == "1");
}

BOOST_AUTO_TEST_CASE(a_second_node_is_refused_while_the_first_is_alive) {
  const auto dsn = migrated_database();
  database_clock clock;
  shard_table first{table_config({dsn}), clock};
  BOOST_REQUIRE(first.join());
  shard_table second{table_config({dsn}, incarnation_two), clock};
  const auto refused = second.join();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().reason == ownership_failure::another_is_alive));
  first.leave();
  BOOST_TEST(static_cast<bool>(second.join()));
}

BOOST_AUTO_TEST_CASE(a_cluster_keeps_its_shard_count_and_its_databases) {
  auto one = migrated_database();
  auto two = migrated_database();
  database_clock clock;
  {
    shard_table table{table_config({one, two}), clock};
    BOOST_REQUIRE(table.join());
    const auto claimed = table.claim_all();
    BOOST_REQUIRE(claimed);
    BOOST_TEST(claimed->size() == 16u);
    BOOST_TEST(sql(one, "select count(*), max(shard) from shard") == "8|14");
    BOOST_TEST(sql(two, "select count(*), max(shard) from shard") == "8|15");
    BOOST_TEST(static_cast<bool>(table.renew()));
    table.leave();
  }
  const auto refused = [&](shard_table_config config) {
    shard_table table{std::move(config), clock};
    const auto joined = table.join();
    return !joined && joined.error().reason == ownership_failure::other_cluster;
  };
  auto more_shards = table_config({one, two});
  more_shards.shard_count = 32;
  auto another_name = table_config({one, two});
  another_name.cluster = "another";
  BOOST_TEST(refused(more_shards));
  BOOST_TEST(refused(another_name));
  BOOST_TEST(refused(table_config({two, one})));
  BOOST_TEST(refused(table_config({one})));
}

BOOST_AUTO_TEST_CASE(a_claim_ends_the_backends_of_an_owner_that_is_stuck) {
  const auto dsn = migrated_database();
  database_clock clock;
  shard_table old_owner{table_config({dsn}), clock};
  BOOST_REQUIRE(old_owner.join());
  BOOST_REQUIRE(old_owner.claim_all());
  auto told = std::make_shared<recorder>();
  journal_writer writer{writer_config(dsn)};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  sql_session holder{dsn};
  holder("begin");
  holder("insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data) "
         "values (0, 'account', 1, 1, 1, '', 0, 'x', '{}')");
  stream.submit(1, events(1));
  wait_until("the append to be stuck", [&] { return writer_waits(dsn); });
  old_owner.leave();
  shard_table taker{table_config({dsn}, incarnation_two), clock};
  BOOST_REQUIRE(taker.join());
  const auto claimed = taker.claim_all();
  BOOST_REQUIRE_MESSAGE(claimed, (claimed ? "" : claimed.error().detail));
  BOOST_TEST(claimed->front().epoch == 2);
  holder("rollback");
  wait_until("the old owner to be told", [&] { return told->failure(account(1)).has_value(); });
  BOOST_TEST((*told->failure(account(1)) == append_failure::fenced));
  BOOST_TEST(sql(dsn, "select count(*) from journal") == "0");
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_replaced_and_the_lock_taken_again) {
  const auto dsn = migrated_database();
  database_clock clock;
  shard_table table{table_config({dsn}), clock};
  BOOST_REQUIRE(table.join());
  BOOST_REQUIRE(table.claim_all());
  end_backends(dsn, "frontrow_node");
  wait_until("a renewal", [&] { return static_cast<bool>(table.renew()); });
  shard_table second{table_config({dsn}, incarnation_two), clock};
  BOOST_TEST(!second.join());
}

BOOST_AUTO_TEST_CASE(a_server_restart_is_survived) {
  auto& server = private_postgres::instance();
  const auto dsn = migrated_database();
  database_clock clock;
  shard_table table{table_config({dsn}), clock};
  BOOST_REQUIRE(table.join());
  BOOST_REQUIRE(table.claim_all());
  server.stop("immediate");
  const auto away = table.renew();
  BOOST_REQUIRE(!away);
  BOOST_TEST((away.error().reason == ownership_failure::away));
  server.start();
  wait_until("a renewal", [&] { return static_cast<bool>(table.renew()); });
}

BOOST_AUTO_TEST_CASE(a_lease_tells_when_the_shards_belong_to_someone_else) {
  const auto dsn = migrated_database();
  database_clock clock;
  shard_table table{table_config({dsn}), clock};
  BOOST_REQUIRE(table.join());
  BOOST_REQUIRE(table.claim_all());
  std::atomic<bool> lost{false};
  lease renewing{table,
                 {.renew_every = std::chrono::milliseconds{10}, .retry_every = std::chrono::milliseconds{10}},
                 [&](lease_state state, const std::string&) { lost = lost || state == lease_state::lost; }};
  const auto heartbeat = sql(dsn, "select heartbeat from node");
  wait_until("a heartbeat", [&] { return sql(dsn, "select heartbeat from node") != heartbeat; });
  BOOST_TEST(!lost);
  // The lock is lost, and another node is quicker.
  sql(dsn, std::string{"update shard set epoch = epoch + 1, owner = '"} + incarnation_two + "' where shard = 5");
  wait_until("lost", [&] { return lost.load(); });
}

BOOST_AUTO_TEST_CASE(a_node_whose_lock_went_to_another_is_lost) {
  const auto dsn = migrated_database();
  database_clock clock;
  shard_table table{table_config({dsn}), clock};
  BOOST_REQUIRE(table.join());
  BOOST_REQUIRE(table.claim_all());
  end_backends(dsn, "frontrow_node");
  database_clock other_clock;
  shard_table second{table_config({dsn}, incarnation_two), other_clock};
  wait_until("the second to join", [&] { return static_cast<bool>(second.join()); });
  const auto renewed = table.renew();
  BOOST_REQUIRE(!renewed);
  BOOST_TEST((renewed.error().reason == ownership_failure::lost));
}

BOOST_AUTO_TEST_SUITE_END()
