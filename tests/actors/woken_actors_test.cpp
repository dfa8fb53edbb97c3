#include "actors/woken_actors.hpp"

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <caf/all.hpp>

using frontrow::actors::woken_actors;
using namespace std::chrono_literals;

namespace {

/// In which thread which number was heard.
struct diary {
  void hear(int number) {
    const std::lock_guard lock{mutex};
    heard.emplace_back(number, std::this_thread::get_id());
  }
  std::size_t size() {
    const std::lock_guard lock{mutex};
    return heard.size();
  }
  std::size_t heard_here() {
    const std::lock_guard lock{mutex};
    std::size_t here = 0;
    for (const auto& [number, thread] : heard)
      here += thread == std::this_thread::get_id() ? 1 : 0;
    return here;
  }
  std::mutex mutex;
  std::vector<std::pair<int, std::thread::id>> heard;
};

/// Long, so that no machine is so slow that it passes by itself.
constexpr auto moment = 200ms;
constexpr int asks_for_a_worker = -1;
constexpr int takes_longer_than_a_moment = -2;

caf::behavior writes_down(caf::event_based_actor* self, diary* into) {
  return {[self, into](int number) {
    into->hear(number);
    if (number == takes_longer_than_a_moment)
      std::this_thread::sleep_for(2 * moment);
    if (number == asks_for_a_worker)
      if (auto* passing = dynamic_cast<woken_actors*>(self->context()))
        passing->leave();
  }};
}

/// An actor that has nothing to do, and this thread, which wakes it.
struct woken_here {
  woken_here() {
    // A worker may still be about to leave it: whoever has run here waits for its next message.
    for (const auto until = std::chrono::steady_clock::now() + 60s; into.heard_here() == 0;) {
      BOOST_REQUIRE(std::chrono::steady_clock::now() < until);
      const auto before = into.size();
      tell(0);
      unit.run();
      while (into.size() == before)
        std::this_thread::yield();
    }
    const std::lock_guard lock{into.mutex};
    into.heard.clear();
  }
  void tell(int number) { actor->enqueue(nullptr, caf::make_message_id(), caf::make_message(number), &unit); }
  void wait_for(std::size_t count) {
    for (const auto until = std::chrono::steady_clock::now() + 60s; into.size() < count; std::this_thread::yield())
      BOOST_REQUIRE(std::chrono::steady_clock::now() < until);
  }
  /// Tells it these, and sees that they are heard in order; how many of them here.
  std::size_t heard_here_of(const std::vector<int>& all) {
    for (const auto number : all)
      tell(number);
    unit.run();
    wait_for(all.size());
    {
      const std::lock_guard lock{into.mutex};
      BOOST_REQUIRE_EQUAL(into.heard.size(), all.size());
      for (std::size_t nth = 0; nth < all.size(); ++nth)
        BOOST_TEST(into.heard[nth].first == all[nth]);
    }
    return into.heard_here();
  }

  diary into;
  caf::actor_system_config config;
  caf::actor_system system{config};
  woken_actors unit{system, moment};
  caf::actor actor = system.spawn(writes_down, &into);
};

} // namespace

BOOST_AUTO_TEST_SUITE(woken)

BOOST_AUTO_TEST_CASE(actors_run_in_the_thread_that_woke_them_before_it_goes_on) {
  woken_here it;
  it.tell(1);
  it.tell(2);
  BOOST_TEST(it.into.size() == 0u);
  it.unit.run();
  BOOST_TEST(it.into.heard_here() == 2u);
}

BOOST_AUTO_TEST_CASE(whom_they_wake_runs_there_too) {
  woken_here it;
  const auto hands_on = it.system.spawn([&it](caf::event_based_actor* self) -> caf::behavior {
    return {[self, &it](int number) { self->send(it.actor, number + 1); }};
  });
  for (std::size_t sent = 1; it.into.heard_here() < 1; ++sent) { // its first message may find it in a worker
    hands_on->enqueue(nullptr, caf::make_message_id(), caf::make_message(1), &it.unit);
    it.unit.run();
    it.wait_for(sent);
    BOOST_REQUIRE(sent < 10'000u);
  }
}

BOOST_AUTO_TEST_CASE(after_a_moment_a_worker_goes_on_in_order) {
  BOOST_TEST(woken_here{}.heard_here_of({takes_longer_than_a_moment, 1, 2, 3}) == 1u);
}

BOOST_AUTO_TEST_CASE(after_a_moment_the_next_one_is_for_a_worker_too) {
  woken_here first, second;
  first.tell(takes_longer_than_a_moment);
  second.actor->enqueue(nullptr, caf::make_message_id(), caf::make_message(1), &first.unit);
  first.unit.run();
  second.wait_for(1);
  BOOST_TEST(second.into.heard_here() == 0u);
}

BOOST_AUTO_TEST_CASE(who_has_something_long_to_do_goes_on_in_a_worker_in_order) {
  BOOST_TEST(woken_here{}.heard_here_of({1, 2, asks_for_a_worker, 3, 4}) == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
