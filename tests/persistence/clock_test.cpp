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
  void measure(std::chrono::microseconds told, std::chrono::microseconds round_trip = 0us) {
    const auto before = steady;
    steady += round_trip;
    clock.measured(before, std::chrono::sys_time<std::chrono::microseconds>{told}, steady);
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
