// Nodes come and go on purpose, while tickets are sold: clients see a pause at most.
#include "cluster_case.hpp"

using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(cluster_moves)

BOOST_AUTO_TEST_CASE(four_nodes_join_and_three_drain_and_clients_see_but_a_pause) {
  cluster_case the("nodes join and drain", {.nodes = 1});
  the.people.begin();
  the.selling();
  the.people.take_longest();
  std::vector<std::string> names = the.house.living();
  for (int nodes = 2; nodes <= 4; ++nodes) {
    const auto claims = the.house.claims();
    names.push_back(the.house.add_node());
    const auto took = the.balanced();
    the.selling();
    // As few as possible move: what the new one has now.
    const auto moves = the.house.claims() - claims;
    BOOST_TEST(moves == the.house.shards_by_node()[names.back()]);
    the.say(std::to_string(nodes) + " nodes: even after " + std::to_string(took.count()) + " ms, " +
            std::to_string(moves) + " moves, longest pause " +
            std::to_string(the.people.take_longest().count()) + " ms");
  }
  for (int nodes = 3; nodes >= 1; --nodes) {
    const auto name = names.at(static_cast<std::size_t>(the.chance.between(0, nodes)));
    std::erase(names, name);
    const auto claims = the.house.claims();
    const auto owned = the.house.shards_by_node()[name];
    the.house.drain(name);
    const auto took = the.balanced({name});
    BOOST_TEST(the.house.claims() - claims == owned);
    BOOST_TEST(the.house.terminate(name).value_or(-1) == 0);
    the.balanced();
    the.selling();
    the.say(name + " drained: " + std::to_string(nodes) + " nodes, even after " +
            std::to_string(took.count()) + " ms, " + std::to_string(owned) + " moves, longest pause " +
            std::to_string(the.people.take_longest().count()) + " ms");
  }
  BOOST_TEST(the.people.seen().unavailable == 0);
  BOOST_TEST(the.lost() == 0);
  the.end();
}

BOOST_AUTO_TEST_CASE(a_node_told_to_stop_hands_its_shards_over_and_no_client_sees_an_error) {
  cluster_case the("SIGTERM under load");
  the.balanced();
  the.people.begin();
  the.selling();
  for (int round = 1; round <= rounds(2); ++round) {
    const auto names = the.house.living();
    // The first time the leader, as its end is the hardest.
    const auto name = round == 1 ? the.leader() : names[static_cast<std::size_t>(the.chance.between(0, 2))];
    BOOST_TEST(the.house.terminate(name).value_or(-1) == 0, name << " does not end well");
    the.balanced();
    the.selling();
    BOOST_TEST(the.people.seen().unavailable == 0, name);
    BOOST_TEST(the.lost() == 0);
    the.say(name + " was told to stop: longest pause " + std::to_string(the.people.take_longest().count()) +
            " ms");
    the.house.add_node();
    the.balanced();
  }
  the.end();
}

BOOST_AUTO_TEST_SUITE_END()
