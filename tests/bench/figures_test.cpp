#include "bench/contest/figures.hpp"
#include "bench/contest/verdicts.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace frontrow::bench;

namespace {

figures run(const std::string& system, const std::string& scenario, double a_second) {
  figures made;
  made.system = system;
  made.scenario = scenario;
  made.a_second = a_second;
  made.percentile_ms["99"] = 1'000 / std::max(a_second, 1.0);
  made.serving_micros = 10;
  return made;
}

const verdict& find(const std::vector<verdict>& all, const std::string& scenario, const std::string& what) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) {
    return each.scenario == scenario && each.what.find(what) != std::string::npos;
  });
  BOOST_REQUIRE((found != all.end()));
  return *found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(figures_test)

BOOST_AUTO_TEST_CASE(a_standing_is_the_median_of_its_rounds) {
  const auto all = standings_of({run("a", "join", 10), run("b", "join", 5), run("a", "join", 30), run("a", "join", 20),
                                 run("a", "poll", 1)});
  BOOST_REQUIRE(all.size() == 3U);
  BOOST_TEST(all[0].system == "a");
  BOOST_TEST(all[0].rounds == 3);
  BOOST_TEST(all[0].a_second == 20);
  BOOST_TEST(all[0].a_second_least == 10);
  BOOST_TEST(all[0].a_second_most == 30);
  BOOST_TEST(all[2].scenario == "poll");
}

BOOST_AUTO_TEST_CASE(a_wrong_run_counts_as_zero_and_its_latencies_not_at_all) {
  auto wrong = run("a", "join", 0);
  wrong.wrong = "a seat twice";
  wrong.percentile_ms["99"] = 0.001;
  const auto all = standings_of({run("a", "join", 10), wrong, wrong});
  BOOST_TEST(all.front().a_second == 0);
  BOOST_TEST(all.front().wrong == "a seat twice");
  BOOST_TEST(all.front().percentile("99") == 100);
}

BOOST_AUTO_TEST_CASE(ratios_are_to_the_best_of_the_others) {
  const std::string spread = "hold-spread 10,000 seats";
  const auto all = verdicts_of(standings_of({run("frontrow", spread, 8'000), run("node/conditional", spread, 5'000),
                                             run("node+checks/conditional", spread, 1'900),
                                             run("node+checks/pessimistic", spread, 1'000)}));
  const auto& bare = find(all, "hold-spread", "bare conditional");
  BOOST_TEST(bare.got.value() == 1.6);
  BOOST_TEST(!bare.holds());
  const auto& checked = find(all, "hold-spread", "same checks");
  BOOST_TEST(checked.got.value() == 8'000.0 / 1'900);
  BOOST_TEST(checked.holds());
  const auto& latency = find(all, "hold-spread", "p99 to theirs, 64");
  BOOST_TEST(latency.holds()); // a quarter
}

BOOST_AUTO_TEST_CASE(polls_over_many_connections_may_lose_a_fifth_of_what_is_wanted_over_a_thousand) {
  const std::string many = "poll 10,000 connections";
  const auto told_of = [&](double ours) {
    return verdicts_of(
        standings_of({run("frontrow", "poll 1,000 connections", 100'000), run("frontrow", many, ours),
                      run("nginx", many, 100'000), run("node/conditional", many, 30'000)}));
  };
  for (const auto* what : {"rate to nginx's constant, many", "rate to Redis behind Node, bare, many"}) {
    BOOST_TEST(find(told_of(49'000), "poll", what).holds());
    BOOST_TEST(!find(told_of(47'000), "poll", what).holds());
  }
  BOOST_TEST(!find(told_of(79'000), "poll", "to that at 1,000").holds());
  BOOST_TEST(find(told_of(81'000), "poll", "to that at 1,000").holds());
}

BOOST_AUTO_TEST_CASE(a_ratio_is_the_median_of_its_rounds_own) {
  std::vector<figures> all;
  const double ours[] = {300, 100, 1'000}, theirs[] = {100, 40, 50}; // the medians' ratio would be 6
  for (const auto round : {0, 1, 2}) {
    all.push_back(run("frontrow", "charge-hot", ours[round]));
    all.push_back(run("node/conditional", "charge-hot", theirs[round]));
    all[all.size() - 2].round = all.back().round = round + 1;
  }
  BOOST_TEST(find(verdicts_of(standings_of(all)), "charge-hot", "to Node's").got.value() == 3);
  all[2].a_second = 0; // a wrong round of ours counts as nothing, not at all does one of theirs
  all[2].wrong = "lost";
  all[5].wrong = "lost";
  all[5].a_second = 0;
  BOOST_TEST(find(verdicts_of(standings_of(all)), "charge-hot", "to Node's").got.value() == 1.5);
}

BOOST_AUTO_TEST_CASE(one_right_round_does_not_make_up_for_two_wrong_ones) {
  const std::string spread = "hold-spread 10,000 seats";
  const auto rounds_of = [&](const std::string& system, bool mostly_wrong, double a_second) {
    std::vector<figures> made(3, run(system, spread, a_second));
    for (const auto round : {0, 1, 2}) {
      auto& each = made[static_cast<std::size_t>(round)];
      each.round = round + 1;
      if (mostly_wrong && round > 0) {
        each.wrong = "lost";
        each.a_second = 0;
      }
    }
    return made;
  };
  for (const auto ours_wrong : {true, false}) {
    auto all = rounds_of("frontrow", ours_wrong, 100'000);
    const auto theirs = rounds_of("node+checks/conditional", !ours_wrong, 100);
    all.insert(all.end(), theirs.begin(), theirs.end());
    const auto told = verdicts_of(standings_of(all));
    BOOST_TEST(!find(told, "hold-spread", "same checks").holds());
    BOOST_TEST(!find(told, "hold-spread", "p99 to theirs, 64").holds());
  }
}

BOOST_AUTO_TEST_CASE(what_was_not_measured_neither_holds_nor_is_zero) {
  const auto all = verdicts_of({});
  for (const auto& each : all) {
    BOOST_TEST(!each.got.has_value());
    BOOST_TEST(!each.holds());
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_run_of_ours_is_a_miss_and_one_of_theirs_no_win) {
  auto wrong = run("", "charge-hot", 0);
  wrong.wrong = "lost";
  auto ours = wrong, theirs = wrong;
  ours.system = "frontrow";
  theirs.system = "node/conditional";
  const auto lost = verdicts_of(standings_of({ours, run("node/conditional", "charge-hot", 100)}));
  BOOST_TEST(find(lost, "charge-hot", "to Node's").got.value() == 0);
  const auto void_win = verdicts_of(standings_of({run("frontrow", "charge-hot", 100), theirs}));
  BOOST_TEST(!find(void_win, "charge-hot", "to Node's").got.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
