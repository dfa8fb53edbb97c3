#include "bench/load/measurement.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using frontrow::bench::clock_type;
using frontrow::bench::meter;
using frontrow::bench::pace;
using frontrow::bench::window;

namespace {

const clock_type::time_point start{1'000s};
const window ten_seconds{start, start + 10s};

} // namespace

BOOST_AUTO_TEST_SUITE(measurement_test)

BOOST_AUTO_TEST_CASE(a_closed_loads_next_turn_is_due_when_it_is_asked_for) {
  auto turns = pace::closed(ten_seconds);
  BOOST_TEST((turns.take(start + 3s) == start + 3s));
  BOOST_TEST((turns.take(start + 3s) == start + 3s));
  BOOST_TEST(!turns.take(start + 10s));
}

BOOST_AUTO_TEST_CASE(an_open_loads_turns_are_due_at_their_own_times) {
  auto turns = pace::open(ten_seconds, start, 4);
  BOOST_TEST((turns.take(start) == start));
  BOOST_TEST((turns.take(start) == start + 250ms)); // in the future: the visitor waits
  BOOST_TEST((turns.take(start + 9s) == start + 500ms)); // in the past: all visitors were busy
}

BOOST_AUTO_TEST_CASE(an_open_load_has_as_many_turns_as_its_rate_says_however_late_they_are_taken) {
  auto turns = pace::open(ten_seconds, start, 4);
  int count = 0;
  while (turns.take(start + 1h))
    ++count;
  BOOST_TEST(count == 40);
}

BOOST_AUTO_TEST_CASE(a_stopped_load_has_no_more_turns) {
  auto turns = pace::closed(ten_seconds);
  turns.stop();
  BOOST_TEST(!turns.take(start));
}

BOOST_AUTO_TEST_CASE(a_pause_of_the_server_counts_for_every_turn_that_was_due_in_it) {
  // One visitor, 100 turns a second, answers at once but for a second's pause in the middle.
  auto turns = pace::open(ten_seconds, start, 100);
  meter into{ten_seconds};
  auto now = start;
  for (int nth = 0;; ++nth) {
    const auto due = turns.take(now);
    if (!due)
      break;
    now = std::max(now, *due) + (nth == 500 ? 1s : clock_type::duration{0});
    into.note(*due, now);
  }
  BOOST_TEST(into.turns() == 1'000U);
  // A tenth of all turns was due in the pause; a client that only counts what it sent would see one slow turn.
  BOOST_TEST(into.latency().percentile(0.89) == 0U);
  BOOST_TEST(into.latency().percentile_ms(0.95) > 400);
  BOOST_TEST(into.latency().percentile_ms(0.95) < 600);
  BOOST_TEST(into.latency().max() == 1'000'000U);
}

BOOST_AUTO_TEST_CASE(what_ends_outside_of_the_window_is_no_throughput) {
  meter into{ten_seconds};
  into.note(start - 2s, start - 1s);          // warm-up
  into.note(start - 1s, start + 1s);          // begun in the warm-up: throughput, no latency
  into.note(start + 1s, start + 2s);
  into.note(start + 9'990ms, start + 15s);    // begun in time: latency, no throughput
  BOOST_TEST(into.turns() == 2U);
  BOOST_TEST(into.a_second() == 0.2);
  BOOST_TEST(into.latency().count() == 2U);
  BOOST_TEST(into.latency().max() == 5'010'000U);
}

BOOST_AUTO_TEST_CASE(a_load_that_ran_out_is_rated_by_the_time_it_took) {
  meter into{ten_seconds};
  for (int nth = 1; nth <= 100; ++nth)
    into.note(start, start + nth * 20ms);
  into.ran_out();
  BOOST_TEST(into.seconds() == 2);
  BOOST_TEST(into.a_second() == 50);
}

BOOST_AUTO_TEST_CASE(the_timeline_counts_turns_in_tenths_of_a_second) {
  meter into{ten_seconds};
  into.note(start, start + 99ms);
  into.note(start, start + 100ms);
  into.note(start, start + 350ms);
  const std::vector<std::uint32_t> wanted{1, 1, 0, 1};
  BOOST_TEST(into.timeline() == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_first_of_several_wrong_answers_is_kept) {
  meter into{ten_seconds};
  into.wrong("one");
  into.wrong("two");
  BOOST_TEST(into.wrong_turns() == 2U);
  BOOST_TEST(into.first_wrong() == "one");
  BOOST_TEST(into.turns() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
