// The primary database is killed, its synchronous standby promoted.
#include "cluster_case.hpp"

using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(cluster_failover)

BOOST_AUTO_TEST_CASE(a_primary_killed_and_its_standby_promoted_lose_nothing_that_was_acknowledged) {
  postgres_server primary;
  auto standby = primary.start_synchronous_standby();
  const auto url = "host=" + primary.socket_folder() + "," + standby->socket_folder() +
                   " port=5432,5432 user=frontrow " + "dbname=frontrow target_session_attrs=read-write";
  cluster_case the("a standby promoted", {.nodes = 2, .database_url = url});
  the.balanced();
  the.people.begin();
  the.selling();
  the.people.wait_for_more(the.chance.between(100, 1'500));
  const auto nodes = the.house.status().at("nodes").size();
  primary.kill();
  standby->promote();
  the.balanced();
  for (int count = 0; count < 5; ++count)
    the.selling();
  the.say("longest pause " + std::to_string(the.people.take_longest().count()) + " ms");
  // Nobody was declared dead for a database's fault.
  BOOST_TEST(the.house.status().at("nodes").size() == nodes);
  BOOST_TEST(the.lost() == 0);
  the.end();
}

BOOST_AUTO_TEST_SUITE_END()
