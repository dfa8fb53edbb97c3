#include "persistence/catalog_store.hpp"
#include "tests/persistence/cluster_story.hpp"
#include "tests/persistence/proxy.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::persistence;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds short_lease{200};

/// How many sessions hold the lock of any node, or of the leader.
std::string sessions_with_locks(const std::string& dsn) {
  return sql(dsn, "select count(distinct pid) from pg_locks where locktype = 'advisory' and objsubid = 2 "
                  "and database = (select oid from pg_database where datname = current_database())");
}

bool leads(table_node& node) {
  const auto got = node.table.lead();
  return got && *got == leadership::leads;
}

bool declares(table_node& judge, node_number number, death_evidence evidence) {
  const auto told = judge.table.declare_dead(number, evidence);
  BOOST_REQUIRE_MESSAGE(told, (told ? "" : told.error().detail));
  return *told == death_verdict::dead;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_tables)

BOOST_AUTO_TEST_CASE(nodes_that_join_get_rising_numbers_and_see_each_other) {
  const auto config = cluster_config({migrated_database()});
  table_node one{config, "front,shards", 3};
  table_node two{config};
  one.join();
  two.join();
  BOOST_TEST(one.number < two.number);
  BOOST_TEST(one.clock.is_measured());
  const auto seen = one.renew();
  BOOST_REQUIRE(seen.members.size() == 2u);
  const auto& first = seen.members.front();
  BOOST_TEST(first.number == one.number);
  BOOST_TEST(first.incarnation == one.registration.incarnation);
  BOOST_TEST(first.name == one.registration.name);
  BOOST_TEST(first.address == one.registration.address);
  BOOST_TEST(first.roles == "front,shards");
  BOOST_TEST(first.weight == 3);
  BOOST_TEST((first.wish == drain_wish::stay));
  BOOST_TEST((first.lock == lock_state::held));
  BOOST_TEST((seen.members.back().lock == lock_state::held));
  BOOST_TEST(first.started_at > 0);
  BOOST_TEST(first.heartbeat_at >= first.started_at);
  BOOST_TEST(first.lease_left.count() > 0);
  BOOST_TEST(first.lease_left.count() <= config.lease.count());
  BOOST_TEST(seen.shards.size() == 16u);
  BOOST_TEST(seen.leader == 0);
}

BOOST_AUTO_TEST_CASE(joining_again_after_an_unknown_outcome_gives_the_same_number) {
  const auto config = cluster_config({migrated_database()});
  table_node node{config};
  const auto number = node.join();
  BOOST_TEST(node.join() == number);
  BOOST_TEST(node.look().members.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_renewal_beats_and_a_look_does_not) {
  const auto dsn = migrated_database();
  table_node node{cluster_config({dsn})};
  node.join();
  sql(dsn, "update node set heartbeat = heartbeat - 100000");
  const auto before = node.look().members.front();
  BOOST_TEST(node.look().members.front().heartbeat_at == before.heartbeat_at);
  const auto after = node.renew().members.front();
  BOOST_TEST(after.heartbeat_at >= before.heartbeat_at + 100000);
  BOOST_TEST(after.lease_left.count() > before.lease_left.count());
  BOOST_TEST(node.look().members.front().heartbeat_at == after.heartbeat_at);
}

BOOST_AUTO_TEST_CASE(many_founders_at_once_found_one_cluster) {
  const auto config = cluster_config({migrated_database(), migrated_database()});
  std::vector<std::unique_ptr<table_node>> nodes;
  for (int nth = 0; nth < 4; ++nth)
    nodes.push_back(std::make_unique<table_node>(config));
  std::atomic<int> joined{0};
  std::vector<std::thread> founders;
  for (auto& node : nodes)
    founders.emplace_back([&] { joined += static_cast<bool>(node->table.join(node->registration)); });
  for (auto& founder : founders)
    founder.join();
  BOOST_TEST(joined == 4);
  BOOST_TEST(sql(config.databases.dsns[0], "select count(*), max(shard) from shard") == "8|14");
  BOOST_TEST(sql(config.databases.dsns[1], "select count(*), max(shard) from shard") == "8|15");
}

BOOST_AUTO_TEST_CASE(a_cluster_keeps_its_name_its_shard_count_and_its_databases) {
  const auto one = migrated_database();
  const auto two = migrated_database();
  table_node founder{cluster_config({one, two})};
  founder.join();
  const auto refused = [&](const cluster_table_config& config) {
    table_node node{config};
    const auto joined = node.table.join(node.registration);
    return !joined && joined.error().reason == ownership_failure::other_cluster;
  };
  auto more_shards = cluster_config({one, two});
  more_shards.shard_count = 32;
  auto another_name = cluster_config({one, two});
  another_name.cluster = "another";
  BOOST_TEST(refused(more_shards));
  BOOST_TEST(refused(another_name));
  BOOST_TEST(refused(cluster_config({two, one})));
  BOOST_TEST(refused(cluster_config({one})));
  BOOST_TEST(refused(cluster_config({private_postgres::instance().empty_database()})));
  BOOST_TEST(founder.look().members.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_killed_node_loses_its_lock_at_once_and_its_lease_later) {
  const auto config = cluster_config({migrated_database()});
  table_node one{config};
  one.join();
  node_number killed = 0;
  {
    table_node two{config};
    killed = two.join();
  }
  wait_until("the lock to be free", [&] {
    const auto seen = one.look();
    return find_member(seen, killed)->lock == lock_state::free;
  });
  BOOST_TEST(find_member(one.look(), killed)->lease_left.count() > 0);
  BOOST_TEST(!declares(one, killed, death_evidence::lapsed));
  BOOST_TEST(declares(one, killed, death_evidence::lock_lost));
  BOOST_TEST(one.look().members.size() == 1u);
  BOOST_TEST(declares(one, killed, death_evidence::lapsed)); // as it was before
}

BOOST_AUTO_TEST_CASE(a_node_that_beats_and_holds_its_lock_cannot_be_declared_dead) {
  const auto config = cluster_config({migrated_database()});
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  BOOST_TEST(!declares(one, two.number, death_evidence::lapsed));
  BOOST_TEST(!declares(one, two.number, death_evidence::lock_lost));
  BOOST_TEST(!declares(one, one.number, death_evidence::lapsed));
  BOOST_TEST(static_cast<bool>(two.table.renew()));
}

BOOST_AUTO_TEST_CASE(a_lease_lapses_by_the_databases_clock_and_a_heartbeat_saves_it) {
  const auto dsn = migrated_database();
  const auto config = with_lease(cluster_config({dsn}), short_lease);
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  wait_until("the lease to lapse", [&] {
    const auto seen = one.look();
    return find_member(seen, two.number)->lease_left.count() < 0;
  });
  sql(dsn, "update node set heartbeat = heartbeat + 3600000 where number = " + std::to_string(two.number));
  BOOST_TEST(!declares(one, two.number, death_evidence::lapsed));
  sql(dsn, "update node set heartbeat = heartbeat - 3600000 where number = " + std::to_string(two.number));
  BOOST_TEST(declares(one, two.number, death_evidence::lapsed));
}

BOOST_AUTO_TEST_CASE(dead_is_final) {
  const auto dsn = migrated_database();
  const auto config = with_lease(cluster_config({dsn}), short_lease);
  table_node judge{config};
  table_node frozen{config};
  judge.join();
  frozen.join();
  const auto owned = frozen.take({0, 1, 2});
  BOOST_REQUIRE(owned.size() == 3u);
  wait_until("a death", [&] { return declares(judge, frozen.number, death_evidence::lapsed); });
  const auto before =
      sql(dsn, "select * from shard order by shard") + sql(dsn, "select * from node order by number");
  BOOST_TEST(is_lost(frozen.table.renew()));
  BOOST_TEST(is_lost(frozen.table.look()));
  BOOST_TEST(is_lost(frozen.table.lead()));
  BOOST_TEST(is_lost(frozen.table.claim({0, 3})));
  BOOST_TEST(is_lost(frozen.table.release(owned)));
  BOOST_TEST(is_lost(frozen.table.want({{4, frozen.number}})));
  BOOST_TEST(is_lost(frozen.table.declare_dead(judge.number, death_evidence::lapsed)));
  BOOST_TEST(is_lost(frozen.table.join(frozen.registration)));
  BOOST_TEST(sql(dsn, "select * from shard order by shard") +
                 sql(dsn, "select * from node order by number") ==
             before);
  wait_until("its lock to be free", [&] { return sessions_with_locks(dsn) == "1"; });
}

BOOST_AUTO_TEST_CASE(a_death_ends_the_dead_ones_sessions_in_every_database) {
  const std::vector<std::string> dsns{migrated_database(), migrated_database()};
  const auto config = with_lease(cluster_config(dsns), short_lease);
  table_node judge{config};
  table_node frozen{config};
  judge.join();
  frozen.join();
  const auto sessions = [&](const std::string& dsn) {
    return sql(dsn, "select count(*) from backend join pg_stat_activity using (pid, backend_start) where "
                    "incarnation = '" +
                        frozen.registration.incarnation + "'");
  };
  for (const auto& dsn : dsns)
    BOOST_TEST(sessions(dsn) == "1");
  wait_until("a death", [&] { return declares(judge, frozen.number, death_evidence::lapsed); });
  for (const auto& dsn : dsns)
    BOOST_TEST(sessions(dsn) == "0");
  BOOST_TEST(is_lost(frozen.table.renew()));
}

BOOST_AUTO_TEST_CASE(a_lost_session_is_replaced_and_the_lock_taken_again) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  end_sessions(dsn, one);
  wait_until("the lock to be free", [&] {
    const auto seen = two.look();
    return find_member(seen, one.number)->lock == lock_state::free;
  });
  const auto seen = one.renew();
  BOOST_TEST((find_member(seen, one.number)->lock == lock_state::held));
  BOOST_TEST((find_member(two.look(), one.number)->lock == lock_state::held));
  BOOST_TEST(!declares(two, one.number, death_evidence::lock_lost));
}

BOOST_AUTO_TEST_CASE(a_lost_session_that_the_server_still_believes_in_keeps_no_lock_from_its_node) {
  const auto dsn = migrated_database();
  proxy between{dsn};
  table_node one{cluster_config({between.dsn()})};
  table_node two{cluster_config({dsn})};
  one.join();
  two.join();
  BOOST_REQUIRE(leads(one));
  const auto pid_of_lock = [&] {
    return sql(dsn, "select pid from pg_locks where locktype = 'advisory' and objsubid = 2 and objid = " +
                        std::to_string(one.number) +
                        " and database = (select oid from pg_database where datname = current_database())");
  };
  const auto ghost = pid_of_lock();
  between.arm(proxy::cut::client);
  wait_until("the lock to be taken by the new session", [&] {
    const auto seen = one.renew();
    return between.has_cut() && find_member(seen, one.number)->lock == lock_state::held;
  });
  BOOST_TEST(pid_of_lock() != ghost);
  BOOST_TEST(sql(dsn, "select count(*) from pg_stat_activity where pid = " + ghost) == "0");
  BOOST_TEST(leads(one));
  BOOST_TEST(!leads(two));
}

BOOST_AUTO_TEST_CASE(a_statement_whose_answer_was_lost_is_repeated_without_harm) {
  const auto dsn = migrated_database();
  proxy between{dsn};
  table_node node{cluster_config({between.dsn()})};
  node.join();
  node.want(all_shards(), node.number);
  // Whichever statement it hits: a claim has three, a release and a wish two.
  for (int round = 0; round < 12; ++round) {
    between.arm(round % 2 ? proxy::cut::reply : proxy::cut::request);
    const auto owned = round % 3 == 0 ? node.claim({3}) : node.take({3});
    BOOST_REQUIRE(owned.size() == 1u);
    BOOST_TEST(owned.front().epoch == node.look().shards[3].epoch);
    BOOST_TEST(between.has_cut());
    between.arm(round % 2 ? proxy::cut::reply : proxy::cut::request);
    if (round % 3 == 2)
      node.release(owned);
    node.want({3}, node.number);
    BOOST_TEST(node.renew().members.size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_lock_is_counted_once_however_often_it_is_kept) {
  const auto dsn = migrated_database();
  table_node node{cluster_config({dsn})};
  node.join();
  for (int nth = 0; nth < 3; ++nth) {
    node.renew();
    BOOST_TEST(leads(node));
  }
  node.table.leave();
  wait_until("no lock", [&] { return sessions_with_locks(dsn) == "0"; });
  BOOST_TEST(is_lost(node.table.renew()));
}

BOOST_AUTO_TEST_CASE(one_of_many_leads_and_the_next_one_follows_it) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  auto one = std::make_unique<table_node>(config);
  table_node two{config};
  table_node three{config};
  for (auto* node : {one.get(), &two, &three})
    node->join();
  BOOST_TEST(leads(*one));
  BOOST_TEST(leads(*one));
  BOOST_TEST(!leads(two));
  BOOST_TEST(!leads(three));
  BOOST_TEST(two.look().leader == one->number);
  one.reset(); // killed
  wait_until("another leader", [&] { return leads(two); });
  BOOST_TEST(!leads(three));
  BOOST_TEST(three.look().leader == two.number);
  two.table.leave();
  wait_until("the third to lead", [&] { return leads(three); });
}

BOOST_AUTO_TEST_CASE(a_frozen_leader_loses_the_lead_with_its_lease) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node frozen{config};
  table_node next{config};
  frozen.join();
  next.join();
  BOOST_REQUIRE(leads(frozen));
  BOOST_TEST(!leads(next));
  sql(dsn, "update node set heartbeat = heartbeat - 3600000 where number = " + std::to_string(frozen.number));
  BOOST_TEST(leads(next));
  BOOST_TEST(next.look().leader == next.number);
  // Thawed before it was declared dead: it lives, and follows.
  frozen.renew();
  BOOST_TEST(!leads(frozen));
  BOOST_TEST(leads(next));
}

BOOST_AUTO_TEST_CASE(a_dead_leader_whose_session_lives_on_loses_the_lead) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node dead{config};
  table_node next{config};
  dead.join();
  next.join();
  BOOST_REQUIRE(leads(dead));
  BOOST_TEST(!leads(next));
  bury(dsn, dead);
  BOOST_TEST(leads(next));
  BOOST_TEST(is_lost(dead.table.lead()));
  BOOST_TEST(leads(next));
}

BOOST_AUTO_TEST_CASE(two_leaders_do_no_harm) {
  const auto dsn = migrated_database();
  const auto config = cluster_config({dsn});
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  BOOST_REQUIRE(leads(one));
  end_sessions(dsn, one); // it does not know yet
  wait_until("another leader", [&] { return leads(two); });
  two.want(all_shards(), two.number);
  one.want(all_shards(), one.number);
  two.want({0, 1, 2, 3, 4, 5, 6, 7}, two.number);
  BOOST_TEST(!declares(one, two.number, death_evidence::lapsed));
  BOOST_TEST(one.claim(all_shards()).size() == 8u);
  BOOST_TEST(two.claim(all_shards()).size() == 8u);
  BOOST_TEST(!leads(one));
}

BOOST_AUTO_TEST_CASE(a_node_is_drained_and_asked_to_stay_again) {
  const auto config = cluster_config({migrated_database()});
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  const auto drain = [&](node_number number, drain_wish wish) {
    const auto told = one.table.drain(number, wish);
    return told && *told == drain_answer::done;
  };
  BOOST_TEST(drain(two.number, drain_wish::drain));
  BOOST_TEST((find_member(one.look(), two.number)->wish == drain_wish::drain));
  BOOST_TEST((find_member(one.look(), one.number)->wish == drain_wish::stay));
  BOOST_TEST(drain(two.number, drain_wish::stay));
  BOOST_TEST((find_member(one.look(), two.number)->wish == drain_wish::stay));
  BOOST_TEST(!drain(1000, drain_wish::drain));
  two.table.leave();
  BOOST_TEST(!drain(two.number, drain_wish::drain));
}

BOOST_AUTO_TEST_CASE(a_server_restart_is_survived) {
  auto& server = private_postgres::instance();
  const auto config = cluster_config({migrated_database()});
  table_node one{config};
  table_node two{config};
  one.join();
  two.join();
  BOOST_REQUIRE(leads(one));
  const auto owned = one.take({5});
  server.stop("immediate");
  for (const auto& away : {one.table.renew(), one.table.look()}) {
    BOOST_REQUIRE(!away);
    BOOST_TEST((away.error().reason == ownership_failure::away));
  }
  server.start();
  wait_until("both to be back", [&] { return one.table.renew() && two.table.renew(); });
  const auto seen = one.look();
  BOOST_REQUIRE(seen.members.size() == 2u);
  BOOST_TEST((seen.members.front().lock == lock_state::held));
  BOOST_TEST((seen.members.back().lock == lock_state::held));
  BOOST_TEST(seen.shards[5].owner == one.number);
  BOOST_TEST(seen.shards[5].epoch == owned.front().epoch);
  BOOST_TEST(leads(two)); // the lead went with the session
  BOOST_TEST(!leads(one));
}

BOOST_AUTO_TEST_CASE(every_change_of_the_catalog_raises_its_version) {
  const auto dsn = migrated_database();
  table_node node{cluster_config({dsn})};
  node.join();
  database_session session{dsn};
  auto seen = node.look().catalog_version;
  const auto raised = [&] { return std::exchange(seen, node.look().catalog_version) < seen; };
  const concert_row concert{.concert = 0, .title = "a concert", .queue = "{}", .created_at = {}};
  const idempotency_key key{"scope", "key", "print"};
  const auto create = [&] {
    return create_concert(session, concert, key, [](const concert_row&) { return ""; });
  };
  const auto made = create();
  BOOST_REQUIRE(made);
  BOOST_TEST(raised());
  const auto id = std::get<created<concert_row>>(*made).row.concert;
  BOOST_REQUIRE(create()); // the kept answer
  BOOST_TEST(!raised());
  option_row option{.option = 0,
                    .concert = id,
                    .title = "a night",
                    .starts_at = {},
                    .duration_minutes = 90,
                    .definition = "{}",
                    .created_at = {}};
  const auto optional = create_option(session, option, std::nullopt, [](const option_row&) { return ""; });
  BOOST_REQUIRE(optional);
  BOOST_TEST(raised());
  const auto option_id = std::get<created<option_row>>(*optional).row.option;
  const auto yes = [](const catalog_answer<bool>& answer) { return answer && *answer; };
  BOOST_TEST(yes(mark_concert_opened(session, id)));
  BOOST_TEST(raised());
  BOOST_TEST(yes(mark_concert_opened(session, id)));
  BOOST_TEST(!raised());
  BOOST_TEST(yes(mark_option_opened(session, option_id)));
  BOOST_TEST(raised());
  BOOST_TEST(yes(set_queue_policy(session, id, R"({"rate": 1})")));
  BOOST_TEST(raised());
  BOOST_TEST(!yes(mark_option_opened(session, 1000)));
  BOOST_TEST(!yes(set_queue_policy(session, 1000, "{}")));
  BOOST_REQUIRE(create_user(session, {.user = 0, .name = "someone", .created_at = {}}, std::nullopt,
                            [](const user_row&) { return ""; }));
  BOOST_TEST(!raised());
}

BOOST_AUTO_TEST_SUITE_END()
