// Looking inside from any node, and strangers who are not let in.
#include "cluster_case.hpp"
#include "raw_connection.hpp"

#include <set>

using namespace frontrow::test;
using namespace std::chrono_literals;

namespace {

http_answer charge(cluster_deployment& house, const person& someone) {
  http_client front(house.port_of_front(0));
  return front.ask(someone.charge(700, "charge"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_inspection)

BOOST_AUTO_TEST_CASE(one_node_answers_for_the_actors_of_all) {
  cluster_deployment house;
  BOOST_TEST_REQUIRE(house.wait_balanced().has_value());
  std::vector<person> crowd(40);
  for (const auto& someone : crowd)
    must(201, charge(house, someone));
  std::set<std::string> owners;
  for (const auto& name : house.living()) {
    const auto shards = must(200, house.ask_node(name, "GET", "/admin/v1/shards"));
    BOOST_TEST(shards.at("shards").size() == 256u);
    BOOST_TEST(shards.at("unanswered").empty(), shards.at("unanswered").dump());
    BOOST_TEST(shards.at("unansweredNodes").empty());
    for (const auto& shard : shards.at("shards")) {
      BOOST_TEST(shard.at("state") == "OWNED");
      owners.insert(shard.at("owner"));
    }
    const auto nodes = must(200, house.ask_node(name, "GET", "/admin/v1/cluster"));
    BOOST_TEST(nodes.at("nodes").size() == 5u);
    std::set<std::int64_t> found;
    const auto actors = must(200, house.ask_node(name, "GET", "/admin/v1/actors?kind=account&limit=1000"));
    for (const auto& actor : actors.at("actors"))
      found.insert(actor.at("id").get<std::int64_t>());
    for (const auto& someone : crowd) {
      BOOST_TEST(found.contains(someone.user));
      const auto path = "/admin/v1/actors/account/" + std::to_string(someone.user);
      const auto state = must(200, house.ask_node(name, "GET", path));
      BOOST_TEST(state.at("version") == 1);
      BOOST_TEST(state.dump().find("700") != std::string::npos);
      BOOST_TEST(must(200, house.ask_node(name, "GET", path + "/events")).at("events").size() == 1u);
      BOOST_TEST(must(200, house.ask_node(name, "GET", path + "?version=1")).at("version") == 1);
    }
  }
  BOOST_TEST(owners.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_answer_is_named_and_waited_for_no_longer_than_a_request_may_take) {
  // A lease so long that nobody takes over meanwhile.
  cluster_deployment house({.options = {"--cluster.lease-ms=60000"}});
  BOOST_TEST_REQUIRE(house.wait_balanced().has_value());
  std::vector<person> crowd(30);
  for (const auto& someone : crowd)
    must(201, charge(house, someone));
  const auto names = house.living();
  const auto id = house.id_of(names[2]);
  house.freeze(names[2]);
  for (const auto* target : {"/admin/v1/shards", "/admin/v1/actors?kind=account"}) {
    const auto began = std::chrono::steady_clock::now();
    const auto told = must(200, house.ask_node(names[0], "GET", target));
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    BOOST_TEST((told.at("unansweredNodes") == json::array({id})), told.at("unansweredNodes").dump());
    BOOST_TEST(!told.at("unanswered").empty());
    BOOST_TEST_MESSAGE(target << " with a frozen node took " << took.count() << " ms");
    std::cout << target << " with a frozen node took " << took.count() << " ms" << std::endl;
  }
  // Those of the other nodes are there.
  for (const auto& someone : crowd) {
    const auto shard = house.number("select shard from journal where kind = 'account' and entity = " +
                                    std::to_string(someone.user));
    const auto entry =
        house.query("select number from shard join node on owner_node = number where name = '" + names[2] +
                    "' and shard = " + std::to_string(shard));
    if (!entry.empty())
      continue;
    const auto path = "/admin/v1/actors/account/" + std::to_string(someone.user);
    BOOST_TEST(must(200, house.ask_node(names[0], "GET", path)).at("version") == 1);
  }
  must(200, house.ask_node(names[0], "GET", "/admin/v1/cluster"));
  house.thaw(names[2]);
  BOOST_TEST(house.wait_until([&] {
    const auto told = house.ask_node(names[0], "GET", "/admin/v1/shards");
    return told.status == 200 && told.document().at("unansweredNodes").empty();
  }));
}

BOOST_AUTO_TEST_CASE(a_stranger_at_the_link_port_and_a_node_of_another_cluster_are_refused) {
  cluster_case the("strangers");
  the.balanced();
  the.people.begin();
  the.selling();
  const auto now = the.house.status();
  std::vector<raw_connection> strangers;
  for (const auto& node : now.at("nodes")) {
    const std::string address = node.at("address");
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    for (int kind = 0; kind < 6; ++kind) {
      auto& stranger = strangers.emplace_back(port);
      std::string words = kind == 0 ? "GET / HTTP/1.1\r\nHost: x\r\n\r\n" : "";
      for (int at = 0; kind > 0 && at < 64 * kind * kind; ++at)
        words.push_back(static_cast<char>(the.chance.between(kind % 2 == 0 ? 0 : 128, 255)));
      stranger.send(words);
      if (kind == 5)
        stranger.reset();
    }
  }
  the.selling();
  const auto other = run_to_end(the.house.command({"--cluster.name=another", "--node.name=stranger"}), 30s);
  BOOST_TEST(other.exit_code == 1);
  the.say("a node of another cluster: " + other.errors);
  BOOST_TEST(other.errors.find("was born for cluster 'frontrow'") != std::string::npos, other.errors);
  const auto after = the.house.status();
  BOOST_TEST(after.at("nodes").size() == 5u);
  the.balanced();
  the.selling();
  BOOST_TEST(the.people.seen().unavailable == 0);
  BOOST_TEST(the.lost() == 0);
  the.end();
}

BOOST_AUTO_TEST_SUITE_END()
