// Every error code that a client can provoke, once, with its exact status and body.
#include "access_token.hpp"
#include "box_office.hpp"

#include <map>

using namespace frontrow::test;

namespace {

/// What the contract knows. INTERNAL (500) is no client's to provoke; UNAVAILABLE (503) and RATE_LIMITED (429) need a
/// deployment of their own and have tests of their own.
const std::map<std::string, unsigned> status_of_code{
    {"INVALID_REQUEST", 400},        {"UNAUTHORIZED", 401},
    {"INSUFFICIENT_BALANCE", 402},   {"QUEUE_TOKEN_REQUIRED", 403},
    {"QUEUE_TOKEN_INVALID", 403},    {"QUEUE_TOKEN_NOT_ACTIVE", 403},
    {"NOT_FOUND", 404},              {"CONCERT_NOT_FOUND", 404},
    {"OPTION_NOT_FOUND", 404},       {"SEAT_NOT_FOUND", 404},
    {"RESERVATION_NOT_FOUND", 404},  {"PAYMENT_NOT_FOUND", 404},
    {"METHOD_NOT_ALLOWED", 405},     {"SEAT_TAKEN", 409},
    {"NOT_ENOUGH_SEATS", 409},       {"SALES_CLOSED", 409},
    {"ALREADY_PAID", 409},           {"QUEUE_FULL", 409},
    {"SOLD_OUT", 409},               {"PAYMENT_NOT_COMPLETED", 409},
    {"HOLD_EXPIRED", 410},           {"PAYLOAD_TOO_LARGE", 413},
    {"UNSUPPORTED_MEDIA_TYPE", 415}, {"TOO_MANY_SEATS", 422},
    {"IDEMPOTENCY_KEY_REUSED", 422}, {"HEADERS_TOO_LARGE", 431},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(error_codes, box_office)

BOOST_AUTO_TEST_CASE(every_error_code_comes_with_its_status_and_a_whole_problem_document) {
  auto seen = status_of_code;
  auto provoke = [&](const std::string& code, const http_request& request) {
    BOOST_TEST_CONTEXT(code << " by " << request.verb << " " << request.target) {
      expect_problem(ask(request), status_of_code.at(code), code);
    }
    seen.erase(code);
  };
  auto concert = open_concert();
  auto option = open_option(concert);
  auto tiny = open_option(concert, {{"seatCount", 1}});
  auto closed = open_option(concert, {{"salesOpenAt", "2031-01-01T00:00:00.000Z"}});
  auto brief = open_option(concert, {{"holdSeconds", 1}});
  auto someone = admitted(concert);
  auto outsider = person();

  provoke("INVALID_REQUEST", someone.post("/api/v1/balance/charges", {{"amount", 0}}));
  provoke("UNAUTHORIZED", http_request("GET", "/api/v1/balance"));
  auto reservation = hold(someone, option, {1});
  provoke("INSUFFICIENT_BALANCE", someone.pay(reservation));
  provoke("QUEUE_TOKEN_REQUIRED", outsider.hold(option, {1}));
  outsider.queue_token = "nonsense";
  provoke("QUEUE_TOKEN_INVALID", outsider.hold(option, {1}));
  change_queue(concert, {{"paused", true}});
  outsider.queue_token = ask(201, outsider.join(concert)).at("queueToken");
  provoke("QUEUE_TOKEN_NOT_ACTIVE", outsider.hold(option, {1}));
  change_queue(concert, {{"paused", false}});
  provoke("NOT_FOUND", http_request("GET", "/api/v1/nothing"));
  provoke("CONCERT_NOT_FOUND", http_request("GET", "/api/v1/concerts/999999999"));
  provoke("CONCERT_NOT_FOUND", outsider.join(999'999'999));
  provoke("OPTION_NOT_FOUND", someone.hold(999'999'999, {1}));
  provoke("OPTION_NOT_FOUND", http_request("GET", "/api/v1/options/999999999/seats"));
  provoke("SEAT_NOT_FOUND", someone.hold(option, {51}));
  provoke("RESERVATION_NOT_FOUND", someone.reservation("no-such-reservation"));
  provoke("RESERVATION_NOT_FOUND", someone.pay("no-such-reservation"));
  provoke("PAYMENT_NOT_FOUND", someone.payment("no-such-payment"));
  provoke("PAYMENT_NOT_FOUND", someone.cancel("no-such-payment"));
  provoke("METHOD_NOT_ALLOWED", http_request("PUT", "/api/v1/balance"));
  BOOST_TEST(ask(http_request("PUT", "/api/v1/balance")).header("Allow").find("GET") != std::string::npos);
  provoke("SEAT_TAKEN", someone.hold(option, {1}));
  provoke("NOT_ENOUGH_SEATS", someone.hold_best(tiny, 2));
  provoke("SALES_CLOSED", someone.hold(closed, {1}));
  provoke("TOO_MANY_SEATS", someone.hold(option, {2, 3, 4, 5}));
  auto lapsing = ask(201, someone.hold(brief, {1}));
  ask(201, someone.charge(100'000, "a-key"));
  provoke("IDEMPOTENCY_KEY_REUSED", someone.charge(99, "a-key"));
  const std::string payment = ask(201, someone.pay(reservation)).at("paymentId");
  provoke("ALREADY_PAID", someone.release(reservation));
  auto failed_ones = pages(someone, "/api/v1/payments?status=FAILED", "payments");
  BOOST_TEST_REQUIRE(failed_ones.size() == 1u);
  provoke("PAYMENT_NOT_COMPLETED", someone.cancel(failed_ones[0].at("paymentId")));
  const std::string lapsed = lapsing.at("reservationId");
  ask_until([&] { return someone.reservation(lapsed); },
            [](const json& now) { return now.value("status", "") == "EXPIRED"; });
  provoke("HOLD_EXPIRED", someone.pay(lapsed));

  provoke("PAYLOAD_TOO_LARGE", someone.post("/api/v1/balance/charges", {{"amount", std::string(70'000, '1')}}));
  auto as_text = someone.post("/api/v1/balance/charges", nullptr);
  as_text.body = R"({"amount":1})";
  provoke("UNSUPPORTED_MEDIA_TYPE", as_text.with("Content-Type", "text/plain"));
  provoke("HEADERS_TOO_LARGE", someone.balance().with("X-Long", std::string(9'000, 'x')));

  auto narrow = open_doors();
  narrow["capacity"] = 1;
  auto full = open_concert(narrow);
  change_queue(full, {{"paused", true}});
  ask(201, person().join(full));
  provoke("QUEUE_FULL", person().join(full));
  auto small = open_concert();
  auto only_seat = open_option(small, {{"seatCount", 1}});
  admit(someone, small);
  ask(201, someone.pay(hold(someone, only_seat, {1})));
  ask_until([&] { return person().join(small); },
            [](const json& answer) { return answer.value("code", "") == "SOLD_OUT"; });
  provoke("SOLD_OUT", person().join(small));
  for (const auto& [code, status] : seen)
    BOOST_ERROR("not provoked: " << code << " " << status);
}

BOOST_AUTO_TEST_CASE(requests_that_are_not_what_the_contract_says_are_invalid) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto someone = admitted(concert);
  auto raw = [&](const std::string& target, const std::string& body) {
    auto request = someone.post(target, nullptr).with("Content-Type", "application/json");
    request.body = body;
    return request;
  };
  const std::string charges = "/api/v1/balance/charges";
  for (const auto* body : {R"({"amount":1.5})", R"({"amount":1.0})", R"({"amount":1e3})", R"({"amount":"100"})",
                           R"({"amount":-1})", R"({"amount":0})", R"({"amount":9223372036854775808})",
                           R"({"amount":1e400})", R"({"amount":null})", R"({"amount":true})", R"({"amount":[1]})",
                           R"({"amount":1,"typo":2})", R"({"amount":1,"amount":2})", "{}", "[]", "1", "null", "",
                           R"({"amount":1)", R"({"amount":1}x)", R"({amount:1})", "\xff\xfe", "{\"amount\":\"\xc3\x28\"}"})
    BOOST_TEST_CONTEXT(body)
  expect_problem(ask(raw(charges, body)), 400, "INVALID_REQUEST");
  const std::string reservations = "/api/v1/reservations";
  const auto of_option = "{\"optionId\":" + std::to_string(option);
  for (const auto& body : {of_option + "}", of_option + R"(,"seatIds":[]})", of_option + R"(,"seatIds":[1,1]})",
                           of_option + R"(,"seatIds":[-1]})", of_option + R"(,"seatIds":["1"]})",
                           of_option + R"(,"seatIds":[1.0]})", of_option + R"(,"seatIds":1})",
                           of_option + R"(,"seatIds":[1],"bestAvailable":{"count":1}})",
                           of_option + R"(,"bestAvailable":{"count":0}})", of_option + R"(,"bestAvailable":{}})",
                           of_option + R"(,"bestAvailable":{"count":1,"row":1}})",
                           std::string(R"({"optionId":0,"seatIds":[1]})"), std::string(R"({"seatIds":[1]})")})
    BOOST_TEST_CONTEXT(body)
  expect_problem(ask(raw(reservations, body)), 400, "INVALID_REQUEST");
  for (const auto* target : {"/api/v1/concerts?limit=0", "/api/v1/concerts?limit=x", "/api/v1/concerts?unknown=1",
                             "/api/v1/concerts?limit=1&limit=2", "/api/v1/payments?status=DONE",
                             "/api/v1/balance/history?limit=99999999", "/api/v1/balance/history?after=%ff"})
    BOOST_TEST_CONTEXT(target)
  expect_problem(ask(someone.get(target)), 400, "INVALID_REQUEST");
  expect_problem(ask(someone.charge(1, std::string(65, 'k'))), 400, "INVALID_REQUEST");
  expect_problem(ask(someone.charge(1, "two words")), 400, "INVALID_REQUEST");
  BOOST_TEST(balance(someone) == 0);
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"AVAILABLE", 50}}));
}

BOOST_AUTO_TEST_CASE(operators_requests_that_are_not_what_the_contract_says_are_invalid) {
  auto concert = open_concert();
  auto ask_admin = [&](const std::string& verb, const std::string& target, const std::string& body) {
    auto request = house().admin_request(verb, target).with("Content-Type", "application/json");
    request.body = body;
    return house().admin_http().ask(request);
  };
  const auto options = "/admin/v1/concerts/" + std::to_string(concert) + "/options";
  const std::string evening = R"({"title":"x","startsAt":"2031-12-24T11:00:00.000Z","durationMinutes":90)";
  for (const auto& body :
       {std::string("{}"), evening + "}", evening + R"(,"price":0,"seatCount":1})", evening + R"(,"price":-1,"seatCount":1})",
        evening + R"(,"price":1.5,"seatCount":1})", evening + R"(,"price":1,"seatCount":0})",
        evening + R"(,"price":1,"seatCount":100000000})", evening + R"(,"price":1,"seatCount":1,"holdSeconds":0})",
        evening + R"(,"price":1,"seatCount":1,"maxSeatsPerUser":0})",
        evening + R"(,"price":1,"seatCount":1,"onPaymentFailure":"maybe"})",
        evening + R"(,"price":1,"seatCount":1,"salesOpenAt":"tomorrow"})",
        evening + R"(,"price":1,"seatCount":1,"sections":[]})", evening + R"(,"sections":[]})",
        evening + R"(,"sections":[{"name":"A","tier":"S","price":1,"rows":0,"seatsPerRow":1}]})"})
    BOOST_TEST_CONTEXT(body)
  expect_problem(ask_admin("POST", options, body), 400, "INVALID_REQUEST");
  for (const auto* body : {"{}", R"({"title":""})", R"({"title":"x","queue":{"ratePerSecond":0}})",
                           R"({"title":"x","queue":{"burst":-1}})", R"({"title":"x","queue":{"rate":1}})"})
    BOOST_TEST_CONTEXT(body)
  expect_problem(ask_admin("POST", "/admin/v1/concerts", body), 400, "INVALID_REQUEST");
  expect_problem(ask_admin("POST", "/admin/v1/concerts/999999999/options", evening + R"(,"price":1,"seatCount":1})"), 404,
                 "CONCERT_NOT_FOUND");
  expect_problem(ask_admin("PATCH", "/admin/v1/concerts/999999999/queue", R"({"paused":true})"), 404, "CONCERT_NOT_FOUND");
}

BOOST_AUTO_TEST_SUITE_END()
