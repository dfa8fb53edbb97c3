#include "domain/account.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <vector>

using namespace frontrow::domain;

namespace {

constexpr instant noon{milliseconds{1'800'000'000'000}};
constexpr payment_ref first_payment{7, 11};
constexpr payment_ref other_payment{7, 12};

using fate = account::snapshot_type::remembered_debit::fate;

charge charge_of(money amount, std::uint64_t command, std::uint64_t body = 1) {
  return {command_id{0, command}, body, amount};
}

/// An account with its whole history, replayed in both ways after every step.
struct book {
  account machine{42};
  std::vector<account::event> history;

  template <class Command>
  auto run(const Command& command, instant now = noon) {
    const auto before = machine.snapshot();
    auto decided = machine.decide(command, now);
    BOOST_TEST((machine.snapshot() == before)); // to decide changes nothing
    if (!decided.accepted())
      BOOST_TEST(decided.events.empty());
    for (const auto& happened : decided.events) {
      machine.apply(happened);
      history.push_back(happened);
    }
    check_replay();
    return decided;
  }

  void check_replay() const {
    account replayed(42);
    for (std::size_t i = 0; i < history.size(); ++i) {
      replayed.apply(history[i]);
      replayed = account::restore(42, replayed.snapshot());
    }
    BOOST_TEST((replayed.snapshot() == machine.snapshot()));
    BOOST_TEST(machine.version() == static_cast<event_number>(history.size()));
  }
};

template <class Decided>
void check_refused(const Decided& decided, refusal reason) {
  BOOST_TEST_REQUIRE(!decided.accepted());
  BOOST_TEST((decided.refusal_ == refused{reason, {}}));
  BOOST_TEST(decided.events.empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(account_rules)

BOOST_AUTO_TEST_CASE(a_new_account_is_empty) {
  book it;
  const auto read = it.run(read_balance{});
  BOOST_TEST((read.reply == balance_view{0}));
  BOOST_TEST(read.events.empty());
  BOOST_TEST((it.machine.next_deadline() == std::nullopt));
  BOOST_TEST(it.machine.user() == 42);
}

BOOST_AUTO_TEST_CASE(a_charge_adds_its_amount_and_is_numbered_by_its_event) {
  book it;
  BOOST_TEST((it.run(charge_of(500, 1)).reply == charge_made{1, 500, 500}));
  const auto second = it.run(charge_of(250, 2));
  BOOST_TEST((second.reply == charge_made{2, 250, 750}));
  BOOST_TEST_REQUIRE(second.events.size() == 1U);
  const auto& event = std::get<charged>(second.events[0]);
  BOOST_TEST((event.at == noon && event.command == command_id{0, 2} && event.body == 1));
  BOOST_TEST((event.amount == 250 && event.balance == 750));
  BOOST_TEST((it.run(read_balance{}).reply == balance_view{750}));
}

BOOST_AUTO_TEST_CASE(a_charge_of_nothing_or_less_is_refused) {
  book it;
  for (const money amount : {money{0}, money{-1}, std::numeric_limits<money>::min()})
    check_refused(it.run(charge_of(amount, 1)), refusal::invalid_request);
}

BOOST_AUTO_TEST_CASE(all_charges_together_fit_into_money_even_after_debits) {
  book it;
  constexpr money most = std::numeric_limits<money>::max();
  BOOST_TEST(it.run(charge_of(most - 10, 1)).accepted());
  BOOST_TEST(it.run(debit{first_payment, 3, most - 10}).accepted());
  check_refused(it.run(charge_of(11, 2)), refusal::amount_too_large); // a refund could not be held
  BOOST_TEST(it.run(charge_of(10, 3)).accepted());
  BOOST_TEST((it.run(refund{first_payment, most - 10}).reply == refund_made{first_payment, most}));
  check_refused(it.run(charge_of(1, 4)), refusal::amount_too_large);
}

BOOST_AUTO_TEST_CASE(the_same_charge_again_gets_the_first_answer_again) {
  book it;
  it.run(charge_of(500, 1));
  it.run(charge_of(100, 2));
  const auto repeat = it.run(charge_of(500, 1), noon + std::chrono::hours{24});
  BOOST_TEST((repeat.reply == charge_made{1, 500, 500}));
  BOOST_TEST(repeat.events.empty());
  BOOST_TEST(it.machine.balance() == 600);
}

BOOST_AUTO_TEST_CASE(the_same_command_with_another_body_is_refused) {
  book it;
  it.run(charge_of(500, 1, 1));
  check_refused(it.run(charge_of(501, 1, 2)), refusal::idempotency_key_reused);
}

BOOST_AUTO_TEST_CASE(a_refused_charge_is_decided_anew) {
  book it;
  check_refused(it.run(charge_of(0, 1)), refusal::invalid_request);
  BOOST_TEST((it.run(charge_of(5, 1)).reply == charge_made{1, 5, 5}));
}

BOOST_AUTO_TEST_CASE(a_charge_without_a_command_id_is_made_each_time) {
  book it;
  it.run(charge{{}, 1, 5});
  BOOST_TEST((it.run(charge{{}, 1, 5}).reply == charge_made{2, 5, 10}));
  BOOST_TEST(it.machine.snapshot().charges.empty());
}

BOOST_AUTO_TEST_CASE(a_charge_is_forgotten_after_its_time_by_the_time_of_events_alone) {
  book it;
  it.run(charge_of(500, 1));
  const instant later = noon + remembered_for;
  BOOST_TEST(it.run(charge_of(500, 1), later).events.empty()); // no event since: still known
  it.run(charge_of(1, 2), later - milliseconds{1});
  BOOST_TEST(it.machine.snapshot().charges.size() == 2U);
  it.run(charge_of(1, 3), later);
  BOOST_TEST(it.machine.snapshot().charges.size() == 2U);
  BOOST_TEST((it.run(charge_of(500, 1), later).reply == charge_made{4, 500, 1002}));
}

BOOST_AUTO_TEST_CASE(many_charges_are_known_as_well_as_few_and_forgotten_in_their_order) {
  account machine{42};
  std::vector<charge_made> made; // by commands from 1 on
  const auto time_of = [](std::size_t nth) { return noon + std::chrono::minutes{nth}; };
  const auto charge_next = [&](instant now) {
    const auto decided = machine.decide(charge_of(500, made.size() + 1), now);
    BOOST_TEST_REQUIRE(decided.events.size() == 1U);
    made.push_back(decided.reply);
    machine.apply(decided.events[0]);
  };
  const auto check_known = [&](std::size_t from, instant now) { // that one and all after it, none before it
    for (std::size_t nth = 0; nth < made.size(); ++nth) {
      const auto again = machine.decide(charge_of(500, nth + 1), now);
      BOOST_TEST_REQUIRE(again.events.empty() == (nth >= from));
      BOOST_TEST_REQUIRE((nth < from || again.reply == made[nth]));
    }
    const auto kept = machine.snapshot();
    BOOST_TEST_REQUIRE(kept.charges.size() == made.size() - from);
    BOOST_TEST_REQUIRE((account::restore(42, kept).snapshot() == kept));
  };
  while (made.size() < 100) {
    charge_next(time_of(made.size()));
    check_known(0, time_of(made.size()));
  }
  for (std::size_t nth = 0; nth < 100; ++nth) { // one comes, one goes
    charge_next(time_of(nth) + remembered_for);
    check_known(nth + 1, time_of(nth) + remembered_for);
  }
  for (std::size_t nth = 0; nth < 3; ++nth) { // all others go at once, some come
    charge_next(time_of(100) + 2 * remembered_for);
    check_known(200, time_of(100) + 2 * remembered_for);
  }
}

BOOST_AUTO_TEST_CASE(a_debit_takes_its_amount_once) {
  book it;
  it.run(charge_of(500, 1));
  const auto taken = it.run(debit{first_payment, 3, 200});
  BOOST_TEST((taken.reply == debit_answer{debit_made{first_payment, 300}}));
  BOOST_TEST_REQUIRE(taken.events.size() == 1U);
  const auto& event = std::get<debited>(taken.events[0]);
  BOOST_TEST((event.at == noon && event.payment == first_payment && event.reservation == 3));
  BOOST_TEST((event.amount == 200 && event.balance == 300));
  it.run(charge_of(1, 2));
  const auto repeat = it.run(debit{first_payment, 3, 200}, noon + std::chrono::hours{24 * 365});
  BOOST_TEST((repeat.reply == debit_answer{debit_made{first_payment, 300}})); // as it was then
  BOOST_TEST(repeat.events.empty());
  BOOST_TEST(it.machine.balance() == 301);
}

BOOST_AUTO_TEST_CASE(a_debit_may_take_the_last_of_it) {
  book it;
  it.run(charge_of(500, 1));
  BOOST_TEST((it.run(debit{first_payment, 3, 500}).reply == debit_answer{debit_made{first_payment, 0}}));
}

BOOST_AUTO_TEST_CASE(a_debit_beyond_the_balance_is_declined_and_stays_declined) {
  book it;
  it.run(charge_of(500, 1));
  const auto declined = it.run(debit{first_payment, 3, 501});
  BOOST_TEST((declined.reply == debit_answer{debit_declined{first_payment, 500}}));
  BOOST_TEST_REQUIRE(declined.events.size() == 1U);
  const auto& event = std::get<debit_refused>(declined.events[0]);
  BOOST_TEST(
      (event.at == noon && event.payment == first_payment && event.amount == 501 && event.balance == 500));
  it.run(charge_of(1000, 2));
  const auto repeat = it.run(debit{first_payment, 3, 501}, noon + std::chrono::hours{24 * 6});
  BOOST_TEST((repeat.reply == debit_answer{debit_declined{first_payment, 500}}));
  BOOST_TEST(repeat.events.empty());
  BOOST_TEST((it.run(debit{other_payment, 3, 501}).reply == debit_answer{debit_made{other_payment, 999}}));
}

BOOST_AUTO_TEST_CASE(a_declined_debit_is_forgotten_after_a_week_and_a_made_one_never) {
  book it;
  it.run(charge_of(500, 1));
  it.run(debit{first_payment, 3, 100});
  it.run(debit{other_payment, 3, 501});
  it.run(charge_of(1, 2), noon + declined_remembered_for - milliseconds{1});
  BOOST_TEST(it.machine.snapshot().debits.size() == 2U);
  it.run(charge_of(1, 3), noon + declined_remembered_for);
  const auto left = it.machine.snapshot().debits;
  BOOST_TEST_REQUIRE(left.size() == 1U);
  BOOST_TEST((left[0].payment == first_payment && left[0].state == fate::debited));
}

BOOST_AUTO_TEST_CASE(a_debit_of_nothing_or_less_is_refused) {
  book it;
  it.run(charge_of(500, 1));
  check_refused(it.run(debit{first_payment, 3, 0}), refusal::invalid_request);
  check_refused(it.run(debit{first_payment, 3, -5}), refusal::invalid_request);
}

BOOST_AUTO_TEST_CASE(one_payment_has_one_amount) {
  book it;
  it.run(charge_of(500, 1));
  it.run(debit{first_payment, 3, 200});
  check_refused(it.run(debit{first_payment, 3, 201}), refusal::idempotency_key_reused);
  check_refused(it.run(refund{first_payment, 201}), refusal::invalid_request);
  it.run(refund{first_payment, 200});
  check_refused(it.run(refund{first_payment, 201}), refusal::invalid_request);
}

BOOST_AUTO_TEST_CASE(a_refund_gives_a_debit_back_once) {
  book it;
  it.run(charge_of(500, 1));
  it.run(debit{first_payment, 3, 200});
  it.run(debit{other_payment, 4, 50});
  const auto back = it.run(refund{first_payment, 200});
  BOOST_TEST((back.reply == refund_made{first_payment, 450}));
  BOOST_TEST_REQUIRE(back.events.size() == 1U);
  const auto& event = std::get<refunded>(back.events[0]);
  BOOST_TEST(
      (event.at == noon && event.payment == first_payment && event.amount == 200 && event.balance == 450));
  it.run(charge_of(1, 2));
  const auto repeat = it.run(refund{first_payment, 200});
  BOOST_TEST((repeat.reply == refund_made{first_payment, 450}));
  BOOST_TEST(repeat.events.empty());
  // The debit, sent once more by one who was not told, was made and is not made again.
  const auto late = it.run(debit{first_payment, 3, 200});
  BOOST_TEST((late.reply == debit_answer{debit_made{first_payment, 300}}));
  BOOST_TEST(late.events.empty());
}

BOOST_AUTO_TEST_CASE(what_was_never_debited_is_not_refunded) {
  book it;
  it.run(charge_of(500, 1));
  check_refused(it.run(refund{first_payment, 200}), refusal::payment_not_found);
  it.run(debit{first_payment, 3, 501});
  check_refused(it.run(refund{first_payment, 501}), refusal::payment_not_found);
}

BOOST_AUTO_TEST_CASE(an_account_that_remembers_more_weighs_more) {
  book it;
  const auto empty = it.machine.memory_bytes();
  it.run(charge_of(500, 1));
  const auto charged_once = it.machine.memory_bytes();
  it.run(debit{first_payment, 3, 200});
  BOOST_TEST(empty < charged_once);
  BOOST_TEST(charged_once < it.machine.memory_bytes());
}

BOOST_AUTO_TEST_SUITE_END()
