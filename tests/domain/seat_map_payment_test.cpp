// Paying and cancelling, and what is owed to others on the way.
#include "tests/domain/seat_map_script.hpp"

using namespace frontrow::domain;
using namespace frontrow::test;

namespace {

pay pay_of(user_id user, event_number reservation, command_id id = {}) {
  return {.command = id, .user = user, .reservation = reservation};
}
cancel_payment cancel_of(user_id user, event_number payment, command_id id = {}) {
  return {.command = id, .user = user, .payment = payment};
}
answered<refund_made> refund_of(event_number cancellation, event_number payment, money balance) {
  return {.effect = cancellation, .reply = {.payment = {the_option, payment}, .balance = balance}};
}
answered<done> done_of(event_number effect) {
  return {.effect = effect, .reply = {}};
}

/// The ids of what is owed.
std::vector<event_number> owed(const seat_map& map) {
  std::vector<event_number> ids;
  for (const auto& [id, effect] : map.effects())
    ids.push_back(id);
  return ids;
}
void check_owed(const seat_map& map, std::vector<event_number> ids) {
  BOOST_TEST(owed(map) == ids, boost::test_tools::per_element());
}

/// A hall of which the queue knows (so that nothing else is owed).
seat_map_life reported(option_terms terms = small_hall()) {
  seat_map_life life(terms);
  life.act(done_of(1), at(-1));
  return life;
}

} // namespace

BOOST_AUTO_TEST_SUITE(seat_map_payments)

BOOST_AUTO_TEST_CASE(a_payment_takes_money_then_seats_then_ends_the_queue_place) {
  auto life = reported();
  const auto hold = life.hold(1, {1, 9}, at(0));
  const auto started = life.act(pay_of(1, hold, command(5)), at(1));
  BOOST_REQUIRE(started.later);
  const event_number payment = *started.later;
  BOOST_TEST(payment == life.map.version());
  BOOST_TEST((started.reply.status == payment_status::pending && started.reply.how == answer::made));
  BOOST_TEST(
      (life.last<payment_started>().command == command(5) && life.last<payment_started>().amount == 600));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::paying));
  BOOST_TEST(!life.map.next_deadline(), "the hold's clock has stopped");
  check_owed(life.map, {payment});
  const effect debit_owed{.id = payment,
                          .to = {entity_kind::account, 1},
                          .command =
                              debit{.payment = {the_option, payment}, .reservation = hold, .amount = 600}};
  BOOST_TEST(same(life.map.effects().at(payment), debit_owed));
  BOOST_TEST(life.map.outcome(payment, command(5)).later.has_value(), "not settled yet");

  life.debited(payment, 400, at(400)); // long after the hold's time
  const auto sold = life.map.version();
  BOOST_TEST((life.last<seats_sold>().reservation == hold && life.last<seats_sold>().balance == 400));
  BOOST_TEST(!seat_map::settles(life.journal.back()).has_value());
  BOOST_TEST((life.status_of(1, hold) == reservation_status::confirmed));
  BOOST_TEST((life.statuses()[0] == seat_status::sold && life.statuses()[8] == seat_status::sold));
  check_owed(life.map, {sold});
  const effect place_owed{.id = sold,
                          .to = {entity_kind::queue, the_concert},
                          .command = complete_place{.place = 51, .option = the_option, .payment = payment}};
  BOOST_TEST(same(life.map.effects().at(sold), place_owed));
  BOOST_TEST(life.map.outcome(payment, command(5)).later.has_value(), "the queue token has not ended yet");

  life.act(done_of(sold), at(401));
  BOOST_TEST((life.last<place_released>().payment == payment && life.last<place_released>().user == 1));
  BOOST_TEST((seat_map::settles(life.journal.back()) == payment));
  check_owed(life.map, {});
  const payment_view expected{.how = answer::made,
                              .payment = payment,
                              .reservation = hold,
                              .user = 1,
                              .amount = 600,
                              .status = payment_status::completed,
                              .balance = 400,
                              .at = at(400)};
  const auto outcome = life.map.outcome(payment, command(5));
  BOOST_TEST((outcome.accepted() && !outcome.later && outcome.reply == expected));
  auto found = expected;
  found.how = answer::found;
  BOOST_TEST((life.map.outcome(payment, command(6)).reply == found));
  BOOST_TEST((life.map.outcome(payment, {}).reply == found));
  BOOST_TEST((life.act(read_payment{.user = 1, .payment = payment}, at(402)).reply == found));
  check_refused(life.act(read_payment{.user = 2, .payment = payment}, at(402)), refusal::payment_not_found);
  check_refused(life.act(read_payment{.user = 1, .payment = hold}, at(402)), refusal::payment_not_found);
  check_refused(life.map.outcome(99, {}), refusal::payment_not_found);
  check_refused(life.act(release_hold{.user = 1, .reservation = hold}, at(402)), refusal::already_paid);
}

BOOST_AUTO_TEST_CASE(paying_twice_is_one_payment_at_every_moment) {
  auto life = reported();
  const auto hold = life.hold(1, {1}, at(0));
  const auto payment = life.start_paying(1, hold, at(1), command(5));
  const auto check_later = [&] {
    for (const command_id id : {command(5), command(6), command_id{}}) {
      const auto again = life.act(pay_of(1, hold, id), at(2));
      BOOST_TEST((again.accepted() && again.later == payment && again.events.empty()));
      BOOST_TEST((again.reply.how == (id == command(5) ? answer::made : answer::found)));
    }
  };
  check_later();
  check_refused(life.act(release_hold{.user = 1, .reservation = hold}, at(2)), refusal::already_paid);
  life.debited(payment, 0, at(3));
  check_later();
  life.act(done_of(life.map.version()), at(4));
  for (const command_id id : {command(5), command(6), command_id{}}) {
    const auto again = life.act(pay_of(1, hold, id), at(5));
    BOOST_TEST((again.accepted() && !again.later && again.events.empty()));
    BOOST_TEST((again.reply.payment == payment && again.reply.status == payment_status::completed));
    BOOST_TEST((again.reply.how == (id == command(5) ? answer::made : answer::found)));
  }
}

BOOST_AUTO_TEST_CASE(a_payment_is_refused_for_one_reason) {
  auto life = reported();
  const auto held = life.hold(1, {1}, at(0));
  const auto other = life.hold(1, {2}, at(0));
  const auto released = life.hold(1, {3}, at(0));
  life.act(release_hold{.user = 1, .reservation = released}, at(1));
  const auto paid = life.buy(2, {4}, at(0), command(7));
  const auto cancelled_hold = life.map.snapshot().payments.back().reservation;
  life.act(cancel_of(2, paid), at(1));
  life.act(refund_of(life.map.version(), paid, 1500), at(1));
  check_refused(life.act(pay_of(2, held), at(1)), refusal::reservation_not_found);
  check_refused(life.act(pay_of(1, 999), at(1)), refusal::reservation_not_found);
  check_refused(life.act(pay_of(1, released), at(1)), refusal::hold_expired);
  check_refused(life.act(pay_of(2, cancelled_hold), at(1)), refusal::hold_expired);
  check_refused(life.act(pay_of(1, held), at(300)),
                refusal::hold_expired); // lapsed though no tick has said so
  life.start_paying(1, other, at(299.999), command(5));
  check_refused(life.act(pay_of(1, held, command(5)), at(299)), refusal::idempotency_key_reused);
  life.wind(at(300));
  check_refused(life.act(pay_of(1, held), at(299)), refusal::hold_expired);
}

BOOST_AUTO_TEST_CASE(sales_that_close_close_holds_only) {
  auto terms = small_hall();
  terms.sales_close = at(10);
  auto life = reported(terms);
  const auto hold = life.hold(1, {1}, at(9));
  life.debited(life.start_paying(1, hold, at(11)), 0, at(12));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::confirmed));
}

BOOST_AUTO_TEST_CASE(a_declined_payment_lets_the_hold_run_on_to_its_time) {
  auto life = reported();
  const auto hold = life.hold(1, {1}, at(0));
  const auto payment = life.start_paying(1, hold, at(100), command(5));
  life.declined(payment, 99, at(101));
  BOOST_TEST((life.last<payment_failed>().payment == payment && life.last<payment_failed>().balance == 99));
  BOOST_TEST((seat_map::settles(life.journal.back()) == payment));
  check_refused(life.map.outcome(payment, command(5)), refusal::insufficient_balance);
  check_refused(life.map.outcome(payment, command(6)), refusal::insufficient_balance);
  check_owed(life.map, {});
  BOOST_TEST((life.status_of(1, hold) == reservation_status::held));
  BOOST_TEST((life.map.next_deadline() == at(300)));
  const payment_view failed{.how = answer::found,
                            .payment = payment,
                            .reservation = hold,
                            .user = 1,
                            .amount = 500,
                            .status = payment_status::failed,
                            .balance = 99,
                            .at = at(101)};
  BOOST_TEST((life.act(read_payment{.user = 1, .payment = payment}, at(102)).reply == failed));

  check_refused(life.act(pay_of(1, hold, command(5)), at(103)), refusal::insufficient_balance); // a repeat
  const auto second = life.start_paying(1, hold, at(104), command(6));
  BOOST_TEST(second != payment);
  check_refused(life.act(pay_of(1, hold, command(5)), at(105)), refusal::insufficient_balance); // still
  life.debited(second, 0, at(106));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::confirmed));
  BOOST_TEST((life.act(pay_of(1, hold), at(107)).later == second));
}

BOOST_AUTO_TEST_CASE(a_hold_whose_payment_failed_after_its_time_lapses_at_once) {
  auto life = reported();
  const auto hold = life.hold(1, {1}, at(0));
  const auto other = life.hold(2, {2}, at(10));
  const auto payment = life.start_paying(1, hold, at(299.999));
  life.wind(at(310)); // the other has lapsed, this one waits for its payment
  BOOST_TEST((life.status_of(2, other) == reservation_status::expired));
  life.declined(payment, 0, at(320));
  BOOST_TEST((life.map.next_deadline() == at(300)));
  check_refused(life.act(pay_of(1, hold), at(320)), refusal::hold_expired);
  life.wind(at(320));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::expired));
  BOOST_TEST((life.last<hold_released>().reason == release_reason::lapsed));
}

BOOST_AUTO_TEST_CASE(a_declined_payment_releases_the_hold_where_the_terms_say_so) {
  auto terms = small_hall();
  terms.on_payment_failure = payment_failure::release;
  auto life = reported(terms);
  const auto hold = life.hold(1, {1}, at(0));
  const auto payment = life.start_paying(1, hold, at(1), command(5));
  const auto before = life.journal.size();
  life.declined(payment, 0, at(2));
  BOOST_TEST(life.story(before) == "payment_failed hold_released");
  BOOST_TEST((life.last<hold_released>().reason == release_reason::payment_refused));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::released));
  BOOST_TEST((life.statuses()[0] == seat_status::available));
  check_refused(life.map.outcome(payment, command(5)), refusal::insufficient_balance);
  check_refused(life.act(pay_of(1, hold, command(5)), at(3)), refusal::insufficient_balance);
  check_refused(life.act(pay_of(1, hold, command(6)), at(3)), refusal::hold_expired);
}

BOOST_AUTO_TEST_CASE(answers_that_come_late_or_twice_record_nothing) {
  auto life = reported();
  const auto hold = life.hold(1, {1}, at(0));
  const auto first = life.start_paying(1, hold, at(1));
  const auto check_silent = [&](const auto& command) {
    const auto silent = life.act(command, at(9));
    BOOST_TEST((silent.accepted() && silent.events.empty()));
  };
  const answered<debit_answer> yes{.effect = first, .reply = debit_made{{the_option, first}, 1}};
  const answered<debit_answer> no{.effect = first, .reply = debit_declined{{the_option, first}, 1}};
  check_silent(done_of(first)); // another effect's answer
  check_silent(refund_of(first, first, 1));
  life.act(no, at(2));
  check_silent(no);
  check_silent(yes);
  const auto second = life.start_paying(1, hold, at(3));
  check_silent(no);
  check_silent(yes);
  life.debited(second, 1, at(4));
  const auto sold = life.map.version();
  check_silent(answered<debit_answer>{.effect = second, .reply = debit_declined{{the_option, second}, 1}});
  life.act(done_of(sold), at(5));
  check_silent(done_of(sold));
  const auto cancelled = life.act(cancel_of(1, second), at(6)).later.value();
  life.act(refund_of(cancelled, second, 7), at(7));
  check_silent(refund_of(cancelled, second, 8));
  check_silent(refund_of(777, second, 8));
  check_silent(done_of(777));
  check_silent(done_of(1));
  check_silent(answered<debit_answer>{.effect = 777, .reply = debit_made{{the_option, 777}, 1}});
}

// ---- cancelling

BOOST_AUTO_TEST_CASE(a_cancellation_gives_the_money_back_then_frees_the_seats) {
  auto life = reported();
  const auto payment = life.buy(1, {1, 2}, at(0), command(5));
  const auto hold = life.map.snapshot().reservations.front().number;
  const auto paid = life.act(read_payment{.user = 1, .payment = payment}, at(1)).reply;
  const auto started = life.act(cancel_of(1, payment, command(8)), at(2));
  BOOST_REQUIRE(started.later);
  const event_number cancellation = *started.later;
  BOOST_TEST(cancellation == life.map.version());
  BOOST_TEST((life.last<cancellation_started>().payment == payment));
  BOOST_TEST((life.last<cancellation_started>().reservation == hold));
  check_owed(life.map, {cancellation});
  const effect refund_owed{.id = cancellation,
                           .to = {entity_kind::account, 1},
                           .command = refund{.payment = {the_option, payment}, .amount = 1000}};
  BOOST_TEST(same(life.map.effects().at(cancellation), refund_owed));
  BOOST_TEST((life.statuses()[0] == seat_status::sold), "still owned");
  BOOST_TEST((life.act(cancel_of(1, payment, command(8)), at(3)).later == cancellation));
  BOOST_TEST((life.act(cancel_of(1, payment, command(9)), at(3)).later == cancellation));
  BOOST_TEST((life.map.outcome(cancellation, command(8)).later == cancellation));

  life.act(refund_of(cancellation, payment, 2000), at(4));
  BOOST_TEST((seat_map::settles(life.journal.back()) == cancellation));
  BOOST_TEST((life.last<seats_returned>().cancellation == cancellation));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::cancelled));
  BOOST_TEST((life.statuses()[0] == seat_status::available));
  check_owed(life.map, {});
  payment_view expected{.how = answer::made,
                        .payment = payment,
                        .reservation = hold,
                        .user = 1,
                        .amount = 1000,
                        .status = payment_status::cancelled,
                        .balance = 2000,
                        .at = at(4)};
  BOOST_TEST((life.map.outcome(cancellation, command(8)).reply == expected));
  BOOST_TEST((life.act(cancel_of(1, payment, command(8)), at(5)).reply == expected));
  expected.how = answer::found;
  BOOST_TEST((life.map.outcome(cancellation, command(9)).reply == expected));
  BOOST_TEST((life.act(cancel_of(1, payment, command(9)), at(5)).reply == expected));
  BOOST_TEST((life.act(read_payment{.user = 1, .payment = payment}, at(5)).reply == expected));

  const auto again = life.act(pay_of(1, hold, command(5)), at(6)).reply; // the first answer to that command
  BOOST_TEST((again.status == payment_status::completed && again.how == answer::made));
  BOOST_TEST((again.balance == paid.balance && again.at == paid.at));
  check_refused(life.act(pay_of(1, hold, command(6)), at(6)), refusal::hold_expired);
  check_refused(life.act(release_hold{.user = 1, .reservation = hold}, at(6)), refusal::already_paid);
  life.buy(2, {1, 2}, at(7));
}

BOOST_AUTO_TEST_CASE(a_cancellation_is_refused_for_one_reason) {
  auto life = reported();
  const auto pending = life.start_paying(1, life.hold(1, {1}, at(0)), at(0));
  const auto failed = life.start_paying(1, life.hold(1, {2}, at(0)), at(0));
  life.declined(failed, 0, at(0));
  const auto paid = life.buy(2, {3}, at(0));
  const auto other = life.buy(2, {4}, at(0));
  check_refused(life.act(cancel_of(1, pending), at(1)), refusal::payment_not_completed);
  check_refused(life.act(cancel_of(1, failed), at(1)), refusal::payment_not_completed);
  check_refused(life.act(cancel_of(1, paid), at(1)), refusal::payment_not_found);
  check_refused(life.act(cancel_of(2, 999), at(1)), refusal::payment_not_found);
  life.act(cancel_of(2, paid, command(8)), at(1));
  check_refused(life.act(cancel_of(2, other, command(8)), at(1)), refusal::idempotency_key_reused);
}

BOOST_AUTO_TEST_CASE(a_payment_may_be_cancelled_before_its_queue_place_has_ended) {
  auto life = reported();
  const auto hold = life.hold(1, {1}, at(0));
  const auto payment = life.start_paying(1, hold, at(0), command(5));
  life.debited(payment, 500, at(1));
  const auto sold = life.map.version();
  const auto cancellation = life.act(cancel_of(1, payment), at(2)).later.value();
  check_owed(life.map, {sold, cancellation});
  life.act(refund_of(cancellation, payment, 1000), at(3));
  check_owed(life.map, {sold});
  life.hold(9, {9}, at(27 * 3600.0)); // what still owes something is not forgotten
  BOOST_TEST((life.status_of(1, hold) == reservation_status::cancelled));
  life.act(done_of(sold), at(27 * 3600.0));
  const auto outcome = life.map.outcome(payment, command(5));
  BOOST_TEST((outcome.accepted() && !outcome.later && outcome.reply.status == payment_status::completed));
  life.hold(9, {10}, at(28 * 3600.0));
  check_refused(life.act(read_payment{.user = 1, .payment = payment}, at(28 * 3600.0)),
                refusal::payment_not_found);
}

// ---- telling the queue what is left

BOOST_AUTO_TEST_CASE(the_queue_is_told_when_the_last_seat_is_sold_and_when_one_comes_back) {
  auto terms = small_hall();
  terms.sections = {{.name = "", .tier = "", .price = 500, .rows = 1, .seats_per_row = 2}};
  auto life = reported(terms);
  const auto report_of = [](event_number number, auto availability) {
    return effect{.id = number,
                  .to = {entity_kind::queue, the_concert},
                  .command =
                      report_option{.option = the_option, .number = number, .sold_out = availability == 0}};
  };
  const auto first = life.buy(1, {1}, at(0));
  check_owed(life.map, {});
  const auto last = life.start_paying(2, life.hold(2, {2}, at(0)), at(0));
  check_owed(life.map, {last}); // held is not sold
  life.debited(last, 0, at(1));
  const auto sold = life.map.version();
  check_owed(life.map, {sold});
  BOOST_TEST(std::holds_alternative<complete_place>(life.map.effects().at(sold).command));
  BOOST_TEST(life.map.snapshot().availability_owed == sold);
  life.act(done_of(sold), at(2));
  const auto reported_by = life.map.version();
  check_owed(life.map, {reported_by});
  BOOST_TEST(same(life.map.effects().at(reported_by), report_of(reported_by, 0)));
  BOOST_TEST(life.act(done_of(sold), at(3)).events.empty(), "the place's answer again is not the report's");

  const auto cancellation = life.act(cancel_of(1, first), at(4)).later.value();
  life.act(refund_of(cancellation, first, 0), at(5));
  const auto returned = life.map.version();
  check_owed(life.map, {returned}); // only the latest
  BOOST_TEST(same(life.map.effects().at(returned), report_of(returned, 1)));
  BOOST_TEST(life.act(done_of(reported_by), at(6)).events.empty(), "an older report's answer");
  check_owed(life.map, {returned});
  life.act(done_of(returned), at(7));
  BOOST_TEST(life.last<availability_known>().number == returned);
  check_owed(life.map, {});
}

BOOST_AUTO_TEST_CASE(a_seat_that_comes_back_before_the_queue_heard_of_the_last_sale_is_reported_alone) {
  auto terms = small_hall();
  terms.sections = {{.name = "", .tier = "", .price = 500, .rows = 1, .seats_per_row = 1}};
  auto life = reported(terms);
  const auto payment = life.start_paying(1, life.hold(1, {1}, at(0)), at(0));
  life.debited(payment, 0, at(1));
  const auto sold = life.map.version();
  const auto cancellation = life.act(cancel_of(1, payment), at(2)).later.value();
  life.act(refund_of(cancellation, payment, 0), at(3));
  const auto returned = life.map.version();
  check_owed(life.map, {sold, returned});
  life.act(done_of(sold), at(4));
  check_owed(life.map, {returned});
  BOOST_TEST(!std::get<report_option>(life.map.effects().at(returned).command).sold_out);
}

BOOST_AUTO_TEST_SUITE_END()
