// kill -9 of whatever there is, while tickets are sold.
#include "cluster_case.hpp"

using namespace frontrow::test;

namespace {

/// All is served again, by those who live.
void recover(cluster_case& the, const std::string& what) {
  const auto took = the.balanced();
  the.selling();
  the.say(what + ": even again after " + std::to_string(took.count()) + " ms, longest pause " +
          std::to_string(the.people.take_longest().count()) + " ms");
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_kills)

BOOST_AUTO_TEST_CASE(shard_nodes_killed_one_after_the_other_cost_nothing_but_time) {
  cluster_case the("kill -9 of shard nodes");
  the.balanced();
  the.people.begin();
  the.selling();
  for (int round = 1; round <= rounds(10); ++round) {
    // At any moment of the sale.
    the.people.wait_for_more(the.chance.between(1, 300));
    const auto leads = the.house.leader();
    const auto name = round % 3 == 0 ? the.leader() : the.any_follower();
    the.house.kill(name);
    recover(the, name + (name == leads ? ", the leader, killed" : " killed"));
    the.house.add_node();
    the.balanced();
    BOOST_TEST_REQUIRE(the.lost() == 0);
  }
  the.end();
}

BOOST_AUTO_TEST_CASE(two_of_four_nodes_killed_at_once_cost_nothing_but_time) {
  cluster_case the("kill -9 of two at once", {.nodes = 4});
  the.balanced();
  the.people.begin();
  the.selling();
  for (int round = 1; round <= rounds(2); ++round) {
    the.people.wait_for_more(the.chance.between(1, 300));
    const auto one = round % 2 == 1 ? the.leader() : the.any_follower();
    auto others = the.house.living();
    std::erase(others, one);
    const auto other = others.at(static_cast<std::size_t>(the.chance.between(0, std::ssize(others) - 1)));
    the.house.kill_both(one, other);
    recover(the, one + " and " + other + " killed");
    the.house.add_nodes(2);
    the.balanced();
  }
  BOOST_TEST(the.lost() == 0);
  the.end();
}

BOOST_AUTO_TEST_CASE(a_front_killed_is_survived_by_using_another) {
  cluster_case the("kill -9 of a front");
  the.balanced();
  the.people.begin();
  the.selling();
  the.people.wait_for_more(the.chance.between(1, 300));
  the.house.kill(the.house.name_of_front(0));
  for (int count = 0; count < 3; ++count)
    the.selling();
  auto seen = the.people.seen();
  BOOST_TEST(seen.lost[the.house.port_of_front(1)] == 0);
  BOOST_TEST(seen.unavailable == 0);
  the.say("longest pause " + std::to_string(the.people.take_longest().count()) + " ms");
  the.end();
}

BOOST_AUTO_TEST_CASE(the_old_and_the_new_owner_killed_in_the_middle_of_a_move_cost_nothing_but_time) {
  cluster_case the("kill -9 in the middle of moves", with_two_writers);
  the.balanced();
  the.people.begin();
  the.selling();
  for (int round = 1; round <= rounds(6); ++round) {
    auto names = the.house.living();
    const auto at = static_cast<std::size_t>(the.chance.between(0, 2));
    const auto leaving = names[at];
    // Half of the shards that leave go to each of the others: either is a new owner.
    const auto victim = round % 2 == 1 ? leaving : names[(at + 1) % 3];
    const auto claims = the.house.claims();
    const auto moved = the.chance.between(0, 60);
    the.house.drain(leaving);
    the.house.wait_until([&] { return the.house.claims() >= claims + moved; });
    the.house.kill(victim);
    const std::vector<std::string> but =
        victim == leaving ? std::vector<std::string>{} : std::vector{leaving};
    const auto took = the.balanced(but);
    the.selling();
    the.say(leaving + " leaves, " + victim + " killed after " + std::to_string(moved) +
            " moves: even after " + std::to_string(took.count()) + " ms, longest pause " +
            std::to_string(the.people.take_longest().count()) + " ms");
    if (victim != leaving)
      BOOST_TEST(the.house.terminate(leaving).value_or(-1) == 0);
    the.house.add_nodes(victim == leaving ? 1 : 2);
    the.balanced();
  }
  BOOST_TEST(the.lost() == 0);
  the.end();
}

BOOST_AUTO_TEST_SUITE_END()
