#include "http/place_feed.hpp"
#include "http/place_listener.hpp"
#include "tests/domain/random_source.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

using namespace frontrow;
using namespace frontrow::http;
using namespace std::chrono_literals;
using domain::place_progress;
using domain::place_status;

namespace {

place_progress waiting(domain::place_number place, std::int64_t position, std::int64_t eta_seconds) {
  return {place, place_status::waiting, position, eta_seconds, 15'000, {}};
}
place_progress active(domain::place_number place) {
  return {place, place_status::active, 0, 0, 5'000, domain::instant{300s}};
}

/// A queue as the feed sees it, with a clock to wind.
struct watched_queue {
  place_feed feed;
  place_feed::time_point now{1h};
  domain::event_number version = 1;
  domain::place_number first_waiting = 1;
  std::map<domain::place_number, place_progress> truth;
  std::map<domain::place_number, place_progress> told;
  std::int64_t looks = 0;
  std::int64_t answers = 0; // states in answers

  void listen(const place_progress& state) {
    truth[state.place] = state;
    feed.add(state, now);
  }
  /// One look; the answer.
  void look() {
    const auto question = feed.ask(now);
    BOOST_TEST(question.if_changed.size() + question.in_any_case.size() <= place_feed::places_per_look_max);
    ++looks;
    domain::places_watched answer{version, first_waiting, {}};
    if (question.known_version != version)
      for (const auto place : question.if_changed)
        answer.told.push_back(truth.at(place));
    for (const auto place : question.in_any_case)
      answer.told.push_back(truth.at(place));
    answers += std::ssize(answer.told);
    for (const auto& each : feed.answered(answer, now))
      told[each.place] = each;
  }
  void run_for(place_feed::span span) {
    const auto end = now + span;
    while (feed.next_look() && *feed.next_look() <= end) {
      now = std::max(now, *feed.next_look());
      look();
    }
    now = end;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(place_feeds)

BOOST_AUTO_TEST_CASE(near_the_front_each_change_is_seen_at_the_next_look) {
  watched_queue queue;
  queue.listen(waiting(7, 3, 1));
  queue.run_for(1s);
  BOOST_TEST(queue.told.empty());
  for (std::int64_t position = 2; position >= 1; --position) {
    ++queue.version;
    queue.truth[7].position = position;
    queue.run_for(place_feed::pause_most);
    BOOST_TEST(queue.told[7].position == position);
  }
}

BOOST_AUTO_TEST_CASE(far_back_changes_are_told_once_a_second_at_the_most) {
  watched_queue queue;
  queue.listen(waiting(900, 800, 20));
  queue.run_for(1s);
  std::int64_t tellings = 0;
  for (int change = 1; change <= 100; ++change) { // ten seconds
    ++queue.version;
    queue.truth[900].position = 800 - change;
    queue.told.clear();
    queue.run_for(100ms);
    tellings += std::ssize(queue.told);
  }
  BOOST_TEST(tellings >= 8);
  BOOST_TEST(tellings <= 10);
}

BOOST_AUTO_TEST_CASE(an_admission_is_told_at_once_however_far_back_it_was_believed) {
  watched_queue queue;
  for (domain::place_number place = 1; place <= 5'000; ++place)
    queue.listen(waiting(place, place, 3'000));
  queue.run_for(1s);
  // All are let in at once: a policy was changed.
  ++queue.version;
  queue.first_waiting = 5'001;
  for (auto& [place, state] : queue.truth)
    state = active(place);
  queue.run_for(place_feed::pause_most);
  BOOST_TEST(queue.told.size() == 5'000U);
}

BOOST_AUTO_TEST_CASE(a_place_that_a_policy_makes_brief_is_asked_about_in_time) {
  watched_queue queue;
  auto state = waiting(3, 500, 3'000);
  state.poll_after_ms = 250; // gone after a second
  queue.listen(state);
  queue.run_for(500ms);
  const auto before = queue.looks;
  std::int64_t seen = 0;
  for (; queue.looks < before + 100; queue.run_for(0s)) {
    queue.now = std::max(queue.now, *queue.feed.next_look());
    const auto question = queue.feed.ask(queue.now);
    seen += std::ssize(question.if_changed) + std::ssize(question.in_any_case);
    queue.feed.failed(queue.now);
    ++queue.looks;
  }
  BOOST_TEST(seen >= 90); // what was not answered is asked again
}

BOOST_AUTO_TEST_CASE(while_a_queue_stands_still_nothing_is_told_twice_and_little_is_asked) {
  watched_queue queue;
  for (domain::place_number place = 1; place <= 1'000; ++place)
    queue.listen(waiting(place, place, 1));
  queue.run_for(1s);
  queue.looks = queue.answers = 0;
  queue.run_for(10s);
  BOOST_TEST(queue.looks <= 10s / place_feed::pause_most + 1);
  BOOST_TEST(queue.answers == 0);
  BOOST_TEST(queue.told.empty());
}

BOOST_AUTO_TEST_CASE(one_who_comes_while_a_question_is_under_way_is_not_told_an_older_state) {
  watched_queue queue;
  queue.listen(waiting(4, 2, 1));
  queue.look();
  const auto question = queue.feed.ask(queue.now + 1s);
  BOOST_TEST_REQUIRE(question.if_changed.size() == 1U);
  queue.feed.add(active(4), queue.now + 1s); // a second tab, which was told a later state
  const auto changed = queue.feed.answered({2, 1, {waiting(4, 1, 1)}}, queue.now + 1s);
  BOOST_TEST(changed.empty());
  BOOST_TEST(queue.feed.ask(queue.now + 2s).in_any_case.size() == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_is_asked_about_who_has_gone) {
  watched_queue queue;
  queue.listen(waiting(1, 1, 1));
  queue.listen(waiting(2, 2, 1));
  queue.look();
  const auto question = queue.feed.ask(queue.now + 1s);
  queue.feed.remove(1);
  BOOST_TEST(queue.feed.answered({2, 2, {active(1), waiting(2, 1, 1)}}, queue.now + 1s).size() == 1U);
  queue.feed.remove(2);
  BOOST_TEST(queue.feed.empty());
  BOOST_TEST(!queue.feed.next_look().has_value());
}

BOOST_AUTO_TEST_CASE(in_the_end_everybody_knows_the_truth) {
  test::random_source chance{"place_feeds"};
  for (int story = 0; story < 50; ++story) {
    watched_queue queue;
    std::map<domain::place_number, place_progress> known; // what a client has heard
    for (int step = 0; step < 400; ++step) {
      const auto place = chance.between(1, 60);
      switch (chance.between(0, 5)) {
      case 0:
        if (!queue.truth.contains(place))
          queue.truth[place] = waiting(place, place, chance.between(0, 200));
        queue.feed.add(queue.truth[place], queue.now);
        known[place] = queue.truth[place];
        break;
      case 1:
        queue.feed.remove(place);
        known.erase(place);
        break;
      case 2:
        for (auto& [number, state] : queue.truth)
          if (state.status == place_status::waiting && chance.between(0, 3) == 0) {
            ++queue.version;
            state =
                number <= queue.first_waiting
                    ? active(number)
                    : waiting(number, std::max<std::int64_t>(1, state.position - 1), chance.between(0, 200));
          }
        break;
      case 3:
        if (queue.feed.next_look()) {
          queue.now = std::max(queue.now, *queue.feed.next_look());
          queue.feed.ask(queue.now);
          queue.feed.failed(queue.now);
        }
        break;
      default:
        queue.run_for(place_feed::span{chance.between(0, 500)});
        for (const auto& [number, state] : std::exchange(queue.told, {}))
          if (known.contains(number))
            known[number] = state;
      }
    }
    queue.run_for(place_feed::interval_most + 1s);
    for (const auto& [number, state] : queue.told)
      if (known.contains(number))
        known[number] = state;
    for (const auto& [number, state] : known)
      BOOST_TEST((state == queue.truth[number]), "place " << number << " in story " << story);
  }
}

BOOST_AUTO_TEST_CASE(a_state_has_the_same_name_on_every_front) {
  BOOST_TEST(state_id(waiting(7, 41, 5)) == "WAITING-41-5");
  BOOST_TEST(state_id(active(7)) == "ACTIVE-300000");
  BOOST_TEST(state_id({7, place_status::completed, 0, 0, 0, {}}) == "COMPLETED");
  BOOST_TEST(state_id({7, place_status::sold_out, 0, 0, 15'000, {}}) == "SOLD_OUT");
}

BOOST_AUTO_TEST_SUITE_END()
