#include <any>
#include <map>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/shell.hpp"
#include "domain/account.hpp"
#include "domain/seat_map.hpp"

using namespace frontrow;
using namespace frontrow::domain;
using actors::access;

namespace {

/// A world in which the journal, the network and time move only when told to.
template <class Machine>
struct still_world {
  using caller = int;
  using answer = std::any;

  instant time{std::chrono::milliseconds{1'000'000}};
  bool journal_open = true;
  std::vector<typename Machine::event> journal;
  std::map<int, std::vector<std::any>> heard; // by caller
  std::map<int, int> told_unavailable;
  std::vector<effect> performed;
  std::vector<std::string> traces; // of what was performed
  std::optional<instant> wake;
  int refusals = 0;

  instant now() const { return time; }
  bool takes_writes() const { return journal_open; }
  template <class Value>
  answer answer_with(Value&& value) {
    return std::any{std::forward<Value>(value)};
  }
  void deliver(caller to, answer what) { heard[to].push_back(std::move(what)); }
  void unavailable(caller to) { ++told_unavailable[to]; }
  template <class Events>
  void append(event_number first, const Events& events, const std::string&) {
    BOOST_REQUIRE(first == static_cast<event_number>(journal.size()) + 1);
    journal.insert(journal.end(), events.begin(), events.end());
  }
  void perform(const effect& what, const std::string& trace) {
    performed.push_back(what);
    traces.push_back(trace);
  }
  void wake_at(std::optional<instant> at) { wake = at; }
  void recorded(const typename Machine::event&) {}
  void refused(refusal) { ++refusals; }
  milliseconds effect_retry() const { return milliseconds{1000}; }
  milliseconds waiting_patience() const { return milliseconds{5000}; }

  template <class Reply>
  const Reply& last(int who) {
    BOOST_REQUIRE(!heard[who].empty());
    return std::any_cast<const Reply&>(heard[who].back());
  }
};

template <class Machine>
struct running : still_world<Machine> {
  actors::shell<Machine, still_world<Machine>> shell{Machine{1}, *this};

  template <class Command>
  void write(int who, const Command& command) {
    shell.handle(access::write, who, "trace", command);
  }
  template <class Command>
  void read(int who, const Command& command) {
    shell.handle(access::read, who, "trace", command);
  }
  void all_durable() { shell.durable(static_cast<event_number>(this->journal.size())); }
  void pass(milliseconds span) {
    this->time += span;
    if (this->wake && *this->wake <= this->time)
      shell.woken();
  }
};

charge charge_of(money amount, std::uint64_t id) { return {{0, id}, 1, amount}; }

struct on_sale : running<seat_map> {
  explicit on_sale(std::int32_t seats = 4) {
    option_terms terms;
    terms.concert = 9;
    terms.sections = {{"A", "R", 1000, 1, seats}};
    terms.hold_seconds = 10;
    write(0, open_option{terms});
    all_durable();
  }
  event_number hold(int who, user_id user, seat_id seat) {
    write(who, hold_seats{{1, static_cast<std::uint64_t>(who)}, 1, user, 1, {seat}});
    all_durable();
    return last<reservation_view>(who).reservation;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(shell)

BOOST_AUTO_TEST_CASE(a_reply_waits_until_its_events_are_durable) {
  running<account> it;
  it.write(1, charge_of(500, 1));
  it.write(2, charge_of(300, 2));
  BOOST_TEST(it.heard.empty());
  BOOST_TEST(it.journal.size() == 2u); // decided on the new state, without waiting
  it.shell.durable(1);
  BOOST_TEST(it.last<charge_made>(1).balance == 500);
  BOOST_TEST(it.heard.count(2) == 0u);
  it.shell.durable(2);
  BOOST_TEST(it.last<charge_made>(2).balance == 800);
}

BOOST_AUTO_TEST_CASE(a_read_and_a_refusal_wait_for_the_state_that_they_speak_of) {
  running<account> it;
  it.write(1, charge_of(500, 1));
  it.read(2, read_balance{});
  it.write(3, charge{{0, 1}, 2, 500}); // the same key with another body
  BOOST_TEST(it.heard.empty());
  it.all_durable();
  BOOST_TEST(it.last<balance_view>(2).balance == 500);
  BOOST_TEST((it.last<refused>(3).reason == refusal::idempotency_key_reused));
  it.read(4, read_balance{}); // nothing under way: at once
  BOOST_TEST(it.last<balance_view>(4).balance == 500);
}

BOOST_AUTO_TEST_CASE(after_a_failed_append_whoever_waits_is_told_to_ask_again_and_nobody_hears_a_result) {
  running<account> it;
  it.write(1, charge_of(500, 1));
  it.read(2, read_balance{});
  it.shell.die();
  BOOST_TEST(it.heard.empty());
  BOOST_TEST(it.told_unavailable[1] == 1);
  BOOST_TEST(it.told_unavailable[2] == 1);
}

BOOST_AUTO_TEST_CASE(while_the_journal_takes_nothing_writes_are_refused_at_the_door_and_reads_go_on) {
  running<account> it;
  it.write(1, charge_of(500, 1));
  it.all_durable();
  it.journal_open = false;
  it.write(2, charge_of(500, 2));
  BOOST_TEST(it.told_unavailable[2] == 1);
  BOOST_TEST(it.journal.size() == 1u);
  it.read(3, read_balance{});
  BOOST_TEST(it.last<balance_view>(3).balance == 500);
}

BOOST_AUTO_TEST_CASE(an_effect_is_sent_only_when_its_event_is_durable) {
  on_sale it;
  const auto before = it.performed.size();
  const auto reservation = it.hold(1, 42, 1);
  it.write(2, pay{{2, 2}, 42, reservation});
  BOOST_TEST(it.performed.size() == before);
  it.all_durable();
  BOOST_REQUIRE(it.performed.size() == before + 1);
  BOOST_TEST(std::get<debit>(it.performed.back().command).amount == 1000);
  BOOST_TEST((it.performed.back().to == entity_ref{entity_kind::account, 42}));
  it.all_durable();
  BOOST_TEST(it.performed.size() == before + 1); // once, while it is under way
}

BOOST_AUTO_TEST_CASE(an_effect_of_a_later_event_waits_though_an_earlier_one_is_durable) {
  on_sale it;
  const auto first = it.hold(1, 42, 1), second = it.hold(2, 43, 2);
  const auto before = it.performed.size();
  it.write(3, pay{{2, 3}, 42, first});
  const auto started = static_cast<event_number>(it.journal.size());
  it.write(4, pay{{2, 4}, 43, second});
  it.shell.durable(started); // the first payment is in the journal, the second is on its way
  BOOST_REQUIRE(it.performed.size() == before + 1);
  BOOST_TEST((it.performed.back().to == entity_ref{entity_kind::account, 42}));
  it.all_durable();
  BOOST_TEST(it.performed.size() == before + 2);
}

BOOST_AUTO_TEST_CASE(an_effect_without_an_answer_is_sent_again_and_one_with_an_answer_is_not) {
  on_sale it;
  const auto reservation = it.hold(1, 42, 1);
  it.write(2, pay{{2, 2}, 42, reservation});
  it.all_durable();
  const auto owed = it.performed.back();
  const auto count = [&] {
    return std::count_if(it.performed.begin(), it.performed.end(), [&](const effect& e) { return e.id == owed.id; });
  };
  BOOST_TEST(count() == 1);
  it.pass(milliseconds{1001});
  it.pass(milliseconds{1001});
  BOOST_TEST(count() >= 2);
  it.write(0, answered<debit_answer>{owed.id, debit_made{{1, owed.id}, 0}});
  it.all_durable();
  const auto so_far = count();
  for (int i = 0; i < 5; ++i)
    it.pass(milliseconds{1001});
  BOOST_TEST(count() == so_far);
}

BOOST_AUTO_TEST_CASE(what_is_owed_by_the_hundreds_is_sent_again_a_hundred_at_a_time_and_each_in_its_turn) {
  constexpr int people = 250;
  on_sale it{people};
  for (int who = 1; who <= people; ++who)
    it.write(who, pay{{2, static_cast<std::uint64_t>(who)}, who, it.hold(who, who, who)});
  it.all_durable();
  std::map<event_number, int> sent;
  const auto least = [&] {
    auto fewest = sent.size() < people ? 0 : sent.begin()->second;
    for (const auto& [id, times] : sent)
      fewest = std::min(fewest, times);
    return fewest;
  };
  for (int round = 0; least() < 3; ++round) {
    BOOST_REQUIRE(round < 50);
    BOOST_REQUIRE(it.wake.has_value());
    it.performed.clear();
    it.time = std::max(it.time, *it.wake);
    it.shell.woken();
    BOOST_TEST(it.performed.size() <= actors::resent_effects_max);
    for (const auto& each : it.performed)
      ++sent[each.id];
    for (const auto& [id, times] : sent)
      BOOST_REQUIRE(times <= least() + 1); // nobody twice before everybody once
  }
}

BOOST_AUTO_TEST_CASE(who_has_given_up_waiting_is_let_go) {
  on_sale it;
  const auto reservation = it.hold(1, 42, 1);
  it.write(2, pay{{2, 2}, 42, reservation});
  it.all_durable();
  const auto owed_debit = it.performed.back();
  for (int who = 3; who < 2003; ++who) { // its account is away; the payer asks every 10 ms
    it.time += milliseconds{10};
    it.write(who, pay{{2, static_cast<std::uint64_t>(who)}, 42, reservation});
    BOOST_REQUIRE(it.shell.waiting() <= 500u); // of the last 5 s
  }
  BOOST_TEST(it.shell.waiting() == 500u);
  it.write(0, answered<debit_answer>{owed_debit.id, debit_made{{1, owed_debit.id}, 7}});
  it.all_durable();
  it.write(0, answered<done>{it.performed.back().id, {}});
  it.all_durable();
  BOOST_TEST(it.last<payment_view>(2002).balance == 7);
  BOOST_TEST(it.heard.count(2) == 0u);
  BOOST_TEST(it.shell.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(whoever_pays_hears_when_money_seats_and_place_are_settled) {
  on_sale it;
  const auto reservation = it.hold(1, 42, 1);
  it.write(2, pay{{2, 2}, 42, reservation});
  it.write(3, pay{{2, 3}, 42, reservation}); // the same reservation, at the same time
  it.all_durable();
  const auto owed_debit = it.performed.back();
  it.write(0, answered<debit_answer>{owed_debit.id, debit_made{{1, owed_debit.id}, 7}});
  it.all_durable();
  BOOST_TEST(it.heard.count(2) == 0u); // the place has not ended yet
  const auto owed_place = it.performed.back();
  BOOST_TEST(std::holds_alternative<complete_place>(owed_place.command));
  it.write(0, answered<done>{owed_place.id, {}});
  BOOST_TEST(it.heard.count(2) == 0u); // not durable yet
  it.all_durable();
  BOOST_TEST((it.last<payment_view>(2).how == answer::made));
  BOOST_TEST((it.last<payment_view>(3).how == answer::found));
  BOOST_TEST(it.last<payment_view>(2).payment == it.last<payment_view>(3).payment);
  BOOST_TEST(it.last<payment_view>(2).balance == 7);
}

BOOST_AUTO_TEST_CASE(an_effect_belongs_to_the_request_that_made_it_owed) {
  on_sale it;
  const auto first = it.hold(1, 42, 1), second = it.hold(2, 43, 2);
  it.shell.handle(access::write, 3, "trace-of-42", pay{{2, 3}, 42, first});
  it.shell.handle(access::write, 4, "trace-of-43", pay{{2, 4}, 43, second});
  it.all_durable();
  const auto sent = it.traces.size();
  BOOST_TEST(it.traces[sent - 2] == "trace-of-42");
  BOOST_TEST(it.traces[sent - 1] == "trace-of-43");
  it.pass(milliseconds{1001});
  it.pass(milliseconds{1001});
  BOOST_TEST(it.traces.size() > sent);
  BOOST_TEST(it.traces.back() == "trace-of-43"); // sent again, still the same request
}

BOOST_AUTO_TEST_CASE(a_hold_lapses_at_its_time_by_the_timer_alone) {
  on_sale it;
  it.hold(1, 42, 1);
  BOOST_REQUIRE(it.wake.has_value());
  it.pass(milliseconds{9'999});
  it.read(2, read_seats{});
  it.all_durable();
  BOOST_TEST((it.last<seat_list>(2).statuses[0] == seat_status::held));
  it.pass(milliseconds{1});
  it.all_durable();
  it.read(3, read_seats{});
  BOOST_TEST((it.last<seat_list>(3).statuses[0] == seat_status::available));
}

BOOST_AUTO_TEST_CASE(what_is_due_is_done_before_a_command_even_if_the_timer_is_late) {
  on_sale it;
  it.hold(1, 42, 1);
  it.time += milliseconds{10'000}; // the timer has not rung
  it.hold(2, 43, 1);
  BOOST_TEST((it.last<reservation_view>(2).status == reservation_status::held));
}

BOOST_AUTO_TEST_CASE(while_the_journal_is_away_the_timer_looks_again_later_and_does_not_spin) {
  on_sale it;
  it.hold(1, 42, 1);
  it.journal_open = false;
  const auto events = it.journal.size();
  it.pass(milliseconds{10'000});
  BOOST_TEST(it.journal.size() == events);
  BOOST_REQUIRE(it.wake.has_value());
  BOOST_TEST((*it.wake > it.time));
  it.journal_open = true;
  it.pass(milliseconds{1'000});
  BOOST_TEST(it.journal.size() == events + 1);
}

BOOST_AUTO_TEST_CASE(a_new_life_sends_what_the_old_one_still_owed) {
  on_sale it;
  const auto reservation = it.hold(1, 42, 1);
  it.write(2, pay{{2, 2}, 42, reservation});
  it.all_durable();
  seat_map again{1};
  for (const auto& event : it.journal)
    again.apply(event);
  still_world<seat_map> next;
  actors::shell<seat_map, still_world<seat_map>> life{std::move(again), next};
  const auto debits = std::count_if(next.performed.begin(), next.performed.end(), [](const effect& each) {
    return std::holds_alternative<debit>(each.command);
  });
  BOOST_TEST(debits == 1);
}

BOOST_AUTO_TEST_CASE(it_is_idle_only_when_nothing_is_under_way) {
  running<account> it;
  BOOST_TEST(it.shell.idle());
  it.write(1, charge_of(500, 1));
  BOOST_TEST(!it.shell.idle());
  it.all_durable();
  BOOST_TEST(it.shell.idle());
  on_sale hall;
  hall.hold(1, 42, 1);
  BOOST_TEST(!hall.shell.idle()); // a deadline
}

BOOST_AUTO_TEST_SUITE_END()
