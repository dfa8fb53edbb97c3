// What is someone else's: refused, and without telling that it exists.
#include "access_token.hpp"
#include "box_office.hpp"

using namespace frontrow::test;

BOOST_FIXTURE_TEST_SUITE(ownership, box_office)

BOOST_AUTO_TEST_CASE(a_queue_token_serves_only_the_person_that_drew_it) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto owner = admitted(concert);
  auto thief = person();
  thief.queue_token = owner.queue_token;
  expect_problem(ask(thief.hold(option, {1})), 403, "QUEUE_TOKEN_INVALID");
  expect_problem(ask(thief.poll()), 403, "QUEUE_TOKEN_INVALID");
  expect_problem(ask(thief.leave()), 403, "QUEUE_TOKEN_INVALID");
  BOOST_TEST(ask(200, owner.poll()).at("status") == "ACTIVE");
  hold(owner, option, {1});
}

BOOST_AUTO_TEST_CASE(a_queue_token_serves_only_its_own_concert) {
  auto here = open_concert();
  auto there = open_concert();
  auto option = open_option(there);
  auto someone = admitted(here);
  expect_problem(ask(someone.hold(option, {1})), 403, "QUEUE_TOKEN_INVALID");
}

BOOST_AUTO_TEST_CASE(a_made_up_queue_token_is_no_token) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  auto real = someone.queue_token;
  auto changed = real;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const auto& token : {std::string("x"), std::string(300, 'a'), changed, real + "A", std::string("1.2.3")}) {
    someone.queue_token = token;
    expect_problem(ask(someone.hold(option, {1})), 403, "QUEUE_TOKEN_INVALID");
    expect_problem(ask(someone.poll()), 403, "QUEUE_TOKEN_INVALID");
  }
}

BOOST_AUTO_TEST_CASE(reservations_and_payments_of_others_are_not_found) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto owner = admitted(concert);
  auto other = admitted(concert);
  ask(201, owner.charge(10'000));
  ask(201, other.charge(10'000));
  auto reservation = hold(owner, option, {1});
  expect_problem(ask(other.reservation(reservation)), 404, "RESERVATION_NOT_FOUND");
  expect_problem(ask(other.release(reservation)), 404, "RESERVATION_NOT_FOUND");
  expect_problem(ask(other.pay(reservation)), 404, "RESERVATION_NOT_FOUND");
  BOOST_TEST(reservation_status(owner, reservation) == "HELD");
  const std::string payment = ask(201, owner.pay(reservation)).at("paymentId");
  expect_problem(ask(other.payment(payment)), 404, "PAYMENT_NOT_FOUND");
  expect_problem(ask(other.cancel(payment)), 404, "PAYMENT_NOT_FOUND");
  expect_problem(ask(other.pay(reservation)), 404, "RESERVATION_NOT_FOUND");
  BOOST_TEST(ask(200, owner.payment(payment)).at("status") == "COMPLETED");
  BOOST_TEST(balance(other) == 10'000);
  BOOST_TEST(pages(other, "/api/v1/reservations", "reservations").empty());
  BOOST_TEST(pages(other, "/api/v1/payments", "payments").empty());
}

BOOST_AUTO_TEST_CASE(only_access_tokens_signed_as_configured_and_still_good_are_taken) {
  const auto header = R"({"alg":"HS256","typ":"JWT"})";
  const auto later = R"("exp":4102444800)";
  const std::string good = std::string(R"({"sub":"42",)") + later + "}";
  auto with = [](const std::string& token) {
    return http_request("GET", "/api/v1/balance").with("Authorization", "Bearer " + token);
  };
  ask(200, with(signed_token(header, good, jwt_secret)));
  auto unsigned_one = signed_token(R"({"alg":"none"})", good, jwt_secret);
  unsigned_one.resize(unsigned_one.rfind('.') + 1);
  const std::vector<std::string> bad{
      "",
      "x",
      "a.b.c",
      unsigned_one,
      signed_token(R"({"alg":"none"})", good, jwt_secret),
      signed_token(R"({"alg":"RS256","typ":"JWT"})", good, jwt_secret),
      signed_token(header, good, "another secret that is long enough, too"),
      signed_token(header, R"({"sub":"42","exp":1000000000})", jwt_secret),
      signed_token(header, R"({"sub":"42"})", jwt_secret),
      signed_token(header, std::string(R"({"sub":"0",)") + later + "}", jwt_secret),
      signed_token(header, std::string(R"({"sub":"-1",)") + later + "}", jwt_secret),
      signed_token(header, std::string(R"({"sub":"9223372036854775808",)") + later + "}", jwt_secret),
      signed_token(header, std::string(R"({"sub":42,)") + later + "}", jwt_secret),
      signed_token(header, std::string(R"({"sub":"42' or 1=1",)") + later + "}", jwt_secret),
      signed_token(header, "not json", jwt_secret),
      signed_token(header, good, jwt_secret) + "x",
      std::string(5'000, 'a'),
  };
  for (const auto& token : bad) {
    BOOST_TEST_CONTEXT("token " << token.substr(0, 200))
    expect_problem(ask(with(token)), 401, "UNAUTHORIZED");
  }
  expect_problem(ask(http_request("GET", "/api/v1/balance")), 401, "UNAUTHORIZED");
  auto basic = http_request("GET", "/api/v1/balance").with("Authorization", "Basic QWRhOkxvdmVsYWNl");
  expect_problem(ask(basic), 401, "UNAUTHORIZED");
}

BOOST_AUTO_TEST_CASE(a_guarded_seat_map_is_shown_to_those_who_were_let_in) {
  auto policy = open_doors();
  policy["guardSeatMap"] = true;
  auto concert = open_concert(policy);
  auto option = open_option(concert);
  const auto seats_of = "/api/v1/options/" + std::to_string(option) + "/seats";
  expect_problem(ask(http_request("GET", seats_of)), 403, "QUEUE_TOKEN_REQUIRED");
  expect_problem(ask(person().get(seats_of)), 403, "QUEUE_TOKEN_REQUIRED");
  auto someone = admitted(concert);
  BOOST_TEST(ask(200, someone.get(seats_of)).at("seats").size() == 50u);
  change_queue(concert, {{"paused", true}});
  auto waiting = person();
  waiting.queue_token = ask(201, waiting.join(concert)).at("queueToken");
  expect_problem(ask(waiting.get(seats_of)), 403, "QUEUE_TOKEN_NOT_ACTIVE");
  change_queue(concert, {{"guardSeatMap", false}});
  BOOST_TEST(ask(200, http_request("GET", seats_of)).at("seats").size() == 50u);
}

BOOST_AUTO_TEST_SUITE_END()
