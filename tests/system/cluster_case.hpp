#pragma once

#include "box_office.hpp"
#include "cluster_buyers.hpp"
#include "cluster_deployment.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

namespace frontrow::test {

/// So many repetitions, or FRONTROW_CLUSTER_ROUNDS if that is more.
inline int rounds(int standard) {
  const char* given = std::getenv("FRONTROW_CLUSTER_ROUNDS");
  return std::max(standard, given != nullptr ? std::atoi(given) : 0);
}

/// By default a process has one writer of its journal: faults must also meet those that have more, each with
/// some of the shards.
inline const cluster_shape with_two_writers{.options = {"--journal.connections=2"}};

/// What a test of the cluster consists of: the cluster, people who buy there all the time, a fault, and at
/// the end what must hold whatever the fault was.
struct cluster_case {
  explicit cluster_case(const std::string& name_, cluster_shape shape = {})
      : name(name_), chance(name_), house(std::move(shape)),
        people(house, static_cast<std::uint64_t>(chance.between(1, 1'000'000'000))) {}

  ~cluster_case() {
    if (test_has_failed())
      BOOST_TEST_MESSAGE(house.error_logs());
  }

  /// Every shard where it belongs; how long that took.
  std::chrono::milliseconds balanced(const std::vector<std::string>& but = {}) {
    auto took = house.wait_balanced(but);
    if (!took)
      BOOST_FAIL("the shards are not even: " << json(house.shards_by_node()).dump());
    return *took;
  }

  /// Any living node but the leader.
  std::string any_follower() {
    auto names = house.living();
    std::erase(names, house.leader());
    return names.at(static_cast<std::size_t>(chance.between(0, std::ssize(names) - 1)));
  }
  /// The leader; any node while a front leads.
  std::string leader() {
    const auto leads = house.leader();
    return leads.empty() ? any_follower() : leads;
  }

  /// Buyers get answers again: at least two each on average.
  void selling() {
    if (!people.wait_for_more(80))
      BOOST_FAIL("nobody gets an answer: " << people.summary());
  }

  void say(const std::string& what) { std::cout << name << ": " << what << std::endl; }

  /// Everybody got what they were told, and the journal keeps its promises.
  void end() {
    const auto& complaints = people.end_and_check();
    constexpr std::size_t shown_max = 20;
    for (std::size_t at = 0; at < std::min(complaints.size(), shown_max); ++at)
      BOOST_ERROR(complaints[at]);
    BOOST_TEST(complaints.size() == 0u);
    BOOST_TEST(people.seen().purchases > 0);
    const auto complaint = house.audit_complaint();
    BOOST_TEST(!complaint.has_value(), "audit: " << complaint.value_or(""));
    // Nobody writes behind a newer owner: along every actor's versions the epoch never falls.
    BOOST_TEST(house.number(
                   "select count(*) from (select epoch < lag(epoch) over (partition by kind, entity order by "
                   "version) as falls from journal) as rows where falls") == 0);
    say(people.summary());
  }

  std::int64_t lost() const {
    std::int64_t all = 0;
    for (const auto& [front, count] : people.seen().lost)
      all += count;
    return all;
  }

  std::string name;
  seeded_chance chance;
  cluster_deployment house;
  cluster_buyers people;
};

} // namespace frontrow::test
