#include "actors/answer_times.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>

using namespace frontrow::actors;
using namespace std::chrono_literals;

namespace {

const answer_sample::steady_time start{1'000s};

frontrow::cluster::return_address someone(std::uint64_t correlation) { return {1, 1, correlation}; }

std::int64_t all(const answer_times& times) {
  const auto counted = times.counted();
  return std::accumulate(counted.begin(), counted.end(), std::int64_t{0});
}

} // namespace

BOOST_AUTO_TEST_SUITE(answer_times_and_their_samples)

BOOST_AUTO_TEST_CASE(a_time_is_counted_where_it_belongs_and_a_bound_belongs_to_what_is_below_it) {
  answer_times times;
  for (const auto took : {200us, 201us, 3'000us, 5'000'000us, 5'000'001us})
    times.note(took);
  const auto counted = times.counted();
  BOOST_TEST(counted.at(0) == 1);  // up to 0.2 ms
  BOOST_TEST(counted.at(1) == 1);  // up to 0.5 ms
  BOOST_TEST(counted.at(4) == 1);  // up to 5 ms
  BOOST_TEST(counted.at(11) == 1); // up to 5 s
  BOOST_TEST(counted.at(12) == 1); // longer
  BOOST_TEST(times.sum_us() == 200 + 201 + 3'000 + 5'000'000 + 5'000'001);
}

BOOST_AUTO_TEST_CASE(one_command_at_a_time_has_its_time_taken) {
  answer_times times;
  answer_sample sample;
  BOOST_TEST(sample.wanted(start));
  sample.asked(someone(1), start);
  BOOST_TEST(!sample.wanted(start + 1ms));
  sample.answered(someone(2), start + 1ms, times); // another's answer
  BOOST_TEST(all(times) == 0);
  sample.answered(someone(1), start + 3ms, times);
  sample.answered(someone(1), start + 4ms, times);
  BOOST_TEST(all(times) == 1);
  BOOST_TEST(times.sum_us() == 3'000);
  BOOST_TEST(sample.wanted(start + 5ms));
}

BOOST_AUTO_TEST_CASE(a_command_that_is_never_answered_does_not_end_the_sampling) {
  answer_times times;
  answer_sample sample;
  sample.asked(someone(1), start);
  BOOST_TEST(!sample.wanted(start + answer_sample::patience));
  BOOST_TEST(sample.wanted(start + answer_sample::patience + 1ms));
  sample.asked(someone(2), start + 61s);
  sample.answered(someone(1), start + 62s, times);
  BOOST_TEST(all(times) == 0);
  sample.answered(someone(2), start + 62s, times);
  BOOST_TEST(all(times) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
