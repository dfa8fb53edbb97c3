#include "bench/contest/growth.hpp"
#include "bench/contest/verdicts.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>

using namespace frontrow::bench;

namespace {

cost_curve curve(const std::function<double(double)>& cost) {
  cost_curve made;
  for (const double size : {1e3, 1e4, 1e5, 1e6})
    made.emplace_back(size, cost(size));
  return made;
}

bool holds(const cost_curve& of) {
  return growth_power(of).value() <= growth_power_max;
}

} // namespace

BOOST_AUTO_TEST_SUITE(growth_test)

BOOST_AUTO_TEST_CASE(the_power_of_n_log_n_is_one_whatever_is_constant) {
  for (const double constant : {0.0, 1e3, 1e6})
    BOOST_TEST(std::abs(growth_power(curve([&](double n) { return constant + 3 * n_log_n(n); })).value() -
                        1) < 1e-6);
}

BOOST_AUTO_TEST_CASE(what_grows_no_faster_holds) {
  BOOST_TEST(holds(curve([](double) { return 40.0; })));
  BOOST_TEST(holds(curve([](double n) { return std::log(n); })));
  BOOST_TEST(holds(curve([](double n) { return n; })));
  BOOST_TEST(holds(curve([](double n) { return 1e5 + n; })));
}

BOOST_AUTO_TEST_CASE(what_grows_faster_is_found) {
  BOOST_TEST(!holds(curve([](double n) { return n * n; })));
  BOOST_TEST(!holds(curve([](double n) { return std::pow(n, 1.3); })));
  // Behind what everything costs anyway it is seen as soon as it is some times as much.
  BOOST_TEST(!holds(curve([](double n) { return 1e12 + 3 * n * n; })));
}

BOOST_AUTO_TEST_CASE(noise_on_a_flat_line_is_no_slope) {
  BOOST_TEST(holds({{1e3, 100}, {1e4, 95}, {1e5, 96}, {1e6, 110}}));
  BOOST_TEST(holds({{1e3, 100}, {1e4, 110}, {1e5, 90}, {1e6, 91}}));
  BOOST_TEST(holds({{64, 30.1}, {256, 30.2}, {1'024, 32}}));
}

BOOST_AUTO_TEST_CASE(two_sizes_are_no_curve) {
  BOOST_TEST(!growth_power({{1e3, 1}, {1e4, 1e9}}).has_value());
  BOOST_TEST(!growth_power({}).has_value());
}

BOOST_AUTO_TEST_CASE(an_operations_cost_counts_as_often_as_the_size_says) {
  const std::vector<growth_step> steps{{100, {{"µs", 2}, {"MiB", 7}}}, {10, {{"µs", 1}}}};
  const auto each = curve_of(steps, {"", "µs", growth_cost::of::each});
  BOOST_REQUIRE(each.size() == 2U);
  BOOST_TEST(each.front().second == 10);
  BOOST_TEST(each.back().second == 200);
  const auto whole = curve_of(steps, {"", "MiB", growth_cost::of::all});
  BOOST_REQUIRE(whole.size() == 1U);
  BOOST_TEST(whole.front().second == 7);
}

BOOST_AUTO_TEST_CASE(a_series_that_grows_too_fast_is_a_miss_and_a_wrong_one_no_figure) {
  standing series;
  series.system = "frontrow";
  series.scenario = "growth: accounts";
  series.a_second = 1;
  for (const double size : {1e3, 1e4, 1e5})
    series.growth.push_back({size, {{"µs serving a charge", size}, {"resident MiB", 50}}});
  const auto of = [&](const std::string& figure) {
    const auto all = verdicts_of({series});
    return *std::find_if(all.begin(), all.end(), [&](const auto& each) {
      return each.scenario == series.scenario && each.what.starts_with(figure);
    });
  };
  BOOST_TEST(of("µs serving").got.has_value());
  BOOST_TEST(!of("µs serving").holds());
  BOOST_TEST(of("resident MiB").holds());
  series.a_second = 0;
  BOOST_TEST(!of("resident MiB").got.has_value());
}

BOOST_AUTO_TEST_CASE(a_small_crowd_says_nothing_of_a_million) {
  standing crowd;
  crowd.system = "frontrow";
  crowd.scenario = "growth: people waiting";
  crowd.a_second = 1;
  crowd.extra["bytes each at rest"] = 150;
  crowd.growth = {{5e4, {}}};
  const auto of = [&] {
    const auto all = verdicts_of({crowd});
    return *std::find_if(all.begin(), all.end(),
                         [](const auto& each) { return each.scenario == "1,000,000 waiting"; });
  };
  BOOST_TEST(!of().got.has_value());
  crowd.growth.push_back({1e6, {}});
  BOOST_TEST(of().holds());
  crowd.extra["bytes each at rest"] = 201;
  BOOST_TEST(!of().holds());
}

BOOST_AUTO_TEST_SUITE_END()
