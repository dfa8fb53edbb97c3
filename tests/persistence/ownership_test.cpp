#include "tests/persistence/cluster_story.hpp"
#include "tests/persistence/recorder.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

using namespace frontrow::persistence;
using std::chrono::milliseconds;

namespace {

/// An append that stops in the middle, its fence held, until the holder rolls back.
struct stuck_append {
  stuck_append(const std::string& dsn, journal_writer& writer)
      : holder{dsn}, stream{writer.open({account(1), 0}, 1, 0, told)} {
    holder("begin");
    holder("insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data) "
           "values (0, 'account', 1, 1, 1, '', 0, 'x', '{}')");
    stream.submit(1, events(1));
    wait_until("the append to be stuck", [&] { return writer_waits(dsn); });
  }
  std::shared_ptr<recorder> told = std::make_shared<recorder>();
  sql_session holder;
  append_stream stream;
};

journal_writer_config writing_for(const table_node& node, const std::string& dsn) {
  auto config = writer_config(dsn);
  config.incarnation = node.registration.incarnation;
  return config;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ownership)

BOOST_AUTO_TEST_CASE(a_claim_takes_the_wanted_shards_and_raises_their_epochs) {
  const auto config = cluster_config({migrated_database()});
  table_node one{config};
  one.join();
  BOOST_TEST(one.claim(all_shards()).empty()); // nobody wished for it
  one.want(all_shards(), one.number);
  BOOST_TEST(one.look().shards[3].wanted == one.number);
  const auto claimed = one.claim({3, 1, 2});
  BOOST_TEST((claimed == std::vector<owned_shard>{{1, 1}, {2, 1}, {3, 1}}));
  const auto shard = one.look().shards[3];
  BOOST_TEST(shard.owner == one.number);
  BOOST_TEST(shard.wanted == 0);
  BOOST_TEST(shard.epoch == 1);
  BOOST_TEST(shard.moved_at > 0);
  BOOST_TEST(shard.move_ms == 0);
  BOOST_TEST(one.look().shards[4].owner == 0);
  // Its own claim again, whose outcome was unknown.
  BOOST_TEST((one.claim({3}) == std::vector<owned_shard>{{3, 2}}));
  BOOST_TEST(one.claim({1000}).empty());
}

BOOST_AUTO_TEST_CASE(a_shard_moves_by_release_and_claim) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  const auto owned = one.take({7, 8});
  one.want({7}, two.number);
  BOOST_TEST(two.claim({7, 8}).empty()); // the owner lives
  BOOST_TEST(one.claim({7}).empty());    // another is wanted
  one.release({{7, owned.front().epoch + 1}});
  two.release({owned.front()});
  BOOST_TEST(two.look().shards[7].owner == one.number);
  one.release({owned.front()});
  one.release({owned.front()}); // again: nothing
  BOOST_TEST(two.look().shards[7].owner == 0);
  BOOST_TEST(two.look().shards[8].owner == one.number);
  BOOST_TEST(one.claim({7}).empty());
  sql(dsn, "update shard set released_at = released_at - 5000 where shard = 7");
  BOOST_TEST((two.claim({7, 8}) == std::vector<owned_shard>{{7, 2}}));
  const auto moved = two.look().shards[7];
  BOOST_TEST(moved.owner == two.number);
  BOOST_TEST(moved.move_ms >= 5000);
  BOOST_TEST(moved.move_ms < 65000);
  one.release({owned.front()}); // late, and the epoch is another's
  BOOST_TEST(two.look().shards[7].owner == two.number);
}

BOOST_AUTO_TEST_CASE(a_wish_is_taken_back) {
  const auto config = cluster_config({migrated_database()});
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  one.take({7});
  one.want({7}, two.number);
  one.want({7}, 0);
  BOOST_TEST(two.look().shards[7].wanted == 0);
  BOOST_TEST((one.claim({7}) == std::vector<owned_shard>{{7, 2}}));
}

BOOST_AUTO_TEST_CASE(the_shards_of_the_dead_go_to_whoever_is_wanted) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node dead{config};
  table_node next{config};
  dead.join();
  next.join();
  dead.take(all_shards());
  next.want(all_shards(), next.number);
  BOOST_TEST(next.claim(all_shards()).empty());
  sql(dsn, "update node set heartbeat = heartbeat - 3600000 where number = " + std::to_string(dead.number));
  BOOST_TEST(next.claim(all_shards()).empty()); // late, but not declared dead
  const auto verdict = next.table.declare_dead(dead.number, death_evidence::lapsed);
  BOOST_REQUIRE(verdict);
  BOOST_TEST((*verdict == death_verdict::dead));
  sql(dsn, "update node set left_at = left_at - 3000 where number = " + std::to_string(dead.number));
  const auto claimed = next.claim(all_shards());
  BOOST_REQUIRE(claimed.size() == 16u);
  for (const auto& each : claimed)
    BOOST_TEST(each.epoch == 2);
  BOOST_TEST(next.look().shards[0].move_ms >= 3000);
  BOOST_TEST(next.look().shards[0].move_ms < 63000);
}

BOOST_AUTO_TEST_CASE(whoever_leaves_gives_its_shards_up) {
  const std::vector<std::string> dsns{migrated_database(), migrated_database()};
  const auto config = cluster_config(dsns);
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  one.take(all_shards());
  two.want(all_shards(), two.number);
  one.table.leave();
  BOOST_TEST(two.look().members.size() == 1u);
  BOOST_TEST(two.look().shards[0].owner == 0);
  BOOST_TEST(two.claim(all_shards()).size() == 16u);
  BOOST_TEST(is_lost(one.table.claim({0})));
}

BOOST_AUTO_TEST_CASE(several_databases_are_one_table) {
  const std::vector<std::string> dsns{migrated_database(), migrated_database(), migrated_database()};
  const auto config = cluster_config(dsns);
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  BOOST_TEST(sql(dsns[1], "select count(*), min(shard), max(shard) from shard") == "5|1|13");
  BOOST_TEST(sql(dsns[1], "select count(*) from node") == "0");
  BOOST_TEST((one.take({0, 1, 2, 3}) == std::vector<owned_shard>{{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  two.want({1, 2, 4}, two.number);
  BOOST_TEST((two.claim(all_shards()) == std::vector<owned_shard>{{4, 1}}));
  one.release({{1, 1}, {3, 1}});
  BOOST_TEST((two.claim({0, 1, 2, 3}) == std::vector<owned_shard>{{1, 2}}));
  auto seen = two.renew();
  const std::vector<node_number> owners{one.number, two.number, one.number, 0, two.number, 0};
  for (std::size_t shard = 0; shard < owners.size(); ++shard)
    BOOST_TEST(seen.shards[shard].owner == owners[shard]);
  bury(dsns[0], one);
  BOOST_TEST((two.claim(all_shards()) == std::vector<owned_shard>{{1, 3}, {2, 2}, {4, 2}}));
  BOOST_TEST(is_lost(one.table.claim({2})));
  BOOST_TEST(is_lost(one.table.want({{2, one.number}})));
}

BOOST_AUTO_TEST_CASE(a_claim_ends_the_backends_of_a_dead_owner_that_is_stuck) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node frozen{config};
  table_node taker{config};
  frozen.join();
  taker.join();
  frozen.take({0});
  journal_writer writer{writing_for(frozen, dsn)};
  stuck_append append{dsn, writer};
  bury(dsn, frozen);
  taker.want({0}, taker.number); // waits behind the append as well
  BOOST_TEST((taker.claim({0}) == std::vector<owned_shard>{{0, 2}}));
  append.holder("rollback");
  wait_until("the old owner to be told", [&] { return append.told->failure(account(1)).has_value(); });
  BOOST_TEST((*append.told->failure(account(1)) == append_failure::fenced));
  BOOST_TEST(sql(dsn, "select count(*) from journal") == "0");
}

BOOST_AUTO_TEST_CASE(the_backends_of_the_living_are_not_ended) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node owner{config};
  table_node leader{config};
  owner.join();
  leader.join();
  owner.take({0});
  journal_writer writer{writing_for(owner, dsn)};
  stuck_append append{dsn, writer};
  const auto wanted = leader.table.want({{0, leader.number}});
  BOOST_REQUIRE(!wanted);
  BOOST_TEST((wanted.error().reason == ownership_failure::away));
  append.holder("rollback");
  wait_until("durable", [&] { return append.told->through(account(1)) == 1; });
  leader.want({0}, leader.number);
  BOOST_TEST(leader.claim({0}).empty());
}

BOOST_AUTO_TEST_CASE(wishes_do_not_fence_the_owner) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node owner{config};
  table_node leader{config};
  owner.join();
  leader.join();
  owner.take({0});
  auto told = std::make_shared<recorder>();
  journal_writer writer{writing_for(owner, dsn)};
  auto stream = writer.open({account(1), 0}, 1, 0, told);
  // Appends and wishes for the same row at full speed.
  constexpr version_number appended = 300;
  for (version_number version = 1; version <= appended; ++version) {
    stream.submit(version, events(1));
    const auto wanted = leader.table.want({{0, version % 2 ? leader.number : 0}});
    BOOST_TEST((wanted || wanted.error().reason == ownership_failure::away));
  }
  wait_until("all decided", [&] { return writer.pending() == 0; });
  BOOST_TEST(!told->failure(account(1)).has_value());
  BOOST_TEST(told->through(account(1)) == appended);
}

BOOST_AUTO_TEST_CASE(no_shard_ever_has_two_owners_of_one_epoch) {
  const std::vector<std::string> dsns{migrated_database(), migrated_database()};
  const auto config = cluster_config(dsns);
  constexpr int node_count = 3;
  constexpr int steps = 150;
  std::vector<std::unique_ptr<table_node>> nodes;
  for (int nth = 0; nth < node_count; ++nth) {
    nodes.push_back(std::make_unique<table_node>(config));
    nodes.back()->join();
  }
  std::mutex mutex;
  std::map<std::pair<shard_number, epoch_number>, node_number> claims;
  std::atomic<int> doubled{0};
  std::atomic<int> failed{0};
  const auto live = [&](table_node& node, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::vector<owned_shard> owned;
    for (int step = 0; step < steps; ++step) {
      std::vector<shard_number> some;
      for (const auto shard : all_shards())
        if (random() % 2 == 0)
          some.push_back(shard);
      const auto claimed = node.table.claim(some);
      if (claimed) {
        const std::lock_guard lock{mutex};
        for (const auto& each : *claimed) {
          doubled += !claims.emplace(std::pair{each.shard, each.epoch}, node.number).second;
          owned.push_back(each);
        }
      } else {
        ++failed;
      }
      // Every node plays the leader.
      const auto wanted = node.table.want(
          {{static_cast<shard_number>(random() % shards_in_test), nodes[random() % nodes.size()]->number}});
      failed += !wanted;
      if (random() % 2 == 0) {
        failed += !node.table.release(owned); // those of old epochs as well
        owned.clear();
      }
    }
  };
  std::vector<std::thread> threads;
  for (int nth = 0; nth < node_count; ++nth)
    threads.emplace_back(live, std::ref(*nodes[static_cast<std::size_t>(nth)]),
                         test_seed() + static_cast<std::uint64_t>(nth));
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(doubled == 0);
  BOOST_TEST(failed == 0);
  const auto seen = nodes.front()->look();
  std::set<node_number> claimers;
  for (shard_number shard = 0; shard < shards_in_test; ++shard) {
    // No epoch was skipped, none given out twice: the claims are all that ever raised it.
    const auto epoch = seen.shards[static_cast<std::size_t>(shard)].epoch;
    for (epoch_number each = 1; each <= epoch; ++each)
      BOOST_TEST(claims.count({shard, each}) == 1u);
    BOOST_TEST(claims.count({shard, epoch + 1}) == 0u);
    const auto owner = seen.shards[static_cast<std::size_t>(shard)].owner;
    if (owner != 0)
      BOOST_TEST((claims[{shard, epoch}] == owner));
  }
  for (const auto& [claim, node] : claims)
    claimers.insert(node);
  BOOST_TEST(claimers.size() == 3u);
  BOOST_TEST(claims.size() > 50u);
}

BOOST_AUTO_TEST_CASE(claims_of_three_for_the_shards_of_a_dead_one_never_meet) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  for (int round = 0; round < 10; ++round) {
    table_node dead{config};
    dead.join();
    sql(dsn, "update shard set owner_node = null");
    dead.take(all_shards());
    std::vector<std::unique_ptr<table_node>> takers;
    for (int nth = 0; nth < 3; ++nth) {
      takers.push_back(std::make_unique<table_node>(config));
      takers.back()->join();
    }
    bury(dsn, dead);
    // The leader changes its mind while they claim.
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (auto& taker : takers)
      threads.emplace_back([&] {
        static_cast<void>(taker->table.want({{0, taker->number}, {1, taker->number}, {2, taker->number}}));
        const auto claimed = taker->table.claim({0, 1, 2});
        taken += claimed ? static_cast<int>(claimed->size()) : 100;
      });
    for (auto& thread : threads)
      thread.join();
    BOOST_TEST(taken == 3);
    for (auto& taker : takers)
      taker->table.leave();
  }
}

BOOST_AUTO_TEST_CASE(a_populated_database_of_one_node_becomes_one_of_many) {
  const auto dsn = private_postgres::instance().empty_database();
  std::ifstream file{std::string{FRONTROW_MIGRATIONS_FOLDER} + "/V001__journal.sql"};
  std::ostringstream first;
  first << file.rdbuf();
  BOOST_REQUIRE(!first.str().empty());
  sql(dsn, first.str());
  sql(dsn, "create table schema_migration (number integer primary key, name text not null, checksum text not "
           "null, "
           "landed_at timestamptz not null default now())");
  sql(dsn, "insert into schema_migration (number, name, checksum) values (1, 'V001__journal', "
           "encode(sha256(convert_to($migration$" +
               first.str() + "$migration$, 'UTF8')), 'hex'))");
  sql(dsn, "insert into cluster values (true, 'frontrow', 16, 0, 1, 1000)");
  sql(dsn, std::string{"insert into node values ('"} + incarnation_one +
               "', 'old', '', 'shards', 1000, 2000, 3000), ('" + incarnation_two +
               "', 'killed', '', 'shards', 1000, 4000, null)");
  sql(dsn, std::string{"insert into shard select s, 7, '"} + incarnation_two +
               "', null, 'owned' from generate_series(0, 15) s");
  sql(dsn, "insert into journal values ('account', 1, 1, 3, 7, 1000, '', 'x', '{}', null)");
  const auto migrated = migrate(dsn);
  BOOST_REQUIRE_MESSAGE(migrated, (migrated ? "" : migrated.error().detail));
  BOOST_TEST(migrated->landed == (std::vector<int>{2, 3, 4, 5, 6}));
  table_node node{cluster_config({dsn})};
  BOOST_TEST(node.join() == 3);
  const auto seen = node.renew();
  BOOST_TEST(seen.members.size() == 1u);
  for (const auto& shard : seen.shards) {
    BOOST_TEST(shard.epoch == 7);
    BOOST_TEST(shard.owner == 0);
  }
  const auto claimed = node.take(all_shards());
  BOOST_REQUIRE(claimed.size() == 16u);
  BOOST_TEST(claimed.front().epoch == 8);
  BOOST_TEST(sql(dsn, "select string_agg(left_at::text, ',' order by number) from node") == "3000,4000");
  BOOST_TEST(sql(dsn, "select count(*) from journal") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
