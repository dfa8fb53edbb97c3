#include "tests/actors/still_home.hpp"

using namespace frontrow;
using namespace frontrow::test;
using persistence::append_failure;

namespace {

charge charge_of(money amount, std::uint64_t id) { return {{0, id}, 1, amount}; }

/// An account with one charge of 500, in the journal.
still_journal<account> one_charge() {
  still_journal<account> journal;
  still_home<account> first{journal};
  first.read_history();
  first.send(1, charge_of(500, 1));
  first.all_durable();
  return journal;
}

/// What they cost is a constant share of the events, and what they spare is most of a replay.
void snapshots_are_worth_it(const still_journal<account>& journal) {
  BOOST_REQUIRE(journal.snapshot.has_value());
  BOOST_TEST(journal.snapshot_bytes < 4 * journal.event_bytes);
  BOOST_TEST(std::ssize(journal.rows) - journal.snapshot->version < 2 * journal.snapshot->version);
}

struct hall : still_journal<seat_map> {
  still_home<seat_map> home{*this};

  /// On sale, with one seat held for ten seconds.
  hall() {
    home.read_history();
    option_terms terms;
    terms.concert = 9;
    terms.sections = {{"A", "R", 1000, 1, 4}};
    terms.hold_seconds = 10;
    home.send(1, open_option{terms});
    home.send(2, hold_seats{{1, 2}, 1, 42, 1, {1}});
    home.all_durable();
    BOOST_REQUIRE(home.wake.has_value());
  }
  void the_hold_lapses() { home.time += milliseconds{10'000}; }
  seat_status of_the_seat() {
    home.send(9, read_seats{});
    home.all_durable();
    return home.heard<seat_list>(9).statuses.at(0);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(entity_life)

// ---- loading

BOOST_AUTO_TEST_CASE(what_comes_while_it_loads_is_kept_in_order_and_stays_counted) {
  auto journal = one_charge();
  still_home<account> it{journal};
  it.send(1, charge_of(300, 2));
  it.send(2, read_balance{});
  it.send(3, charge_of(200, 3));
  BOOST_TEST(*it.mailbox == 3); // the shard counts them against the limit
  BOOST_TEST(it.answers.empty());
  it.read_history();
  BOOST_TEST(*it.mailbox == 0);
  it.all_durable();
  BOOST_TEST(it.heard<charge_made>(1).balance == 800);
  BOOST_TEST(it.heard<balance_view>(2).balance == 800);
  BOOST_TEST(it.heard<charge_made>(3).balance == 1'000);
}

BOOST_AUTO_TEST_CASE(a_question_about_it_does_not_wait_for_its_history) {
  auto journal = one_charge();
  still_home<account> it{journal};
  it.send(1, charge_of(300, 2));
  cluster::envelope question;
  question.from = {0, 1, 2};
  question.payload = caf::make_message(actors::read_status{});
  it.life.receive(question); // not counted
  BOOST_TEST(it.heard<actors::entity_status>(2).mailbox == 1);
}

BOOST_AUTO_TEST_CASE(a_history_that_cannot_be_read_ends_the_life_and_whoever_waits_asks_again) {
  auto journal = one_charge();
  still_home<account> it{journal};
  it.send(1, read_balance{});
  it.read_fails();
  BOOST_TEST(it.was_told_to_ask_again(1));
  BOOST_TEST(*it.mailbox == 0);
  BOOST_TEST((it.over == actors::life_over::why::failed));
  it.send(2, read_balance{}); // before the shard has heard of it
  BOOST_TEST(it.was_told_to_ask_again(2));
  BOOST_TEST(it.loads == 1);
}

BOOST_AUTO_TEST_CASE(a_read_that_is_not_taken_on_ends_the_life) {
  auto journal = one_charge();
  still_home<account> it{journal, 0};
  it.read_history();
  it.takes_reads = false;
  it.life.receive(actors::take_over{3});
  BOOST_TEST((it.over == actors::life_over::why::failed));
}

BOOST_AUTO_TEST_CASE(a_corrupt_history_ends_the_life) {
  auto journal = one_charge();
  journal.rows.front().row.data = "not what was written";
  still_home<account> it{journal};
  it.read_history();
  BOOST_TEST((it.over == actors::life_over::why::failed));
  BOOST_TEST(it.has_begun == 0);
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_no_use_costs_a_replay_of_all_and_nothing_else) {
  auto journal = one_charge();
  journal.snapshot = persistence::snapshot_row{1, 99, "of another time"};
  still_home<account> it{journal};
  it.read_history();
  BOOST_TEST(it.loads == 2);
  BOOST_TEST((it.options.snapshot == persistence::snapshots::ignored));
  it.read_history();
  it.send(1, read_balance{});
  BOOST_TEST(it.heard<balance_view>(1).balance == 500);
}

// ---- ahead of a move

BOOST_AUTO_TEST_CASE(loaded_ahead_it_waits_and_then_reads_what_was_written_since) {
  auto journal = one_charge();
  still_home<account> ahead{journal, 0};
  ahead.read_history();
  BOOST_TEST(ahead.was_ahead == 1);
  ahead.send(1, read_balance{}); // early: kept
  still_home<account> old_owner{journal};
  old_owner.read_history();
  old_owner.send(1, charge_of(300, 2));
  old_owner.all_durable();
  ahead.life.receive(actors::take_over{3});
  BOOST_TEST(ahead.options.after == 1); // the tail alone
  BOOST_TEST(ahead.has_begun == 0);
  ahead.read_history();
  BOOST_TEST(ahead.opened_with == 3);
  BOOST_TEST(ahead.heard<balance_view>(1).balance == 800);
}

BOOST_AUTO_TEST_CASE(taken_over_in_the_middle_of_the_first_read_it_reads_the_tail_all_the_same) {
  auto journal = one_charge();
  still_home<account> it{journal, 0};
  it.life.receive(actors::take_over{3});
  BOOST_TEST(it.loads == 1);
  it.read_history();
  BOOST_TEST(it.was_ahead == 0);
  BOOST_TEST(it.has_begun == 0);
  BOOST_TEST(it.loads == 2);
  BOOST_TEST(it.options.after == 1);
  it.read_history();
  BOOST_TEST(it.has_begun == 1);
  BOOST_TEST(it.opened_with == 3);
}

// ---- deadlines

BOOST_AUTO_TEST_CASE(what_is_due_is_done_by_the_ring_alone) {
  hall it;
  it.the_hold_lapses();
  it.home.life.receive(actors::due{});
  BOOST_TEST((it.of_the_seat() == seat_status::available));
}

BOOST_AUTO_TEST_CASE(a_deadline_keeps_it_in_memory_and_one_that_rings_while_it_is_asked_to_leave_is_not_lost) {
  hall it;
  it.home.life.receive(actors::passivate{});
  BOOST_TEST(it.home.stayed == 1);
  BOOST_TEST(!it.home.over.has_value());
  it.the_hold_lapses();
  it.home.wake.reset(); // the shard has rung, and forgotten it
  it.home.life.receive(actors::passivate{}); // overtakes the ring
  BOOST_TEST(it.home.stayed == 2);
  it.home.life.receive(actors::due{});
  BOOST_TEST(!it.home.submitted.empty());
  BOOST_TEST((it.of_the_seat() == seat_status::available));
}

BOOST_AUTO_TEST_CASE(asked_to_leave_with_something_under_way_it_stays_and_idle_it_goes) {
  auto journal = one_charge();
  still_home<account> it{journal};
  it.life.receive(actors::passivate{}); // still loading
  BOOST_TEST(it.stayed == 1);
  it.read_history();
  it.send(1, charge_of(300, 2));
  it.life.receive(actors::passivate{});
  BOOST_TEST(it.stayed == 2);
  it.all_durable();
  it.life.receive(actors::passivate{});
  BOOST_TEST(it.stayed == 2);
  BOOST_TEST((it.over == actors::life_over::why::idle));
}

BOOST_AUTO_TEST_CASE(a_deadline_that_rings_while_the_shard_leaves_is_the_new_owners) {
  hall it;
  it.home.send(3, hold_seats{{1, 3}, 1, 43, 2, {2}});
  it.home.life.receive(actors::hand_over{});
  it.the_hold_lapses();
  const auto under_way = it.home.submitted.size();
  it.home.life.receive(actors::due{});
  BOOST_TEST(it.home.submitted.size() == under_way);
  it.home.all_durable();
  BOOST_TEST((it.home.over == actors::life_over::why::idle));
  still_home<seat_map> next{it, 2};
  next.time = it.home.time;
  next.read_history();
  BOOST_REQUIRE(next.wake.has_value()); // as soon as it lives
  next.life.receive(actors::due{});
  next.all_durable();
  next.send(1, read_seats{});
  BOOST_TEST((next.heard<seat_list>(1).statuses.at(0) == seat_status::available));
}

// ---- the end

BOOST_AUTO_TEST_CASE(before_its_shard_leaves_it_writes_and_answers_what_it_has_decided) {
  auto journal = one_charge();
  still_home<account> it{journal};
  it.read_history();
  it.send(1, charge_of(300, 2));
  it.life.receive(actors::hand_over{actors::hand_over::how::when_durable});
  it.send(2, charge_of(200, 3));
  BOOST_TEST(it.was_sent_on(2));
  BOOST_TEST(!it.over.has_value());
  it.all_durable();
  BOOST_TEST(it.heard<charge_made>(1).balance == 800);
  BOOST_TEST((it.over == actors::life_over::why::idle));
}

BOOST_AUTO_TEST_CASE(a_shard_that_leaves_at_once_sends_everyone_on) {
  auto journal = one_charge();
  still_home<account> it{journal};
  it.read_history();
  it.send(1, charge_of(300, 2));
  it.life.receive(actors::hand_over{actors::hand_over::how::when_durable});
  it.life.receive(actors::hand_over{actors::hand_over::how::at_once}); // patience is over
  BOOST_TEST(it.was_sent_on(1));
  BOOST_TEST((it.over == actors::life_over::why::idle));
}

BOOST_AUTO_TEST_CASE(a_shard_that_leaves_while_it_loads_sends_everyone_on_and_what_is_read_then_is_of_no_use) {
  auto journal = one_charge();
  journal.snapshot = persistence::snapshot_row{1, 99, "of another time"};
  still_home<account> it{journal};
  it.send(1, read_balance{});
  it.life.receive(actors::hand_over{});
  BOOST_TEST(it.was_sent_on(1));
  BOOST_TEST((it.over == actors::life_over::why::idle));
  it.read_history();
  BOOST_TEST(it.loads == 1);
  BOOST_TEST(it.has_begun == 0);
}

BOOST_AUTO_TEST_CASE(fenced_off_it_sends_whoever_waits_to_the_new_owner_and_otherwise_back_to_itself) {
  for (const auto reason : {append_failure::fenced, append_failure::rejected}) {
    auto journal = one_charge();
    still_home<account> it{journal};
    it.read_history();
    it.send(1, charge_of(300, 2));
    it.life.receive(actors::append_failed{reason});
    BOOST_TEST(it.was_sent_on(1) == (reason == append_failure::fenced));
    BOOST_TEST(it.was_told_to_ask_again(1) == (reason == append_failure::rejected));
    BOOST_TEST((it.over == actors::life_over::why::failed));
    it.life.receive(actors::became_durable{2}); // news of the past
    it.life.receive(actors::due{});
    it.life.receive(actors::passivate{});
    BOOST_TEST(it.stayed == 0);
    BOOST_TEST(it.life.living() == nullptr);
  }
}

BOOST_AUTO_TEST_CASE(past_the_lease_only_what_the_crowd_may_see_late_is_answered) {
  hall it;
  it.home.has_lease = false;
  it.home.send(3, read_reservation{42, 2});
  BOOST_TEST(it.home.was_told_to_ask_again(3));
  it.home.send(4, hold_seats{{1, 4}, 1, 44, 3, {3}});
  BOOST_TEST(it.home.was_told_to_ask_again(4));
  it.home.send(5, read_seats{});
  BOOST_TEST((it.home.heard<seat_list>(5).statuses.at(0) == seat_status::held));
}

// ---- snapshots

BOOST_AUTO_TEST_CASE(an_account_is_stored_though_it_grows_faster_in_memory_than_its_events_do_in_the_journal) {
  still_journal<account> journal;
  still_home<account> it{journal};
  it.read_history();
  for (std::uint64_t id = 1; id <= 1'100; ++id) { // its arrays have just become twice as large
    it.send(id, charge_of(1, id));
    it.all_durable();
  }
  BOOST_TEST(it.life.living()->machine().memory_bytes() > journal.event_bytes); // or this tests nothing
  snapshots_are_worth_it(journal);
}

BOOST_AUTO_TEST_CASE(many_short_lives_store_what_one_long_one_would) {
  still_journal<account> journal;
  for (std::uint64_t id = 1; id <= 1'000;) {
    still_home<account> it{journal};
    it.read_history();
    for (int n = 0; n < 5; ++n, ++id)
      it.send(id, charge_of(1, id));
    it.all_durable();
    it.life.receive(actors::passivate{});
    BOOST_REQUIRE((it.over == actors::life_over::why::idle));
  }
  snapshots_are_worth_it(journal);
}

BOOST_AUTO_TEST_CASE(a_snapshot_waits_for_a_thread_that_may_be_held_up) {
  still_journal<account> journal;
  still_home<account> it{journal};
  it.read_history();
  it.thread_has_time = false;
  for (std::uint64_t id = 1; id <= 100; ++id) {
    it.send(id, charge_of(1, id));
    it.all_durable();
  }
  BOOST_TEST(!journal.snapshot.has_value());
  it.thread_has_time = true;
  it.life.receive(actors::take_your_time{});
  BOOST_REQUIRE(journal.snapshot.has_value());
  BOOST_TEST(journal.snapshot->version == 100);
  const auto stored = journal.snapshot_bytes;
  it.life.receive(actors::take_your_time{}); // asked for more than once
  BOOST_TEST(journal.snapshot_bytes == stored);
}

BOOST_AUTO_TEST_CASE(a_letter_that_it_does_not_understand_is_answered) {
  auto journal = one_charge();
  still_home<account> it{journal};
  it.read_history();
  it.send(1, read_seats{});
  BOOST_TEST(it.was_told_to_ask_again(1));
  BOOST_TEST(*it.mailbox == 0);
}

BOOST_AUTO_TEST_SUITE_END()
