#include "tests/domain/queue_room.hpp"
#include "tests/domain/random_source.hpp"

#include <set>

using namespace frontrow::test;

namespace {

join_queue join_of(user_id user, std::uint64_t command = 0) {
  return {command_id{0, command}, user, secret_of(user)};
}

/// Estimates learn from each who ends, and those who end for a company end together.
place_view without_estimates(place_view view) {
  view.eta_seconds = 0;
  view.poll_after_ms = 0;
  return view;
}

/// Two rooms of one history: those who join together in one of them come one after the other in the other
/// one.
struct twin_rooms {
  explicit twin_rooms(const queue_policy& policy) : together(policy), in_turn(policy) {}

  template <class Command>
  void both(const Command& command) {
    together.run(command);
    in_turn.run(command);
  }
  void pass(milliseconds time) {
    for (auto* each : {&together, &in_turn})
      each->wait_until(each->now + time);
  }
  void join(const std::vector<join_queue>& all) {
    const auto told = together.run(join_together{all}).reply;
    BOOST_TEST_REQUIRE(told.answers.size() == all.size());
    for (std::size_t nth = 0; nth < all.size(); ++nth) {
      const auto alone = in_turn.run(all[nth]);
      if (alone.accepted())
        BOOST_TEST((without_estimates(std::get<place_view>(told.answers[nth])) == without_estimates(alone.reply)));
      else
        BOOST_TEST((std::get<refused>(told.answers[nth]) == alone.refusal_));
    }
    auto one = together.machine.snapshot(), other = in_turn.machine.snapshot();
    one.version = other.version = 0;
    BOOST_TEST((one == other));
    BOOST_TEST((together.machine.next_deadline() == in_turn.machine.next_deadline()));
  }

  room together;
  room in_turn;
};

} // namespace

BOOST_AUTO_TEST_SUITE(queue_join)

BOOST_AUTO_TEST_CASE(whoever_joins_together_stands_in_one_event_in_the_order_of_asking) {
  room it(slow_policy());
  it.join(1); // takes the only admission
  const auto joined = it.run(join_together{{join_of(7, 70), join_of(3), join_of(5)}});
  const auto& taken = only_event<places_taken>(joined);
  BOOST_TEST(taken.first == 2);
  BOOST_TEST_REQUIRE(taken.takers.size() == 3U);
  BOOST_TEST(taken.takers[0].user == 7);
  BOOST_TEST((taken.takers[0].command == command_id{0, 70}));
  BOOST_TEST(taken.takers[2].user == 5);
  BOOST_TEST((taken.takers[2].secret == secret_of(5)));
  for (std::size_t nth = 0; nth < 3; ++nth) {
    const auto& told = std::get<place_view>(joined.reply.answers[nth]);
    BOOST_TEST(told.place == static_cast<place_number>(nth) + 2);
    BOOST_TEST(told.position == static_cast<std::int64_t>(nth) + 1);
    BOOST_TEST((told.how == answer::made));
  }
}

BOOST_AUTO_TEST_CASE(one_who_joins_in_company_of_the_refused_stands_alone) {
  room it(slow_policy());
  it.join(1);
  const auto joined = it.run(join_together{{join_of(1), join_of(0), join_of(2)}});
  BOOST_TEST(only_event<place_taken>(joined).user == 2);
  BOOST_TEST((std::get<place_view>(joined.reply.answers[0]).how == answer::found));
  BOOST_TEST((std::get<refused>(joined.reply.answers[1]).reason == refusal::invalid_request));
}

BOOST_AUTO_TEST_CASE(the_same_user_twice_in_one_company_gets_one_place) {
  twin_rooms it(slow_policy());
  it.join({join_of(1, 5), join_of(1, 5), join_of(1, 6), join_of(2), join_of(2)});
  BOOST_TEST(it.together.machine.waiting() + it.together.machine.active() == 2);
}

BOOST_AUTO_TEST_CASE(a_company_fills_the_room_to_its_capacity_and_no_further) {
  auto policy = slow_policy();
  policy.capacity = 2;
  policy.burst = 2;
  twin_rooms it(policy);
  it.join({join_of(1), join_of(2), join_of(3), join_of(4), join_of(5), join_of(6)});
  BOOST_TEST(it.together.machine.active() == 2); // two had credit, two wait, two were too many
  BOOST_TEST(it.together.machine.waiting() == 2);
}

BOOST_AUTO_TEST_CASE(nobody_joins_a_queue_that_was_not_opened) {
  room it;
  const auto joined = it.run(join_together{{join_of(1)}});
  BOOST_TEST(joined.events.empty());
  BOOST_TEST((std::get<refused>(joined.reply.answers[0]).reason == refusal::concert_not_found));
}

BOOST_AUTO_TEST_CASE(joining_together_comes_to_what_joining_in_turn_does) {
  random_source chance("joining_together_comes_to_what_joining_in_turn_does");
  for (auto nights = steps_or(150); nights > 0; --nights) {
    queue_policy policy = slow_policy();
    policy.rate_per_second = static_cast<std::int32_t>(chance.between(1, 20));
    policy.burst = static_cast<std::int32_t>(chance.between(1, 6));
    policy.max_active = static_cast<std::int32_t>(chance.between(1, 8));
    policy.capacity = static_cast<std::int32_t>(chance.between(1, 12));
    policy.active_seconds = static_cast<std::int32_t>(chance.between(1, 5));
    policy.paused = chance.one_in(8);
    twin_rooms it(policy);
    for (int step = 0; step < 12; ++step) {
      std::vector<join_queue> company;
      for (auto size = chance.between(1, 9); size > 0; --size)
        company.push_back(join_of(chance.between(0, 15),
                                  chance.one_in(2) ? 0 : static_cast<std::uint64_t>(chance.between(1, 30))));
      it.join(company);
      if (chance.one_in(3))
        it.both(complete_place{chance.between(1, 12), 1, 1});
      if (chance.one_in(20))
        it.both(report_option{1, step + 1, true});
      // Not settled: whoever's time is over is found so by the next to join.
      const milliseconds time{chance.between(0, 3'000)};
      if (chance.one_in(2)) {
        it.pass(time);
      } else {
        it.together.now += time;
        it.in_turn.now += time;
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(queue_place_book)

BOOST_AUTO_TEST_CASE(a_copy_that_is_told_the_events_later_tells_what_the_queue_told_then) {
  random_source chance("a_copy_that_is_told_the_events_later_tells_what_the_queue_told_then");
  auto policy = slow_policy();
  policy.rate_per_second = 5;
  policy.burst = 3;
  policy.max_active = 6;
  policy.active_seconds = 4;
  policy.abandon_seconds = 60;
  room it(policy);
  place_book copy;
  std::vector<queue> as_of{it.machine}; // the queue after each event, its opening first
  std::size_t told = 0;
  for (auto steps = steps_or(400); steps > 0; --steps) {
    const auto before = it.history.size();
    auto one = it.machine;
    switch (chance.between(0, 4)) {
    case 0:
      it.run(join_together{{join_of(chance.between(1, 40)), join_of(chance.between(1, 40))}});
      break;
    case 1:
      it.run(complete_place{chance.between(1, 60), 1, 1});
      break;
    case 2: {
      const auto place = chance.between(1, 60);
      const auto* found = it.machine.book().find(place);
      it.run(leave_queue{place, found ? found->secret : place_secret{}, 0});
      break;
    }
    case 3:
      if (chance.one_in(30))
        it.now += remembered_for;
      it.wait_until(it.now + milliseconds{chance.between(0, 900)});
      break;
    default:
      policy.max_active = static_cast<std::int32_t>(chance.between(30, 60));
      it.run(change_policy{policy});
    }
    for (auto nth = before; nth < it.history.size(); ++nth) {
      one.apply(it.history[nth]);
      as_of.push_back(one);
    }
    // Durability comes in strides.
    const auto durable =
        told + static_cast<std::size_t>(chance.between(0, static_cast<std::int64_t>(as_of.size() - told)));
    while (told < durable)
      copy.apply(it.history[told++]);
    if (told == 0)
      continue;
    const auto& then = as_of[told - 1];
    BOOST_TEST_REQUIRE(copy.next_place() == then.book().next_place());
    for (auto place = copy.first_place() - 1; place <= copy.next_place(); ++place) {
      const auto* found = copy.find(place);
      const read_place question{place, found ? found->secret : place_secret{}, found ? found->user : 1};
      const auto answered = then.decide(question, it.now);
      BOOST_TEST_REQUIRE(answered.accepted() == (found != nullptr));
      if (found)
        BOOST_TEST((copy.view_of(place, answer::found, copy.no_earlier(it.now)) == answered.reply));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_estimate_learns_how_long_people_shop) {
  auto policy = slow_policy();
  policy.rate_per_second = 1'000;
  policy.burst = 1'000;
  policy.max_active = 1;
  policy.active_seconds = 300;
  room it(policy);
  for (user_id user = 1; user <= 400; ++user)
    it.machine.apply(place_taken{it.now, user, user, secret_of(user), {}});
  const auto estimate = [&] { return it.machine.book().view_of(400, answer::found, it.now).eta_seconds; };
  it.machine.apply(places_admitted{it.now, 1, 1, it.now + seconds{300}});
  BOOST_TEST(estimate() == 399 * 300); // nobody has shopped: as long as anybody may
  for (place_number place = 1; place <= 300; ++place) {
    it.now += seconds{2};
    it.machine.apply(places_ended{it.now, place_end::completed, {place}});
    it.machine.apply(places_admitted{it.now, place + 1, 1, it.now + seconds{300}});
  }
  BOOST_TEST(estimate() > 99 * 2);
  BOOST_TEST(estimate() < 99 * 10);
}

BOOST_AUTO_TEST_CASE(a_secret_or_a_user_that_is_not_the_places_finds_nothing) {
  room it(slow_policy());
  it.join(1);
  const auto& book = it.machine.book();
  BOOST_TEST(book.find(1, secret_of(1), 1) != nullptr);
  BOOST_TEST(book.find(1, secret_of(1), 0) != nullptr);
  BOOST_TEST(book.find(1, secret_of(2), 1) == nullptr);
  BOOST_TEST(book.find(1, secret_of(1), 2) == nullptr);
  BOOST_TEST(book.find(2, secret_of(1), 1) == nullptr);
  BOOST_TEST(book.find(0, secret_of(1), 1) == nullptr);
}

BOOST_AUTO_TEST_CASE(whoever_was_seen_elsewhere_keeps_the_place_as_of_that_time) {
  auto policy = slow_policy();
  policy.abandon_seconds = 10;
  policy.paused = true;
  room it(policy);
  it.join(1);
  it.join(2);
  it.join(3);
  const auto noted = it.now + seconds{9};
  it.machine.observe(places_seen{{{2, noted}, {77, noted}}}, it.now + seconds{9});
  it.now = noted + seconds{2};
  it.run(tick{});
  BOOST_TEST((it.status(3, 3) == place_status::expired));
  BOOST_TEST((it.machine.book().find(2)->status() == place_status::waiting));
  it.now = noted + seconds{11};
  it.run(tick{});
  BOOST_TEST((it.machine.book().find(2)->status() == place_status::expired));
}

BOOST_AUTO_TEST_SUITE_END()
