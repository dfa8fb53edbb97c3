// Balances and payments, many at once: the figures are exact.
#include "box_office.hpp"

#include <limits>
#include <set>

using namespace frontrow::test;

BOOST_FIXTURE_TEST_SUITE(money, box_office)

BOOST_AUTO_TEST_CASE(three_hundred_charges_at_once_are_all_applied) {
  person someone;
  BOOST_TEST(balance(someone) == 0);
  ask(201, someone.charge(1'000));
  std::vector<http_request> requests(300, someone.charge(500));
  auto answers = http().ask_all(std::move(requests));
  expect_tally(answers, {{"201", 300}});
  BOOST_TEST(balance(someone) == 151'000);
  std::set<std::string> charges;
  std::set<std::int64_t> balances;
  for (const auto& answer : answers) {
    charges.insert(answer.document().at("chargeId").get<std::string>());
    balances.insert(answer.document().at("balance").get<std::int64_t>());
  }
  BOOST_TEST(charges.size() == 300u);
  BOOST_TEST(balances.size() == 300u);
  BOOST_TEST(pages(someone, "/api/v1/balance/history?limit=50", "entries").size() == 301u);
}

BOOST_AUTO_TEST_CASE(three_hundred_payments_at_once_leave_what_they_should) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"seatCount", 300}, {"maxSeatsPerUser", 300}});
  auto someone = admitted(concert);
  ask(201, someone.charge(500'000));
  std::vector<http_request> holds;
  for (int seat = 1; seat <= 300; ++seat)
    holds.push_back(someone.hold(option, {seat}));
  std::vector<http_request> payments;
  for (const auto& answer : http().ask_all(std::move(holds)))
    payments.push_back(someone.pay(must(201, answer).at("reservationId")));
  expect_tally(http().ask_all(std::move(payments)), {{"201", 300}});
  BOOST_TEST(balance(someone) == 200'000);
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"SOLD", 300}}));
  BOOST_TEST(pages(someone, "/api/v1/payments?status=COMPLETED&limit=100", "payments").size() == 300u);
}

BOOST_AUTO_TEST_CASE(of_three_payments_at_once_those_that_fit_succeed_and_the_others_are_failed_in_the_history) {
  auto concert = open_concert();
  auto someone = admitted(concert);
  ask(201, someone.charge(5'000));
  std::map<std::string, std::int64_t> amounts;
  std::vector<http_request> payments;
  for (std::int64_t price : {4'000, 2'000, 3'500}) {
    auto option = open_option(concert, {{"price", price}, {"seatCount", 1}});
    auto reservation = hold(someone, option, {1});
    amounts[reservation] = price;
    payments.push_back(someone.pay(reservation));
  }
  auto answers = http().ask_all(std::move(payments));
  std::int64_t spent = 0;
  int failed = 0;
  for (const auto& answer : answers) {
    if (answer.status == 201) {
      spent += answer.document().at("amount").get<std::int64_t>();
      BOOST_TEST(answer.document().at("balance").get<std::int64_t>() >= 0);
    } else {
      ++failed;
      expect_problem(answer, 402, "INSUFFICIENT_BALANCE");
    }
  }
  BOOST_TEST(spent > 0);
  BOOST_TEST(spent <= 5'000);
  BOOST_TEST(balance(someone) == 5'000 - spent);
  auto history = pages(someone, "/api/v1/payments?status=FAILED", "payments");
  BOOST_TEST(history.size() == static_cast<std::size_t>(failed));
  for (const auto& payment : history) {
    BOOST_TEST(payment.at("status") == "FAILED");
    const std::string reservation = payment.at("reservationId");
    BOOST_TEST(payment.at("amount") == amounts[reservation]);
    // What could not be paid is held on, so that its owner may charge and pay again.
    BOOST_TEST(reservation_status(someone, reservation) == "HELD");
  }
}

BOOST_AUTO_TEST_CASE(a_payment_that_failed_succeeds_after_a_charge) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  auto reservation = hold(someone, option, {1});
  expect_problem(ask(someone.pay(reservation, "first")), 402, "INSUFFICIENT_BALANCE");
  expect_problem(ask(someone.pay(reservation, "first")), 402, "INSUFFICIENT_BALANCE");
  ask(201, someone.charge(1'000));
  // The same key asks for the first answer, another one pays.
  expect_problem(ask(someone.pay(reservation, "first")), 402, "INSUFFICIENT_BALANCE");
  auto paid = ask(201, someone.pay(reservation, "second"));
  BOOST_TEST(paid.at("balance") == 0);
  auto all = pages(someone, "/api/v1/payments", "payments");
  BOOST_TEST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].at("status") == "COMPLETED");
  BOOST_TEST(all[1].at("status") == "FAILED");
}

BOOST_AUTO_TEST_CASE(a_failed_payment_releases_the_seats_where_the_option_says_so) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"onPaymentFailure", "release"}});
  auto someone = admitted(concert);
  auto reservation = hold(someone, option, {1, 2});
  expect_problem(ask(someone.pay(reservation)), 402, "INSUFFICIENT_BALANCE");
  BOOST_TEST(reservation_status(someone, reservation) == "RELEASED");
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"AVAILABLE", 50}}));
  expect_problem(ask(someone.pay(reservation)), 410, "HOLD_EXPIRED");
}

BOOST_AUTO_TEST_CASE(the_same_payment_sent_twice_at_once_debits_once) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  ask(201, someone.charge(10'000));
  for (int seat = 1; seat <= 4; ++seat) {
    auto reservation = hold(someone, option, {seat});
    auto answers = http().ask_all({someone.pay(reservation), someone.pay(reservation)});
    std::set<std::string> payments;
    for (const auto& answer : answers) {
      BOOST_TEST((answer.status == 201 || answer.status == 200), answer.text());
      payments.insert(answer.document().value("paymentId", ""));
    }
    BOOST_TEST(payments.size() == 1u);
    expect_tally(answers, {{"201", 1}, {"200", 1}});
    BOOST_TEST(balance(someone) == 10'000 - 1'000 * seat);
    admit(someone, concert); // the payment has ended the place
  }
  BOOST_TEST(pages(someone, "/api/v1/payments", "payments").size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_payment_sent_ten_times_with_one_key_debits_once_and_is_answered_alike) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  ask(201, someone.charge(10'000));
  auto reservation = hold(someone, option, {1});
  std::vector<http_request> requests(10, someone.pay(reservation, "one-key"));
  auto answers = http().ask_all(std::move(requests));
  expect_tally(answers, {{"201", 10}});
  for (const auto& answer : answers)
    BOOST_TEST(answer.body == answers.front().body);
  BOOST_TEST(balance(someone) == 9'000);
}

BOOST_AUTO_TEST_CASE(two_different_payments_of_one_person_at_once_both_succeed) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  ask(201, someone.charge(10'000));
  auto one = hold(someone, option, {1});
  auto other = hold(someone, option, {2});
  expect_tally(http().ask_all({someone.pay(one), someone.pay(other)}), {{"201", 2}});
  BOOST_TEST(balance(someone) == 8'000);
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"AVAILABLE", 48}, {"SOLD", 2}}));
}

BOOST_AUTO_TEST_CASE(a_cancellation_asked_for_ten_times_at_once_refunds_once_and_frees_the_seats) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  ask(201, someone.charge(10'000));
  auto reservation = hold(someone, option, {1, 2});
  const std::string payment = ask(201, someone.pay(reservation)).at("paymentId");
  expect_problem(ask(someone.release(reservation)), 409, "ALREADY_PAID");
  std::vector<http_request> requests(10, someone.cancel(payment));
  auto answers = http().ask_all(std::move(requests));
  expect_tally(answers, {{"200", 10}});
  for (const auto& answer : answers)
    BOOST_TEST(answer.document().at("status") == "CANCELLED");
  BOOST_TEST(balance(someone) == 10'000);
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"AVAILABLE", 50}}));
  BOOST_TEST(reservation_status(someone, reservation) == "CANCELLED");
  int refunds = 0;
  for (const auto& entry : pages(someone, "/api/v1/balance/history", "entries"))
    refunds += entry.at("type") == "REFUND" ? 1 : 0;
  BOOST_TEST(refunds == 1);
  ask(200, someone.cancel(payment));
  BOOST_TEST(balance(someone) == 10'000);
}

BOOST_AUTO_TEST_CASE(a_balance_never_grows_beyond_what_its_type_holds) {
  person someone;
  const auto most = std::numeric_limits<std::int64_t>::max();
  ask(201, someone.charge(most));
  expect_problem(ask(someone.charge(1)), 400, "INVALID_REQUEST");
  BOOST_TEST(balance(someone) == most);
}

BOOST_AUTO_TEST_SUITE_END()
