#include "domain/queue.hpp"
#include "tests/domain/queue_room.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace frontrow::domain;
using namespace frontrow::test;

BOOST_AUTO_TEST_SUITE(queue_rules)

// ---- the queue as a whole

BOOST_AUTO_TEST_CASE(nothing_works_before_the_queue_is_open) {
  room it;
  check_refused(it.join(1), refusal::concert_not_found);
  check_refused(it.run(change_policy{}), refusal::concert_not_found);
  check_refused(it.run(report_option{1, 1, false}), refusal::concert_not_found);
  check_refused(it.run(read_queue{}), refusal::concert_not_found);
  check_refused(it.read(1, 1), refusal::queue_token_invalid);
  check_refused(it.run(leave_queue{1, secret_of(1), 1}), refusal::queue_token_invalid);
  BOOST_TEST(it.run(complete_place{1, 1, 1}).accepted());
  BOOST_TEST(it.run(tick{}).events.empty());
  BOOST_TEST((it.machine.next_deadline() == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_queue_opens_once) {
  room it;
  const auto opened = it.run(open_queue{slow_policy()});
  BOOST_TEST((only_event<queue_opened>(opened).policy == slow_policy()));
  BOOST_TEST(it.run(open_queue{slow_policy()}).events.empty());
  auto other = slow_policy();
  other.burst = 2;
  check_refused(it.run(open_queue{other}), refusal::already_opened);
  BOOST_TEST((it.run(read_queue{}).reply == queue_view{slow_policy(), 0, 0, 0, false}));
}

BOOST_AUTO_TEST_CASE(a_policy_outside_its_limits_is_refused) {
  using field = std::int32_t queue_policy::*;
  const struct {
    field which;
    std::int32_t least, most;
  } rows[] = {{&queue_policy::rate_per_second, 1, 1'000'000}, {&queue_policy::burst, 1, 1'000'000},
              {&queue_policy::max_active, 1, 10'000'000},     {&queue_policy::capacity, 1, 10'000'000},
              {&queue_policy::active_seconds, 1, 86'400},     {&queue_policy::abandon_seconds, 0, 86'400}};
  room it(slow_policy());
  for (const auto& row : rows) {
    for (const auto wrong : {row.least - 1, row.most + 1, -1}) {
      auto policy = slow_policy();
      policy.*row.which = wrong;
      check_refused(it.run(change_policy{policy}), refusal::invalid_request);
      room unopened;
      check_refused(unopened.run(open_queue{policy}), refusal::invalid_request);
    }
    for (const auto right : {row.least, row.most}) {
      auto policy = slow_policy();
      policy.*row.which = right;
      BOOST_TEST((it.run(change_policy{policy}).reply.policy == policy));
    }
  }
}

// ---- joining

BOOST_AUTO_TEST_CASE(who_comes_while_there_is_room_shops_at_once) {
  room it(slow_policy());
  const auto joined = it.join(7, 70);
  BOOST_TEST_REQUIRE(joined.events.size() == 2U);
  const auto& taken = std::get<place_taken>(joined.events[0]);
  BOOST_TEST((taken.at == noon && taken.place == 1 && taken.user == 7));
  BOOST_TEST((taken.secret == secret_of(7) && taken.command == command_id{0, 70}));
  const auto& admitted = std::get<places_admitted>(joined.events[1]);
  BOOST_TEST((admitted.at == noon && admitted.through == 1 && admitted.count == 1));
  BOOST_TEST((admitted.until == noon + seconds{300}));
  BOOST_TEST((joined.reply == place_view{answer::made, 1, secret_of(7), 7, place_status::active, 0, 0, 5000,
                                         noon + seconds{300}}));
  auto later = it.read(1, 7).reply;
  later.how = answer::made;
  BOOST_TEST((later == joined.reply)); // told before the events as after
  BOOST_TEST(it.machine.active() == 1);
}

BOOST_AUTO_TEST_CASE(who_comes_next_waits_and_is_told_where) {
  room it(slow_policy());
  it.join(1);
  for (user_id user = 2; user <= 5; ++user) {
    const auto joined = it.join(user);
    BOOST_TEST((only_event<place_taken>(joined).place == user));
    BOOST_TEST((joined.reply == place_view{answer::made, user, secret_of(user), user, place_status::waiting,
                                           user - 1, user - 1,
                                           static_cast<std::int32_t>(user - 1) * 250 < 500
                                               ? 500
                                               : static_cast<std::int32_t>(user - 1) * 250,
                                           instant{}}));
    auto later = it.read(user, user).reply;
    later.how = answer::made;
    BOOST_TEST((later == joined.reply));
  }
  BOOST_TEST((it.run(read_queue{}).reply == queue_view{slow_policy(), 4, 1, 1, false}));
}

BOOST_AUTO_TEST_CASE(one_user_has_one_place) {
  room it(slow_policy());
  it.join(1);
  it.join(2, 20);
  const auto active = it.run(join_queue{{0, 11}, 1, secret_of(99)});
  BOOST_TEST(active.events.empty());
  BOOST_TEST(
      (active.reply.how == answer::found && active.reply.place == 1 && active.reply.secret == secret_of(1)));
  const auto waiting = it.run(join_queue{{0, 21}, 2, secret_of(99)});
  BOOST_TEST(waiting.events.empty());
  BOOST_TEST((waiting.reply.how == answer::found && waiting.reply.place == 2 && waiting.reply.position == 1));
}

BOOST_AUTO_TEST_CASE(the_same_command_finds_the_place_that_it_made_even_when_that_has_ended) {
  room it(slow_policy());
  it.join(1);
  it.join(2, 20);
  BOOST_TEST((it.join(2, 20).reply.how == answer::made));
  it.run(leave_queue{2, secret_of(2), 2});
  it.join(2, 21);
  const auto repeat = it.join(2, 20);
  BOOST_TEST(repeat.events.empty());
  BOOST_TEST((repeat.reply.how == answer::made && repeat.reply.place == 2));
  BOOST_TEST((repeat.reply.status == place_status::expired));
  const auto second = it.join(2, 21);
  BOOST_TEST((second.reply.how == answer::made && second.reply.place == 3 && second.reply.position == 1));
  BOOST_TEST((it.join(3, 20).reply.place == 4)); // another user's command is another command
}

BOOST_AUTO_TEST_CASE(nobody_is_nobody) {
  room it(slow_policy());
  check_refused(it.join(0), refusal::invalid_request);
  check_refused(it.join(-1), refusal::invalid_request);
}

BOOST_AUTO_TEST_CASE(a_full_queue_takes_nobody_but_finds_those_in_it) {
  auto policy = slow_policy();
  policy.capacity = 2;
  room it(policy);
  it.join(1);
  it.join(2);
  it.join(3);
  check_refused(it.join(4), refusal::queue_full);
  BOOST_TEST((it.join(3).reply.how == answer::found));
  it.run(leave_queue{2, secret_of(2), 2});
  BOOST_TEST((it.join(4).reply.position == 2));
}

BOOST_AUTO_TEST_CASE(nobody_overtakes_by_coming_when_there_is_room) {
  auto policy = slow_policy();
  policy.max_active = 1;
  room it(policy);
  it.join(1);
  it.join(2);
  it.wait_until(noon + seconds{10}); // credit is there, room is not
  it.run(leave_queue{1, secret_of(1), 1});
  const auto third = it.join(3); // before the tick
  BOOST_TEST((third.reply.status == place_status::waiting && third.reply.position == 2));
  it.wait_until(it.now);
  BOOST_TEST((it.status(2, 2) == place_status::active));
  BOOST_TEST((it.status(3, 3) == place_status::waiting));
}

// ---- being let in

BOOST_AUTO_TEST_CASE(the_waiting_are_let_in_at_the_rate_in_their_order) {
  room it(slow_policy());
  for (user_id user = 1; user <= 4; ++user)
    it.join(user);
  it.wait_until(noon + milliseconds{999});
  BOOST_TEST((it.status(2, 2) == place_status::waiting));
  it.wait_until(noon + milliseconds{1000});
  BOOST_TEST((it.status(2, 2) == place_status::active));
  const auto& admitted = std::get<places_admitted>(it.history.back());
  BOOST_TEST((admitted.at == noon + seconds{1} && admitted.through == 2 && admitted.count == 1));
  BOOST_TEST(it.read(3, 3).reply.position == 1);
  it.wait_until(noon + seconds{3});
  BOOST_TEST((it.status(3, 3) == place_status::active));
  BOOST_TEST((it.status(4, 4) == place_status::active));
  BOOST_TEST(it.machine.admitted_total() == 4);
  BOOST_TEST((it.machine.next_deadline() == noon + seconds{300})); // the first one's shopping time
}

BOOST_AUTO_TEST_CASE(unused_admissions_add_up_to_the_burst_and_no_further) {
  auto policy = slow_policy();
  policy.rate_per_second = 10;
  policy.burst = 3;
  room it(policy);
  it.wait_until(noon + std::chrono::hours{5});
  for (user_id user = 1; user <= 10; ++user)
    it.join(user);
  BOOST_TEST(it.machine.active() == 3);
  it.wait_until(it.now + milliseconds{99});
  BOOST_TEST(it.machine.active() == 3);
  it.wait_until(it.now + milliseconds{1});
  BOOST_TEST(it.machine.active() == 4);
}

BOOST_AUTO_TEST_CASE(a_fast_queue_lets_many_in_at_once_and_loses_no_admission_by_it) {
  auto policy = slow_policy();
  policy.rate_per_second = 1000;
  policy.burst = 100;
  policy.max_active = 10'000;
  room it(policy);
  for (user_id user = 1; user <= 700; ++user)
    it.join(user);
  const auto events_before = it.history.size();
  it.wait_until(noon + milliseconds{500});
  BOOST_TEST(it.machine.active() == 600);
  BOOST_TEST(it.history.size() - events_before == 25U); // fifty a second
}

BOOST_AUTO_TEST_CASE(no_more_shop_than_may_at_once) {
  auto policy = slow_policy();
  policy.max_active = 2;
  policy.burst = 10;
  room it(policy);
  for (user_id user = 1; user <= 5; ++user)
    it.join(user);
  BOOST_TEST(it.machine.active() == 2);
  it.wait_until(noon + seconds{100});
  BOOST_TEST(it.machine.active() == 2);
  it.run(complete_place{1, 3, 4});
  it.wait_until(it.now);
  BOOST_TEST((it.status(3, 3) == place_status::active));
  BOOST_TEST(it.machine.active() == 2);
}

BOOST_AUTO_TEST_CASE(a_paused_queue_lets_nobody_in_until_it_goes_on) {
  auto policy = slow_policy();
  policy.paused = true;
  room it(policy);
  BOOST_TEST((it.join(1).reply.status == place_status::waiting));
  BOOST_TEST((it.machine.next_deadline() == std::nullopt));
  it.now += seconds{50};
  BOOST_TEST(it.run(tick{}).events.empty());
  it.join(2);
  policy.paused = false;
  BOOST_TEST((only_event<policy_changed>(it.run(change_policy{policy})).policy == policy));
  it.wait_until(it.now);
  BOOST_TEST((it.status(1, 1) == place_status::active));
  BOOST_TEST((it.status(2, 2) == place_status::waiting)); // the pause saved up one burst, no more
}

BOOST_AUTO_TEST_CASE(a_new_policy_holds_from_its_time_on) {
  auto policy = slow_policy();
  policy.rate_per_second = 2;
  policy.burst = 10;
  room it(policy);
  for (user_id user = 1; user <= 10; ++user)
    it.join(user);
  for (user_id user = 11; user <= 100; ++user)
    it.join(user);
  it.now += milliseconds{1750}; // worth 3.5, not yet let in
  policy.rate_per_second = 1000;
  policy.burst = 3;
  it.run(change_policy{policy});
  BOOST_TEST(it.machine.snapshot().credit == 3000); // at the old rate, spilled at the new brim
  policy.burst = 5;
  it.run(change_policy{policy});
  BOOST_TEST(it.machine.snapshot().credit == 3000); // a bigger bucket is not a fuller one
  BOOST_TEST(it.run(change_policy{policy}).events.empty());
  policy.max_active = 5;
  it.run(change_policy{policy});
  it.wait_until(it.now + seconds{1});
  BOOST_TEST(it.machine.active() == 10); // who is in stays in
}

BOOST_AUTO_TEST_CASE(a_clock_that_runs_backwards_lets_nobody_in_and_moves_no_time) {
  auto policy = slow_policy();
  room it(policy);
  it.join(1);
  it.now = noon - seconds{30};
  it.join(2);
  BOOST_TEST((std::get<place_taken>(it.history.back()).at == noon));
  BOOST_TEST(it.run(tick{}).events.empty());
  it.now = noon + milliseconds{999};
  BOOST_TEST(it.run(tick{}).events.empty());
  it.now = noon + milliseconds{1000};
  BOOST_TEST((only_event<places_admitted>(it.run(tick{})).through == 2));
}

BOOST_AUTO_TEST_SUITE_END()
