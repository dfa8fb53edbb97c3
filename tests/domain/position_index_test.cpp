#include "domain/position_index.hpp"
#include "domain/token_bucket.hpp"
#include "tests/domain/random_source.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <numeric>

using namespace frontrow::domain;
using frontrow::test::random_source;

BOOST_AUTO_TEST_SUITE(position_index_rules)

BOOST_AUTO_TEST_CASE(positions_count_those_who_wait_from_one) {
  position_index index(101);
  for (int i = 0; i < 5; ++i)
    index.append();
  for (place_number place = 101; place <= 105; ++place)
    BOOST_TEST(index.position(place) == place - 100);
  index.remove(102);
  index.append_gone();
  index.append();
  BOOST_TEST(index.position(101) == 1);
  BOOST_TEST(index.position(103) == 2);
  BOOST_TEST(index.position(107) == 5);
  BOOST_TEST(index.end() == 108);
  BOOST_TEST(index.position(100) == 0);
}

BOOST_AUTO_TEST_CASE(positions_are_those_of_a_plain_count_whatever_is_appended_removed_and_forgotten) {
  random_source chance("position_index");
  for (int round = 0; round < 20; ++round) {
    place_number base = chance.between(1, 1'000'000);
    position_index index(base);
    std::deque<int> waits; // from base on
    const std::int64_t growth = chance.between(2, 6);
    for (int step = 0; step < 5'000; ++step) {
      const auto size = static_cast<std::int64_t>(waits.size());
      if (size == 0 || chance.one_in(growth) || chance.one_in(2)) {
        const bool waiting = !chance.one_in(4);
        waiting ? index.append() : index.append_gone();
        waits.push_back(waiting ? 1 : 0);
      } else if (const auto i = chance.between(0, std::min<std::int64_t>(size, 500) - 1);
                 waits[static_cast<std::size_t>(i)]) {
        index.remove(base + i);
        waits[static_cast<std::size_t>(i)] = 0;
      }
      if (chance.one_in(50)) {
        while (!waits.empty() && waits.front() == 0) {
          waits.pop_front();
          ++base;
        }
        index.forget_before(base);
      }
      if (chance.one_in(10) && !waits.empty()) {
        const auto i = chance.between(0, static_cast<std::int64_t>(waits.size()) - 1);
        BOOST_REQUIRE_EQUAL(index.position(base + i),
                            std::accumulate(waits.begin(), waits.begin() + i + 1, 0));
      }
    }
    BOOST_REQUIRE_EQUAL(index.end(), base + static_cast<place_number>(waits.size()));
  }
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_costs_no_memory) {
  position_index index;
  for (place_number place = 1; place <= 1'000'000; ++place) {
    index.append();
    index.remove(place);
    index.forget_before(place + 1);
  }
  BOOST_TEST(index.memory_bytes() < 100'000U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(token_bucket_rules)

namespace {
constexpr instant noon{milliseconds{1'800'000'000'000}};
}

BOOST_AUTO_TEST_CASE(a_bucket_starts_full_and_fills_at_its_rate_to_its_brim) {
  const bucket_limits limits{3, 2};
  auto bucket = token_bucket::full(limits, noon);
  BOOST_TEST(!bucket.take_or_wait(noon, limits));
  BOOST_TEST(!bucket.take_or_wait(noon, limits));
  BOOST_TEST((bucket.take_or_wait(noon, limits) == milliseconds{334}));
  BOOST_TEST((bucket.take_or_wait(noon + milliseconds{333}, limits) == milliseconds{1}));
  BOOST_TEST(!bucket.take_or_wait(noon + milliseconds{334}, limits));
  BOOST_TEST(bucket.level() == 2); // 334 x 3 thousandths - 1000: nothing is lost to rounding
  BOOST_TEST(bucket.level_at(noon + std::chrono::hours{24 * 365 * 200}, limits) == 2000);
}

BOOST_AUTO_TEST_CASE(looking_often_fills_no_more_and_no_less) {
  const bucket_limits limits{7, 1000};
  token_bucket often(0, noon);
  for (int i = 1; i <= 1000; ++i)
    often.advance(noon + milliseconds{i}, limits);
  BOOST_TEST(often.level() == 7000);
}

BOOST_AUTO_TEST_CASE(time_that_runs_backwards_fills_nothing_twice) {
  const bucket_limits limits{1000, 10};
  token_bucket bucket(0, noon);
  bucket.advance(noon + milliseconds{2}, limits);
  bucket.advance(noon, limits);
  bucket.advance(noon + milliseconds{2}, limits);
  BOOST_TEST(bucket.level() == 2000);
  BOOST_TEST((bucket.at() == noon + milliseconds{2}));
  BOOST_TEST((bucket.take_or_wait(noon, limits, 3) == milliseconds{3}));
}

BOOST_AUTO_TEST_CASE(smaller_limits_spill_what_is_too_much) {
  auto bucket = token_bucket::full({1, 10}, noon);
  bucket.clamp({1, 4});
  BOOST_TEST(bucket.level() == 4000);
  BOOST_TEST((bucket.time_of(4, {1, 4}) == noon));
}

BOOST_AUTO_TEST_SUITE_END()
