#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include <boost/test/unit_test.hpp>

#include "cluster/placement.hpp"

using namespace frontrow::cluster;

namespace {

std::map<node_number, std::int64_t> counts(const std::vector<node_number>& placed) {
  std::map<node_number, std::int64_t> result;
  for (const auto node : placed)
    ++result[node];
  return result;
}

std::int64_t moves(const std::vector<node_number>& from, const std::vector<node_number>& to) {
  std::int64_t sum = 0;
  for (std::size_t shard = 0; shard < from.size(); ++shard)
    sum += from[shard] != to[shard];
  return sum;
}

/// The fewest that any placement with these shares may move: what nobody holds, and what exceeds the shares, when those
/// with the most get the larger shares.
std::int64_t fewest_moves(const std::vector<shard_host>& hosts, const std::vector<node_number>& present) {
  const auto shards = static_cast<std::int64_t>(present.size());
  std::int64_t weights = 0;
  for (const auto& each : hosts)
    weights += each.weight;
  const auto have = counts(present);
  std::int64_t left = shards, above = 0, kept = 0;
  for (const auto& each : hosts) {
    const auto floor = shards * each.weight / weights;
    left -= floor;
    const auto found = have.find(each.node);
    const auto has = found == have.end() ? 0 : found->second;
    kept += std::min(has, floor);
    above += has > floor && shards * each.weight % weights != 0;
  }
  return shards - kept - std::min(above, left);
}

unsigned seed() {
  const auto* given = std::getenv("FRONTROW_SEED");
  return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
}

} // namespace

BOOST_AUTO_TEST_SUITE(placement)

BOOST_AUTO_TEST_CASE(without_hosts_nobody_gets_anything) {
  BOOST_TEST((place({}, {1, 2, 0}) == std::vector<node_number>{0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(one_host_gets_all_and_a_second_one_takes_half_of_them) {
  const std::vector<node_number> nowhere(256, 0);
  const auto alone = place({{7, 1}}, nowhere);
  BOOST_TEST(counts(alone)[7] == 256);
  const auto both = place({{7, 1}, {9, 1}}, alone);
  BOOST_TEST(counts(both)[7] == 128);
  BOOST_TEST(counts(both)[9] == 128);
  BOOST_TEST(moves(alone, both) == 128);
}

BOOST_AUTO_TEST_CASE(a_host_of_twice_the_weight_gets_twice_the_shards) {
  const auto placed = place({{1, 1}, {2, 2}}, std::vector<node_number>(9, 0));
  BOOST_TEST(counts(placed)[1] == 3);
  BOOST_TEST(counts(placed)[2] == 6);
}

BOOST_AUTO_TEST_CASE(what_is_on_a_node_that_may_not_host_goes_elsewhere_and_nothing_else_moves) {
  const std::vector<node_number> present{1, 1, 2, 2, 3, 3};
  const auto placed = place({{1, 1}, {2, 1}}, present);
  BOOST_TEST(moves(present, placed) == 2);
  BOOST_TEST(counts(placed)[1] == 3);
  BOOST_TEST(counts(placed)[2] == 3);
}

BOOST_AUTO_TEST_CASE(through_thousands_of_random_histories_it_is_balanced_stable_and_moves_the_fewest) {
  const auto from = seed();
  BOOST_TEST_MESSAGE("FRONTROW_SEED=" << from);
  std::mt19937 chance{from};
  const auto up_to = [&](int most) { return static_cast<int>(chance() % static_cast<unsigned>(most + 1)); };
  for (int history = 0; history < 2'000; ++history) {
    std::vector<node_number> present(static_cast<std::size_t>(1 + up_to(64)), 0);
    std::map<node_number, shard_host> nodes;
    node_number next = 1;
    for (int step = 0; step < 8; ++step) {
      if (nodes.empty() || up_to(2) > 0)
        nodes[next] = {next, 1 + up_to(3)}, ++next;
      else
        nodes.erase(std::next(nodes.begin(), up_to(static_cast<int>(nodes.size()) - 1)));
      std::vector<shard_host> hosts;
      std::int64_t weights = 0;
      for (const auto& [number, host] : nodes) {
        hosts.push_back(host);
        weights += host.weight;
      }
      const auto placed = place(hosts, present);
      std::shuffle(hosts.begin(), hosts.end(), chance);
      BOOST_REQUIRE((place(hosts, present) == placed));  // whatever the order of the hosts
      if (!hosts.empty()) {
        auto has = counts(placed);
        for (const auto& host : hosts) {
          const auto fair = static_cast<std::int64_t>(present.size()) * host.weight;
          BOOST_REQUIRE_GE(has[host.node], fair / weights);
          BOOST_REQUIRE_LE(has[host.node], (fair + weights - 1) / weights);
        }
        BOOST_REQUIRE_EQUAL(moves(present, placed), fewest_moves(hosts, present));
        BOOST_REQUIRE((place(hosts, placed) == placed)); // and then it stays
      }
      present = placed;
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
