// Cut cables: between nodes, and between a node and PostgreSQL, one way and both ways.
#include "cluster_case.hpp"
#include "cluster_network.hpp"

#include <fstream>
#include <functional>

using namespace frontrow::test;
using namespace std::chrono_literals;

namespace {

boost::test_tools::assertion_result networks_can_be_cut(boost::unit_test::test_unit_id) {
  const auto obstacle = cluster_network::obstacle();
  boost::test_tools::assertion_result possible(obstacle.empty());
  possible.message() << obstacle;
  if (!obstacle.empty())
    std::cout << "cut cables: SKIPPED, because " << obstacle << std::endl;
  return possible;
}

/// A database server at an address of the network.
struct networked_server {
  explicit networked_server(const cluster_network& network)
      : server({"listen_addresses=" + network.database_address()}),
        url("host=" + network.database_address() + " port=5432 user=frontrow dbname=frontrow") {
    std::ofstream access(server.folder() / "postgres" / "pg_hba.conf", std::ios::app);
    access << "host all all " << network.all_addresses() << " trust\n";
    access.close();
    server.query(server.url(), "select pg_reload_conf()");
  }
  postgres_server server;
  std::string url;
};

/// Of the node at the cable's end, for the cluster.
enum class fate { dies, lives };

struct cable {
  std::string name;
  std::function<void()> cut;
  fate node;
};

/// The cable is cut and mended; `victim` is the node at its end.
void live_through(cluster_case& the, cluster_network& network, const cable& broken,
                  const std::string& victim) {
  const auto dead = "select count(*) from node where left_at is not null and name = '" + victim + "'";
  // Past the lease, a link's silence and holding back.
  const auto until = std::chrono::steady_clock::now() + 5s;
  the.people.take_longest();
  broken.cut();
  if (broken.node == fate::dies) {
    BOOST_TEST(the.house.wait_until([&] { return the.house.number(dead) == 1; }),
               "nobody notices that " << victim << " is cut off");
    // The others serve all of it meanwhile.
    const auto served = "select count(*) from shard join node on number = owner_node where left_at is null";
    BOOST_TEST(the.house.wait_until([&] { return the.house.number(served) == cluster_deployment::shards; }));
    the.selling();
  } else {
    BOOST_TEST(the.house.wait_until([&] { return std::chrono::steady_clock::now() > until; }));
  }
  network.heal();
  if (broken.node == fate::dies)
    BOOST_TEST(the.house.wait_for_end(victim, 30s).value_or(0) != 0, victim << " does not leave");
  else
    BOOST_TEST(the.house.number(dead) == 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_cuts)

BOOST_AUTO_TEST_CASE(cut_cables_cost_nothing_but_time, *boost::unit_test::precondition(networks_can_be_cut)) {
  cluster_network network;
  networked_server database(network);
  cluster_case the("cut cables",
                   {.nodes = 1,
                    .options = {"--cluster.address=" + network.home_address(), "--cluster.allow-plaintext"},
                    .database_url = database.url});
  const auto here = network.add_place();
  const auto there = network.add_place();
  std::map<std::string, std::string> names;
  for (const auto& address : {here, there})
    names[address] = the.house.add_node(network.terms_of(address));
  the.balanced();
  the.people.begin();
  the.selling();

  const auto home = network.home_address();
  const auto postgres = network.database_address();
  const std::vector<cable> cables{
      {"a node and everybody else", [&] { network.unplug(here); }, fate::dies},
      {"a node to PostgreSQL, one way", [&] { network.cut(here, postgres); }, fate::dies},
      {"PostgreSQL to a node, one way", [&] { network.cut(postgres, here); }, fate::dies},
      {"two nodes, both ways",
       [&] {
         network.cut(here, there);
         network.cut(there, here);
       },
       fate::lives},
      {"one node to another, one way", [&] { network.cut(here, there); }, fate::lives},
      {"fronts to a node, one way", [&] { network.cut(home, here); }, fate::lives}};
  for (const auto& each : cables)
    BOOST_TEST_CONTEXT("cut between " << each.name) {
      live_through(the, network, each, names[here]);
      if (each.node == fate::dies)
        names[here] = the.house.add_node(network.terms_of(here));
      the.balanced();
      the.selling();
      the.say("between " + each.name + ": longest pause " +
              std::to_string(the.people.take_longest().count()) + " ms, " +
              std::to_string(the.people.seen().unavailable) + " times 503 so far");
    }
  BOOST_TEST(the.lost() == 0);
  the.end();
}

BOOST_AUTO_TEST_SUITE_END()
