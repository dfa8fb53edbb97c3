// A node that sleeps longer than its lease.
#include "cluster_case.hpp"

using namespace frontrow::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(cluster_freezes)

BOOST_AUTO_TEST_CASE(a_node_frozen_for_longer_than_its_lease_writes_nothing_more_and_leaves_by_itself) {
  cluster_case the("SIGSTOP past the lease", with_two_writers);
  the.balanced();
  the.people.begin();
  the.selling();
  for (int round = 1; round <= rounds(2); ++round) {
    the.people.wait_for_more(the.chance.between(1, 300));
    const auto sleeper = round == 1 ? the.any_follower() : the.leader();
    the.people.take_longest();
    the.house.freeze(sleeper);
    const auto took = the.balanced();
    the.selling();
    const auto longest = the.people.take_longest();
    // What was written at epochs that have passed: complete, whoever wakes up.
    const std::string old_rows =
        "select count(*) from journal join shard using (shard) where journal.epoch < shard.epoch";
    const auto before = the.house.number(old_rows);
    the.house.thaw(sleeper);
    const auto code = the.house.wait_for_end(sleeper, 30s);
    BOOST_TEST_REQUIRE(code.has_value(), sleeper << " does not leave");
    BOOST_TEST(*code != 0);
    the.selling();
    BOOST_TEST(the.house.number(old_rows) == before);
    BOOST_TEST(the.house.error_log(sleeper).find("declared dead") != std::string::npos);
    the.say(sleeper + " frozen: even after " + std::to_string(took.count()) + " ms, longest pause " +
            std::to_string(longest.count()) + " ms; thawed it ends with " +
            std::to_string(code.value_or(-1)));
    the.house.add_node();
    the.balanced();
  }
  BOOST_TEST(the.lost() == 0);
  the.end();
}

BOOST_AUTO_TEST_SUITE_END()
