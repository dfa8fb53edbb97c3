#include "queue_room.hpp"

using namespace frontrow::domain;
using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(queue_watch)

BOOST_AUTO_TEST_CASE(a_watched_place_is_told_as_its_owner_would_be) {
  room the(slow_policy());
  for (user_id user = 1; user <= 5; ++user)
    the.join(user);
  const auto watched = the.run(watch_places{0, {}, {1, 3, 5}}).reply;
  BOOST_TEST(watched.version == the.machine.version());
  BOOST_TEST(watched.first_waiting == 2);
  BOOST_TEST_REQUIRE(watched.told.size() == 3U);
  for (const auto& each : watched.told)
    BOOST_TEST((each == progress_of(the.read(each.place, each.place).reply)));
  BOOST_TEST((watched.told[0].status == place_status::active));
  BOOST_TEST(watched.told[2].position == 4);
}

BOOST_AUTO_TEST_CASE(who_knows_the_version_is_told_nothing_until_it_is_another_one) {
  room the(slow_policy());
  for (user_id user = 1; user <= 4; ++user)
    the.join(user);
  const auto known = the.machine.version();
  const auto quiet = the.run(watch_places{known, {2, 3}, {4}}).reply;
  BOOST_TEST_REQUIRE(quiet.told.size() == 1U);
  BOOST_TEST(quiet.told[0].place == 4);
  the.run(leave_queue{2, secret_of(2), 2});
  const auto told = the.run(watch_places{known, {2, 3}, {4}}).reply;
  BOOST_TEST_REQUIRE(told.told.size() == 3U);
  BOOST_TEST((told.told[0].status == place_status::expired));
  BOOST_TEST(told.told[1].position == 1);
  BOOST_TEST(told.first_waiting == 3);
}

BOOST_AUTO_TEST_CASE(who_is_watched_is_present) {
  auto policy = slow_policy();
  policy.paused = true;
  policy.abandon_seconds = 10;
  room the(policy);
  for (user_id user = 1; user <= 3; ++user)
    the.join(user);
  for (int second = 4; second <= 20; second += 4) {
    the.wait_until(noon + seconds{second});
    the.run(watch_places{the.machine.version(), {2}, {3}}); // known or not
  }
  const auto told = the.run(watch_places{0, {}, {1, 2, 3}}).reply.told;
  BOOST_TEST((told[0].status == place_status::expired));
  BOOST_TEST((told[1].status == place_status::waiting));
  BOOST_TEST((told[2].status == place_status::waiting));
}

BOOST_AUTO_TEST_CASE(a_place_that_is_none_is_told_as_expired) {
  room the(slow_policy());
  the.join(1);
  const auto watched = the.run(watch_places{0, {}, {-1, 0, 1, 2}}).reply;
  BOOST_TEST_REQUIRE(watched.told.size() == 4U);
  BOOST_TEST((watched.told[0].status == place_status::expired));
  BOOST_TEST((watched.told[2].status == place_status::active));
  BOOST_TEST((watched.told[3].status == place_status::expired));
  BOOST_TEST(watched.first_waiting == 2); // nobody waits
  check_refused(queue(6).decide(watch_places{}, noon), refusal::concert_not_found);
}

BOOST_AUTO_TEST_SUITE_END()
