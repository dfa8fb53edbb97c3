#include "bench/load/statistics.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

using namespace frontrow::bench;

BOOST_AUTO_TEST_SUITE(statistics_test)

BOOST_AUTO_TEST_CASE(the_median_is_the_middle_whatever_the_order) {
  BOOST_TEST(median({}) == 0);
  BOOST_TEST(median({7}) == 7);
  BOOST_TEST(median({9, 1, 5}) == 5);
  BOOST_TEST(median({4, 1, 3, 2}) == 2.5);
}

BOOST_AUTO_TEST_CASE(a_spread_names_the_ends) {
  const auto of = spread_of({30, 10, 20});
  BOOST_TEST(of.median == 20);
  BOOST_TEST(of.least == 10);
  BOOST_TEST(of.most == 30);
  BOOST_TEST(spread_of({}).most == 0);
}

BOOST_AUTO_TEST_CASE(growth_is_the_power_of_the_size) {
  const std::vector<double> sizes{10, 100, 1'000, 10'000};
  std::vector<double> flat, linear, square, n_log_n;
  for (const auto n : sizes) {
    flat.push_back(5);
    linear.push_back(3 * n);
    square.push_back(n * n);
    n_log_n.push_back(n * std::log(n));
  }
  BOOST_TEST(growth_exponent(sizes, flat) == 0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(growth_exponent(sizes, linear) == 1, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(growth_exponent(sizes, square) == 2, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(growth_exponent(sizes, n_log_n) > 1);
  BOOST_TEST(growth_exponent(sizes, n_log_n) < 1.3);
  BOOST_TEST(growth_exponent({10}, {1}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
