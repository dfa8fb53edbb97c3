#include "bench/load/statistics.hpp"

#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_SUITE_END()
