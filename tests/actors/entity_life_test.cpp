#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/entity_life.hpp"

using namespace frontrow;
using namespace frontrow::domain;
using persistence::append_failure;

namespace {

constexpr std::int64_t entity = 1;

/// The journal of one entity, as it is after a crash: what became durable, and the snapshot that was stored last.
template <class Machine>
struct still_journal {
  std::vector<persistence::stored_event> rows;
  std::optional<persistence::snapshot_row> snapshot;
  std::size_t snapshot_bytes = 0; // of all that were stored
  std::size_t event_bytes = 0;

  void write(event_number first, std::vector<persistence::event_row> more) {
    for (auto& each : more) {
      event_bytes += each.data.size();
      rows.push_back({{persistence::kind_of<Machine>(), entity}, first++, 1, std::move(each)});
    }
  }
};

/// A node in which the journal, the shard and time move only when told to.
template <class Machine>
struct still_home {
  explicit still_home(still_journal<Machine>& on, cluster::epoch_number epoch = 1)
      : journal(on), life(*this, {{persistence::kind_of<Machine>(), entity}, 0}, epoch, mailbox) {
    life.begin();
  }

  // ---- what the test does
  /// As the shard does: counted, then forwarded.
  template <class Command>
  void send(std::uint64_t who, Command command) {
    cluster::envelope letter;
    letter.to = {persistence::kind_of<Machine>(), entity};
    letter.from = {0, 1, who};
    letter.payload = caf::make_message(std::move(command));
    ++*mailbox;
    life.receive(letter);
  }
  /// Answers the load that was asked for.
  void read_history() {
    const auto consumer = std::exchange(asked, nullptr);
    BOOST_REQUIRE(consumer != nullptr);
    auto from = static_cast<std::size_t>(options.after);
    if (options.after == 0 && options.snapshot == persistence::snapshots::used && journal.snapshot) {
      consumer->snapshot(*journal.snapshot);
      from = static_cast<std::size_t>(journal.snapshot->version);
    }
    const auto page = std::span<const persistence::stored_event>(journal.rows).subspan(from);
    if (!page.empty())
      consumer->events(page);
    consumer->loaded(std::ssize(journal.rows));
  }
  void read_fails() {
    const auto consumer = std::exchange(asked, nullptr);
    BOOST_REQUIRE(consumer != nullptr);
    consumer->failed(persistence::database_failure::away);
  }
  void all_durable() {
    if (submitted.empty())
      return;
    for (auto& [first, rows] : std::exchange(submitted, {}))
      journal.write(first, std::move(rows));
    life.receive(actors::became_durable{std::ssize(journal.rows)});
  }
  template <class Reply>
  const Reply& heard(std::uint64_t who) {
    BOOST_REQUIRE_EQUAL(answers.count(who), 1u);
    BOOST_REQUIRE(answers.at(who).template match_elements<Reply>());
    return answers.at(who).template get_as<Reply>(0);
  }
  bool was_told_to_ask_again(std::uint64_t who) {
    return answers.contains(who) && answers.at(who).template match_elements<actors::unavailable>();
  }
  bool was_sent_on(std::uint64_t who) {
    return answers.contains(who) && answers.at(who).template match_elements<cluster::moved>();
  }

  // ---- the life's home
  instant now() { return time; }
  bool trusted() { return has_lease; }
  bool takes_writes() { return true; }
  void answer(const cluster::return_address& to, const caf::message& what) {
    before_answer();
    answers[to.correlation] = what;
  }
  auto when_loaded() {
    return [this](typename persistence::machine_loader<Machine>::result loaded, persistence::replayed_size size) {
      if (loaded)
        life.loaded(std::make_shared<Machine>(std::move(*loaded)), size);
      else
        life.receive(actors::next_after(loaded.error()));
    };
  }
  bool load(std::shared_ptr<persistence::history_consumer> consumer, const persistence::load_options& how) {
    ++loads;
    asked = std::move(consumer);
    options = how;
    return takes_reads;
  }
  void open(cluster::epoch_number epoch, event_number) { opened_with = epoch; }
  void append(event_number first, std::vector<persistence::event_row> rows, persistence::wake_up) {
    submitted.emplace_back(first, std::move(rows));
  }
  void store(persistence::snapshot_row snapshot) {
    journal.snapshot_bytes += snapshot.data.size();
    journal.snapshot = std::move(snapshot);
  }
  template <class Effect>
  void ask_effect(const Effect&, const std::string&) {}
  void tell_shard(const actors::wake_request& request) { wake = request.at; }
  void tell_shard(const actors::stays&) { ++stayed; }
  void tell_shard(const actors::loaded_ahead&) { ++was_ahead; }
  void tell_shard(const actors::began&) { ++has_begun; }
  void tell_shard(const actors::life_over& end) {
    BOOST_TEST(!over.has_value());
    over = end.reason;
  }
  void recorded(const typename Machine::event&) {}
  void refused(refusal) {}
  void is_now(const Machine&) {}
  void is_over() { board.reset(); }
  void put_up_board(const place_book& book) { board.emplace(book); }
  void tell_board(const queue_event& durable) { board->apply(durable); }
  places_seen take_sights() { return std::exchange(sights, {}); }
  milliseconds effect_retry() { return milliseconds{1'000}; }
  milliseconds waiting_patience() { return milliseconds{5'000}; }
  std::int64_t snapshot_min_events() { return 10; }

  still_journal<Machine>& journal;
  instant time{milliseconds{1'000'000}};
  std::function<void()> before_answer = [] {};
  std::optional<place_book> board;
  places_seen sights;
  bool has_lease = true;
  bool takes_reads = true;
  actors::mailbox_gauge mailbox = std::make_shared<std::atomic<std::int64_t>>(0);
  std::shared_ptr<persistence::history_consumer> asked;
  persistence::load_options options;
  int loads = 0;
  cluster::epoch_number opened_with = 0;
  std::vector<std::pair<event_number, std::vector<persistence::event_row>>> submitted;
  std::map<std::uint64_t, caf::message> answers; // by who asked
  std::optional<instant> wake;
  int stayed = 0;
  int was_ahead = 0;
  int has_begun = 0;
  std::optional<actors::life_over::why> over;
  actors::entity_life<Machine, still_home> life; // last: it speaks to the others when it is made
};

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
  for (std::uint64_t id = 1; id <= 1'000; ++id) {
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

BOOST_AUTO_TEST_CASE(a_letter_that_it_does_not_understand_is_answered) {
  auto journal = one_charge();
  still_home<account> it{journal};
  it.read_history();
  it.send(1, read_seats{});
  BOOST_TEST(it.was_told_to_ask_again(1));
  BOOST_TEST(*it.mailbox == 0);
}

// ---- the board

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

BOOST_AUTO_TEST_SUITE_END()
