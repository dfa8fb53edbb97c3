#include "domain/queue.hpp"
#include "tests/domain/queue_room.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace frontrow::domain;
using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(queue_place_rules)

// ---- the end of a place

BOOST_AUTO_TEST_CASE(shopping_time_ends_on_time_and_the_user_may_join_again_at_the_back) {
  room it(slow_policy());
  it.join(1);
  it.wait_until(noon + milliseconds{299'999});
  BOOST_TEST((it.status(1, 1) == place_status::active));
  it.now = noon + seconds{300}; // not even ticked
  BOOST_TEST((it.status(1, 1) == place_status::expired));
  it.wait_until(it.now);
  const auto& ended = std::get<places_ended>(it.history.back());
  BOOST_TEST((ended.at == noon + seconds{300} && ended.reason == place_end::expired));
  BOOST_TEST((ended.places == std::vector<place_number>{1}));
  BOOST_TEST((it.read(1, 1).reply ==
              place_view{answer::found, 1, secret_of(1), 1, place_status::expired, 0, 0, 0, {}}));
  BOOST_TEST(it.join(1).reply.place == 2);
}

BOOST_AUTO_TEST_CASE(who_joins_again_before_the_tick_that_ends_the_old_place_gets_a_new_one) {
  room it(slow_policy());
  it.join(1);
  it.now = noon + seconds{300};
  const auto again = it.join(1);
  BOOST_TEST_REQUIRE(again.events.size() == 3U);
  BOOST_TEST((std::get<places_ended>(again.events[0]).reason == place_end::expired));
  BOOST_TEST((again.reply.place == 2 && again.reply.how == answer::made));
  BOOST_TEST(it.machine.active() == 1);
}

BOOST_AUTO_TEST_CASE(a_payment_completes_the_place) {
  room it(slow_policy());
  it.join(1);
  const auto completed = it.run(complete_place{1, 3, 4});
  const auto& ended = only_event<places_ended>(completed);
  BOOST_TEST((ended.reason == place_end::completed && ended.places == std::vector<place_number>{1}));
  BOOST_TEST((it.status(1, 1) == place_status::completed));
  BOOST_TEST(it.run(complete_place{1, 3, 4}).events.empty()); // sent at least once
  BOOST_TEST(it.machine.active() == 0);
}

BOOST_AUTO_TEST_CASE(completing_what_is_not_active_is_done_and_changes_nothing) {
  room it(slow_policy());
  it.join(1);
  it.join(2);
  for (const place_number place : {0, -1, 2, 3, 1000}) {
    const auto completed = it.run(complete_place{place, 3, 4});
    BOOST_TEST(completed.accepted());
    BOOST_TEST(completed.events.empty());
  }
  it.now += seconds{300};
  BOOST_TEST(it.run(complete_place{1, 3, 4}).events.empty()); // over, though not yet ticked
}

BOOST_AUTO_TEST_CASE(a_place_can_be_given_up) {
  room it(slow_policy());
  for (user_id user = 1; user <= 4; ++user)
    it.join(user);
  const auto left = it.run(leave_queue{2, secret_of(2), 2});
  const auto& ended = only_event<places_ended>(left);
  BOOST_TEST((ended.reason == place_end::left && ended.places == std::vector<place_number>{2}));
  BOOST_TEST((it.status(2, 2) == place_status::expired));
  BOOST_TEST(it.read(3, 3).reply.position == 1);
  BOOST_TEST(it.read(4, 4).reply.position == 2);
  BOOST_TEST(it.run(leave_queue{2, secret_of(2), 2}).accepted());
  BOOST_TEST(it.run(leave_queue{2, secret_of(2), 2}).events.empty());
  BOOST_TEST((only_event<places_ended>(it.run(leave_queue{1, secret_of(1), 0})).reason == place_end::left));
  BOOST_TEST(it.machine.active() == 0);
  BOOST_TEST(it.machine.waiting() == 2);
}

BOOST_AUTO_TEST_CASE(a_place_is_its_secrets_and_its_users) {
  room it(slow_policy());
  it.join(1);
  const struct {
    place_number place;
    std::int64_t secret;
    user_id user;
    bool right;
  } rows[] = {{1, 1, 1, true},  {1, 1, 0, true},  {1, 1, 2, false},  {1, 2, 1, false},
              {2, 1, 1, false}, {0, 1, 1, false}, {-1, 1, 1, false}, {1, 0, 0, false}};
  for (const auto& row : rows) {
    const auto secret = secret_of(row.secret);
    if (row.right) {
      BOOST_TEST((it.run(read_place{row.place, secret, row.user}).reply.status == place_status::active));
      continue;
    }
    check_refused(it.run(read_place{row.place, secret, row.user}), refusal::queue_token_invalid);
    check_refused(it.run(leave_queue{row.place, secret, row.user}), refusal::queue_token_invalid);
  }
}

BOOST_AUTO_TEST_CASE(one_who_waits_may_not_shop) {
  room it(slow_policy());
  it.join(1);
  it.join(2);
  BOOST_TEST((it.status(2, 2) == place_status::waiting));
}

// ---- going away

BOOST_AUTO_TEST_CASE(a_waiter_who_is_not_seen_loses_the_place) {
  auto policy = slow_policy();
  policy.abandon_seconds = 120;
  policy.paused = true;
  room it(policy);
  it.join(1);
  it.join(2);
  it.join(3);
  it.wait_until(noon + seconds{60});
  it.read(2, 2);
  it.run(join_queue{{}, 3, secret_of(3)}); // asking again is being there, too
  it.wait_until(noon + milliseconds{120'000} + abandonment_slack - milliseconds{1});
  BOOST_TEST(it.machine.waiting() == 3);
  it.wait_until(noon + milliseconds{120'000} + abandonment_slack);
  const auto& ended = std::get<places_ended>(it.history.back());
  BOOST_TEST((ended.reason == place_end::abandoned && ended.places == std::vector<place_number>{1}));
  BOOST_TEST(it.read(2, 2).reply.position == 1);
  it.wait_until(noon + seconds{181}); // 2 was seen again just now, 3 at 60 s
  BOOST_TEST((std::get<places_ended>(it.history.back()).places == std::vector<place_number>{3}));
  BOOST_TEST(it.machine.waiting() == 1);
}

BOOST_AUTO_TEST_CASE(a_stranger_who_polls_is_no_presence) {
  auto policy = slow_policy();
  policy.abandon_seconds = 10;
  policy.paused = true;
  room it(policy);
  it.join(1);
  it.wait_until(noon + seconds{9});
  it.run(read_place{1, secret_of(2), 1});
  it.run(read_place{1, secret_of(1), 2});
  it.wait_until(noon + seconds{11});
  BOOST_TEST(it.machine.waiting() == 0);
}

BOOST_AUTO_TEST_CASE(those_who_went_away_use_no_admission_up_and_hold_nobody_back) {
  auto policy = slow_policy();
  policy.abandon_seconds = 120;
  policy.max_active = 1;
  room it(policy);
  for (user_id user = 1; user <= 5; ++user)
    it.join(user);
  it.wait_until(noon + seconds{100});
  it.read(4, 4);
  it.now = noon + seconds{120}; // within the slack: nobody has looked for the abandoned yet
  it.run(complete_place{1, 3, 4});
  const auto ticked = it.run(tick{});
  BOOST_TEST_REQUIRE(ticked.events.size() == 2U);
  BOOST_TEST((std::get<places_ended>(ticked.events[0]).places == std::vector<place_number>{2, 3, 5}));
  BOOST_TEST((std::get<places_admitted>(ticked.events[1]).through == 4));
}

BOOST_AUTO_TEST_CASE(many_who_went_away_are_ended_a_bounded_number_at_a_time_before_anyone_is_let_in) {
  auto policy = slow_policy();
  policy.abandon_seconds = 120;
  policy.paused = true;
  policy.capacity = 10'000;
  queue machine(5);
  machine.apply(queue_opened{noon, policy});
  const auto total = tick_places_max + 10;
  for (place_number place = 1; place <= total; ++place)
    machine.apply(place_taken{noon, place, place, secret_of(place), {}});
  policy.paused = false;
  machine.apply(policy_changed{noon, policy});
  const instant late = noon + seconds{120};
  machine.observe(read_place{total, secret_of(total), total}, late);
  const auto first = machine.decide(tick{}, late);
  BOOST_TEST_REQUIRE(first.events.size() == 1U);
  BOOST_TEST(static_cast<std::int64_t>(std::get<places_ended>(first.events[0]).places.size()) ==
             tick_places_max);
  machine.apply(first.events[0]);
  BOOST_TEST((*machine.next_deadline() <= late)); // the rest is still due
  const auto second = machine.decide(tick{}, late);
  BOOST_TEST_REQUIRE(second.events.size() == 2U);
  BOOST_TEST(std::get<places_ended>(second.events[0]).places.size() == 9U);
  BOOST_TEST((std::get<places_admitted>(second.events[1]).through == total));
}

BOOST_AUTO_TEST_CASE(a_new_life_takes_everyone_as_seen) {
  auto policy = slow_policy();
  policy.abandon_seconds = 120;
  policy.paused = true;
  room it(policy);
  it.join(1);
  it.machine = queue::restore(5, it.machine.snapshot());
  it.machine.begin_life(noon + seconds{500});
  it.now = noon + seconds{500};
  BOOST_TEST(it.run(tick{}).events.empty());
  BOOST_TEST((it.machine.next_deadline() == noon + seconds{620} + abandonment_slack));
}

// ---- sold out

BOOST_AUTO_TEST_CASE(a_sold_out_concert_shows_it_lets_nobody_in_and_reopens_in_the_old_order) {
  room it(slow_policy());
  it.join(1);
  it.join(2);
  it.join(3);
  it.run(report_option{10, 1, false});
  it.run(report_option{11, 1, false});
  it.run(report_option{10, 5, true});
  BOOST_TEST(!it.machine.sold_out());
  BOOST_TEST((it.status(2, 2) == place_status::waiting));
  const auto last = it.run(report_option{11, 7, true});
  const auto& event = only_event<option_reported>(last);
  BOOST_TEST((event.option == 11 && event.number == 7 && event.sold_out));
  BOOST_TEST(it.machine.sold_out());
  BOOST_TEST((it.read(2, 2).reply ==
              place_view{answer::found, 2, secret_of(2), 2, place_status::sold_out, 0, 0, 15'000, {}}));
  BOOST_TEST((it.status(1, 1) == place_status::active)); // may shop on: a hold may fall back
  check_refused(it.join(4), refusal::sold_out);
  BOOST_TEST((it.join(2).reply.how == answer::found));
  it.wait_until(noon + seconds{100});
  BOOST_TEST(it.machine.active() == 1);
  it.run(report_option{10, 9, false}); // a cancellation
  BOOST_TEST((it.join(4).reply.position == 3));
  it.wait_until(it.now);
  BOOST_TEST((it.status(2, 2) == place_status::active));
  BOOST_TEST(it.read(3, 3).reply.position == 1);
}

BOOST_AUTO_TEST_CASE(a_new_option_reopens_a_sold_out_concert) {
  room it(slow_policy());
  it.join(1);
  it.join(2);
  it.run(report_option{10, 1, true});
  BOOST_TEST((it.status(2, 2) == place_status::sold_out));
  it.run(report_option{11, 1, false});
  BOOST_TEST((it.status(2, 2) == place_status::waiting));
}

BOOST_AUTO_TEST_CASE(an_older_report_changes_nothing) {
  room it(slow_policy());
  it.run(report_option{10, 5, true});
  BOOST_TEST(it.run(report_option{10, 5, true}).events.empty());
  BOOST_TEST(it.run(report_option{10, 4, false}).events.empty());
  BOOST_TEST(it.machine.sold_out());
  // A newer one that says the same is kept all the same, or an older contrary one could come after it.
  BOOST_TEST(it.run(report_option{10, 9, true}).events.size() == 1U);
  BOOST_TEST(it.run(report_option{10, 7, false}).events.empty());
  check_refused(it.run(report_option{10, 0, false}), refusal::invalid_request);
}

// ---- what the waiting are told

BOOST_AUTO_TEST_CASE(the_estimate_and_the_pause_between_polls_follow_from_position_rate_and_room) {
  const struct {
    std::int32_t rate, max_active, active_seconds, abandon;
    std::int64_t ahead, eta;
    std::int32_t poll;
  } rows[] = {
      {100, 6000, 300, 120, 49, 1, 500},    // 0.5 s by the rate; never more often than this
      {10, 6000, 300, 120, 99, 10, 2500},   // 10 s by the rate
      {1, 6000, 300, 120, 99, 100, 15'000}, // never longer than this
      {1, 6000, 300, 8, 99, 100, 2000},     // four polls before one counts as gone
      {1, 6000, 300, 1, 0, 1, 250},         //
      {1, 6000, 300, 0, 99, 100, 15'000},   // nobody counts as gone
      {100, 10, 300, 0, 19, 600, 15'000},   // 20 wait for the room of 10, which all of 300 s empty once
  };
  for (const auto& row : rows) {
    queue_policy policy = slow_policy();
    policy.rate_per_second = row.rate;
    policy.max_active = row.max_active;
    policy.active_seconds = row.active_seconds;
    policy.abandon_seconds = row.abandon;
    policy.burst = 10;
    policy.paused = true;
    queue machine(5);
    machine.apply(queue_opened{noon, policy});
    place_number place = 0;
    if (row.max_active == 10) { // full
      for (; place < 10; ++place)
        machine.apply(place_taken{noon, place + 1, place + 1, secret_of(place + 1), {}});
      machine.apply(places_admitted{noon, 10, 10, noon + seconds{300}});
    }
    for (std::int64_t ahead = 0; ahead <= row.ahead; ++ahead, ++place)
      machine.apply(place_taken{noon, place + 1, place + 1, secret_of(place + 1), {}});
    const auto view = machine.decide(read_place{place, secret_of(place), place}, noon).reply;
    BOOST_TEST(view.position == row.ahead + 1);
    BOOST_TEST(view.eta_seconds == row.eta);
    BOOST_TEST(view.poll_after_ms == row.poll);
  }
}

// ---- forgetting, and size

BOOST_AUTO_TEST_CASE(an_ended_place_is_forgotten_after_its_time_and_its_number_is_not_used_again) {
  room it(slow_policy());
  it.join(1, 10);
  it.run(leave_queue{1, secret_of(1), 1});
  it.now = noon + remembered_for;
  BOOST_TEST((it.status(1, 1) == place_status::expired)); // no event since
  it.now -= milliseconds{1};
  it.join(2);
  BOOST_TEST((it.join(1, 10).reply.place == 1));
  it.now += milliseconds{1};
  it.join(3);
  check_refused(it.read(1, 1), refusal::queue_token_invalid);
  BOOST_TEST(it.machine.snapshot().first_place == 2);
  const auto again = it.join(1, 10);
  BOOST_TEST((again.reply.how == answer::made && again.reply.place == 4));
  BOOST_TEST(again.reply.position == 2);
}

BOOST_AUTO_TEST_CASE(many_who_ask_together_are_told_the_same_as_each_alone) {
  auto policy = slow_policy();
  policy.abandon_seconds = 120;
  room it(policy);
  for (user_id user = 1; user <= 4; ++user)
    it.join(user);
  const std::vector<read_place> questions{
      {1, secret_of(1), 1}, {4, secret_of(4), 0}, {2, secret_of(3), 2}, {9, secret_of(9), 9}, {3, secret_of(3), 3}};
  it.now += seconds{119};
  const auto told = it.run(read_places{questions});
  BOOST_REQUIRE(told.accepted());
  BOOST_REQUIRE_EQUAL(told.reply.places.size(), questions.size());
  for (std::size_t at = 0; at < questions.size(); ++at) {
    const auto alone = it.run(questions[at]);
    BOOST_TEST((alone.accepted() ? alone.reply == told.reply.places[at] : told.reply.places[at].place == 0), at);
  }
}

BOOST_AUTO_TEST_CASE(who_is_asked_for_among_many_has_not_gone_away) {
  auto policy = slow_policy();
  policy.abandon_seconds = 120;
  policy.paused = true;
  room it(policy);
  for (user_id user = 1; user <= 3; ++user)
    it.join(user);
  it.now = noon + seconds{100};
  it.run(read_places{{{2, secret_of(2), 2}}});
  it.wait_until(noon + seconds{120} + abandonment_slack);
  BOOST_TEST((it.run(read_place{2, secret_of(2), 2}).reply.status == place_status::waiting));
  BOOST_TEST((it.run(read_place{3, secret_of(3), 3}).reply.status == place_status::expired));
}

BOOST_AUTO_TEST_CASE(one_who_joins_and_leaves_for_ever_is_refused_until_the_oldest_place_is_forgotten) {
  room it(slow_policy());
  std::uint64_t command = 0;
  for (std::int64_t nth = 1; nth <= user_places_max; ++nth) {
    it.now += seconds{1};
    const auto place = it.join(1, ++command).reply.place;
    BOOST_REQUIRE_EQUAL(place, nth);
    BOOST_REQUIRE(it.run(leave_queue{place, secret_of(1), 1}).accepted());
  }
  check_refused(it.join(1, ++command), refusal::queue_full);
  check_refused(it.join(1), refusal::queue_full);
  BOOST_TEST((it.join(1, 1).reply.place == 1)); // the first command of all is still known
  BOOST_TEST((it.join(1, 1).reply.how == answer::made));
  BOOST_TEST((it.join(2).reply.place == user_places_max + 1)); // nobody else minds
  it.now = noon + seconds{1} + remembered_for;
  it.join(3); // an event: the first place is forgotten
  BOOST_TEST((it.join(1, command).reply.place == user_places_max + 3));
}

BOOST_AUTO_TEST_CASE(a_history_with_more_places_of_a_user_than_are_allowed_now_is_replayed_as_it_was) {
  queue machine(5);
  machine.apply(queue_opened{noon, slow_policy()});
  const auto total = user_places_max + 20;
  for (place_number place = 1; place <= total; ++place) {
    machine.apply(place_taken{noon, place, 1, secret_of(place), {0, static_cast<std::uint64_t>(place)}});
    if (place < total)
      machine.apply(places_ended{noon, place_end::left, {place}});
  }
  const auto latest = machine.decide(join_queue{{0, 999}, 1, secret_of(0)}, noon);
  BOOST_TEST((latest.reply.how == answer::found && latest.reply.place == total));
  const auto again = machine.decide(join_queue{{0, static_cast<std::uint64_t>(total - 1)}, 1, secret_of(0)}, noon);
  BOOST_TEST((again.reply.how == answer::made && again.reply.place == total - 1));
  BOOST_TEST((queue::restore(5, machine.snapshot()).snapshot() == machine.snapshot()));
}

BOOST_AUTO_TEST_CASE(a_million_wait_in_two_hundred_bytes_each) {
  constexpr place_number million = 1'000'000;
  queue_policy policy = slow_policy();
  policy.capacity = 10'000'000;
  policy.paused = true;
  queue machine(5);
  machine.apply(queue_opened{noon, policy});
  for (place_number place = 1; place <= million; ++place) {
    const auto joined = machine.decide(
        join_queue{{1, static_cast<std::uint64_t>(place)}, place * 7919, secret_of(place)}, noon);
    for (const auto& happened : joined.events)
      machine.apply(happened);
    BOOST_REQUIRE_EQUAL(joined.reply.position, place);
  }
  BOOST_TEST(machine.memory_bytes() <= 200U * million);
  const auto snapshot = machine.snapshot();
  const auto restored = queue::restore(5, snapshot);
  BOOST_TEST((restored.snapshot() == snapshot));
  BOOST_TEST(restored.memory_bytes() <= 200U * million);
  const auto last = restored.decide(read_place{million, secret_of(million), 0}, noon);
  BOOST_TEST(last.reply.position == million);
}

BOOST_AUTO_TEST_SUITE_END()
