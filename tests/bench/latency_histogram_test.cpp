#include "bench/load/latency_histogram.hpp"
#include "tests/system/seeded_chance.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

using frontrow::bench::latency_histogram;

BOOST_AUTO_TEST_SUITE(latency_histogram_test)

BOOST_AUTO_TEST_CASE(an_empty_one_has_no_latencies) {
  const latency_histogram none;
  BOOST_TEST(none.count() == 0U);
  BOOST_TEST(none.percentile(0.99) == 0U);
  BOOST_TEST(none.max() == 0U);
}

BOOST_AUTO_TEST_CASE(percentiles_below_two_milliseconds_are_exact) {
  latency_histogram of;
  for (std::uint64_t value = 1; value <= 100; ++value)
    of.record(value);
  BOOST_TEST(of.percentile(0) == 1U);
  BOOST_TEST(of.percentile(0.01) == 1U);
  BOOST_TEST(of.percentile(0.5) == 50U);
  BOOST_TEST(of.percentile(0.99) == 99U);
  BOOST_TEST(of.percentile(0.991) == 100U);
  BOOST_TEST(of.percentile(1) == 100U);
}

BOOST_AUTO_TEST_CASE(the_share_below_is_counted_in_turns_not_in_values) {
  latency_histogram of;
  of.record(10, 999);
  of.record(5'000'000);
  BOOST_TEST(of.percentile(0.5) == 10U);
  BOOST_TEST(of.percentile(0.999) == 10U);
  BOOST_TEST(of.percentile(0.9991) == 5'000'000U);
  BOOST_TEST(of.count() == 1'000U);
}

BOOST_AUTO_TEST_CASE(any_value_is_kept_within_a_thousandth) {
  for (const std::uint64_t value : {0ULL, 1ULL, 2'047ULL, 2'048ULL, 2'049ULL, 4'095ULL, 4'096ULL, 60'000'000ULL,
                                    3'600'000'000ULL, (1ULL << 62) + 12'345}) {
    latency_histogram of;
    of.record(value);
    of.record(value * 2 + 1); // so that the largest value does not correct the answer
    const auto told = of.percentile(0.5);
    BOOST_TEST(told >= value);
    BOOST_TEST(static_cast<double>(told - value) <= static_cast<double>(value) / 1'024);
  }
}

BOOST_AUTO_TEST_CASE(percentiles_are_those_of_the_sorted_values) {
  frontrow::test::seeded_chance chance{"percentiles_are_those_of_the_sorted_values"};
  latency_histogram of;
  std::vector<std::uint64_t> values;
  for (int nth = 0; nth < 20'000; ++nth) {
    const auto value = static_cast<std::uint64_t>(chance.between(1, 1LL << chance.between(1, 34)));
    values.push_back(value);
    of.record(value);
  }
  std::sort(values.begin(), values.end());
  for (const double share : {0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = std::max<std::size_t>(static_cast<std::size_t>(std::ceil(share * 20'000.0)), 1);
    const auto exact = values[rank - 1];
    BOOST_TEST(of.percentile(share) >= exact);
    BOOST_TEST(static_cast<double>(of.percentile(share)) <= static_cast<double>(exact) * (1 + 1.0 / 1'024));
  }
  BOOST_TEST(of.max() == values.back());
}

BOOST_AUTO_TEST_CASE(two_added_are_as_one_that_saw_all) {
  latency_histogram one, other, both;
  for (std::uint64_t value = 1; value < 1'000'000; value = value * 3 / 2 + 1) {
    (value % 2 == 0 ? one : other).record(value);
    both.record(value);
  }
  one.add(other);
  BOOST_TEST(one.count() == both.count());
  BOOST_TEST(one.max() == both.max());
  for (const double share : {0.1, 0.5, 0.9, 0.99, 1.0})
    BOOST_TEST(one.percentile(share) == both.percentile(share));
}

BOOST_AUTO_TEST_SUITE_END()
