#include "tests/actors/still_home.hpp"

using namespace frontrow;
using namespace frontrow::test;
using persistence::append_failure;

namespace {

join_queue join_of(user_id user) { return {{}, user, {}}; }

/// A waiting room that lets nobody in and takes those for gone who were not seen for ten seconds.
struct room : still_journal<queue> {
  still_home<queue> home{*this};

  room() {
    home.read_history();
    queue_policy policy;
    policy.paused = true;
    policy.abandon_seconds = 10;
    home.send(1, open_queue{policy});
    home.all_durable();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(entity_board)

BOOST_AUTO_TEST_CASE(a_board_is_told_of_an_event_once_it_is_durable_and_before_whoever_waits_for_it) {
  room it;
  it.home.send(2, join_of(1));
  BOOST_TEST(it.home.board->find(1) == nullptr); // decided, not in the journal
  it.home.before_answer = [&] { BOOST_TEST(it.home.board->find(1) != nullptr); };
  it.home.all_durable();
  BOOST_TEST(it.home.heard<place_view>(2).place == 1);
}

BOOST_AUTO_TEST_CASE(a_new_life_puts_up_what_the_journal_holds) {
  room it;
  it.home.send(2, join_of(1));
  it.home.all_durable();
  it.home.send(3, join_of(2)); // never becomes durable
  still_home<queue> next{it};
  BOOST_TEST(!next.board.has_value());
  next.read_history();
  BOOST_TEST_REQUIRE(next.board.has_value());
  BOOST_TEST(next.board->find(1) != nullptr);
  BOOST_TEST(next.board->find(2) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_life_that_ends_takes_its_board_down) {
  room it;
  BOOST_TEST(it.home.board.has_value());
  it.home.life.receive(actors::append_failed{append_failure::fenced});
  BOOST_TEST(!it.home.board.has_value());
}

BOOST_AUTO_TEST_CASE(whoever_looked_at_the_board_is_heard_of_before_anybody_is_taken_for_gone) {
  room it;
  it.home.send(2, join_of(1));
  it.home.send(3, join_of(2));
  it.home.all_durable();
  it.home.time += seconds{9};
  it.home.sights = {{{2, it.home.time}}};
  it.home.time += seconds{2};
  it.home.life.receive(actors::due{}); // ten seconds after both came
  it.home.all_durable();
  BOOST_TEST((it.home.board->find(1)->status() == place_status::expired));
  BOOST_TEST((it.home.board->find(2)->status() == place_status::waiting));
  it.home.sights = {{{2, it.home.time}}};
  it.home.life.receive(actors::look_at_board{});
  BOOST_TEST(it.home.sights.all.empty());
}

BOOST_AUTO_TEST_CASE(a_decision_hears_of_those_who_looked_first) {
  room it;
  it.home.send(2, join_of(1));
  it.home.all_durable();
  it.home.time += seconds{11};
  it.home.sights = {{{1, it.home.time - seconds{1}}}};
  it.home.send(3, join_of(2)); // what is due is done first
  it.home.all_durable();
  BOOST_TEST((it.home.board->find(1)->status() == place_status::waiting));
}

BOOST_AUTO_TEST_CASE(a_life_whose_board_is_looked_at_stays) {
  room it;
  it.home.sights = {{{1, it.home.time}}};
  it.home.life.receive(actors::passivate{});
  BOOST_TEST(it.home.stayed == 1);
  it.home.life.receive(actors::passivate{});
  BOOST_TEST(it.home.over.has_value());
}

BOOST_AUTO_TEST_CASE(nobody_is_taken_for_gone_for_a_time_in_which_nobody_could_be_heard) {
  for (const auto cut_off : {&still_home<queue>::journal_is_there, &still_home<queue>::has_lease}) {
    room it;
    it.home.send(2, join_of(1));
    it.home.all_durable();
    it.home.*cut_off = false;
    it.home.time += seconds{130};
    it.home.life.receive(actors::due{});
    it.home.*cut_off = true;
    it.home.life.receive(actors::due{});
    it.home.all_durable();
    BOOST_TEST((it.home.board->find(1)->status() == place_status::waiting));
    it.home.time += seconds{11};
    it.home.life.receive(actors::due{});
    it.home.all_durable();
    BOOST_TEST((it.home.board->find(1)->status() == place_status::expired));
  }
}

BOOST_AUTO_TEST_SUITE_END()
