#include "persistence/database_clock.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

using namespace frontrow::persistence;
using namespace std::chrono_literals;

namespace {

struct wound_clock {
  database_clock::steady_time steady{1000s};
  database_clock clock{[this] { return steady; }};
  clock_measurement measure(std::chrono::microseconds told, std::chrono::microseconds round_trip = 0us) {
    const auto before = steady;
    steady += round_trip;
    return clock.measured(before, std::chrono::sys_time<std::chrono::microseconds>{told}, steady);
  }
  std::chrono::milliseconds now() { return clock.now().time_since_epoch(); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(time_by_the_database)

BOOST_AUTO_TEST_CASE(it_follows_the_database_whatever_the_wall_clock_says) {
  wound_clock wound;
  wound.measure(5'000s);
  BOOST_TEST((wound.now() == 5'000'000ms));
  wound.steady += 1500ms;
  BOOST_TEST((wound.now() == 5'001'500ms));
  BOOST_TEST(wound.clock.is_measured());
}

BOOST_AUTO_TEST_CASE(the_middle_of_the_round_trip_is_taken) {
  wound_clock wound;
  wound.measure(5'000s, 200ms);
  BOOST_TEST((wound.now() == 5'000'100ms));
  BOOST_TEST((wound.clock.uncertainty() == 100ms));
}

BOOST_AUTO_TEST_CASE(it_never_goes_backwards) {
  wound_clock wound;
  wound.measure(5'000s);
  BOOST_TEST((wound.now() == 5'000'000ms));
  wound.measure(4'990s); // the database's clock was set back by ten seconds
  BOOST_TEST((wound.now() == 5'000'000ms));
  wound.steady += 9s;
  BOOST_TEST((wound.now() == 5'000'000ms));
  wound.steady += 2s;
  BOOST_TEST((wound.now() == 5'001'000ms));
  wound.measure(6'000s);
  BOOST_TEST((wound.now() == 6'000'000ms));
}

BOOST_AUTO_TEST_CASE(a_slow_answer_moves_it_only_as_far_as_it_proves_it_wrong) {
  // At first 5,000 s by a good measurement, then 100 s pass; `told` comes 4 s after it was asked for. The true time
  // lies between told (it was said just before it arrived) and told + 4 s (it was said at once).
  const struct {
    const char* what;
    std::chrono::milliseconds told, now, uncertainty;
  } rows[] = {
      {"as it was said at once", 5'100'000ms, 5'104'000ms, 0ms},
      {"as it was said in the middle", 5'102'000ms, 5'104'000ms, 0ms},
      {"as it was said at last", 5'104'000ms, 5'104'000ms, 0ms},
      {"the present reading is behind all of it", 5'104'500ms, 5'104'500ms, 4'000ms},
      {"the present reading is ahead of all of it", 5'099'000ms, 5'103'000ms, 4'000ms},
      {"the database's clock was set an hour on", 8'700'000ms, 8'700'000ms, 4'000ms},
  };
  for (const auto& row : rows) {
    wound_clock wound;
    BOOST_TEST((wound.measure(5'000s) == clock_measurement::good));
    wound.steady += 100s;
    BOOST_TEST((wound.measure(row.told, 4s) == clock_measurement::poor));
    BOOST_TEST((wound.now() == row.now), row.what << ": " << wound.now().count());
    BOOST_TEST((wound.clock.uncertainty() == row.uncertainty), row.what);
  }
}

BOOST_AUTO_TEST_CASE(the_first_measurement_is_taken_however_slow_and_the_first_good_one_takes_its_place) {
  wound_clock wound;
  BOOST_TEST((wound.measure(5'000s, 4s) == clock_measurement::poor));
  BOOST_TEST(wound.clock.is_measured());
  BOOST_TEST((wound.clock.uncertainty() == 2s));
  BOOST_TEST((wound.measure(5'001s, 200ms) == clock_measurement::good));
  BOOST_TEST((wound.clock.uncertainty() == 100ms));
  BOOST_TEST((wound.now() == 5'001'100ms));
}

BOOST_AUTO_TEST_CASE(a_round_trip_at_the_limit_is_good_and_one_beyond_it_is_not) {
  wound_clock wound;
  wound.measure(5'000s);
  BOOST_TEST((wound.measure(6'000s, 2 * database_clock::good_uncertainty) == clock_measurement::good));
  BOOST_TEST((wound.measure(7'000s, 2 * database_clock::good_uncertainty + 2us) == clock_measurement::poor));
}

BOOST_AUTO_TEST_CASE(it_stands_still_also_when_a_slow_answer_sets_it_back) {
  wound_clock wound;
  wound.measure(5'000s);
  BOOST_TEST((wound.now() == 5'000'000ms));
  wound.measure(4'990s, 4s); // between 4,990 and 4,994 s: 10 s behind at the least
  BOOST_TEST((wound.now() == 5'000'000ms));
  wound.steady += 6s;
  BOOST_TEST((wound.now() == 5'000'000ms));
  wound.steady += 1s;
  BOOST_TEST((wound.now() == 5'001'000ms));
}

BOOST_AUTO_TEST_CASE(it_never_goes_backwards_for_any_of_many_threads) {
  database_clock clock;
  std::atomic<bool> over{false};
  std::atomic<int> backwards{0};
  std::vector<std::thread> readers;
  for (int nth = 0; nth < 3; ++nth)
    readers.emplace_back([&] {
      auto last = clock.now();
      while (!over) {
        const auto now = clock.now();
        backwards += now < last;
        last = now;
      }
    });
  const auto start = std::chrono::microseconds{1'700'000'000'000'000};
  for (int nth = 0; nth < 20'000; ++nth) {
    const auto at = clock.monotonic();
    clock.measured(at, std::chrono::sys_time<std::chrono::microseconds>{start + (nth % 7) * 1s}, at);
  }
  over = true;
  for (auto& reader : readers)
    reader.join();
  BOOST_TEST(backwards == 0);
}

BOOST_AUTO_TEST_SUITE_END()
