#include "http/opaque_ids.hpp"
#include "tests/http/raw_client.hpp"
#include "tests/http/running_server.hpp"
#include "tests/http/unconnected_front.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow;
using namespace frontrow::http_test;

namespace {

/// What is decided before anybody is asked: the routes over real HTTP, with nothing behind them.
struct served_front : unconnected_front {
  served_front() { listener.start(); }
  ~served_front() { listener.stop(); }

  std::string login(domain::user_id user) const {
    return "Authorization: Bearer " + *tokens.issue(user, clock.now(), clock.now() + std::chrono::hours{1}) +
           "\r\n";
  }
  auto send(const std::string& verb, const std::string& path, const std::string& headers,
            const std::string& body = "") {
    std::string text = verb + " " + path + " HTTP/1.1\r\nHost: test\r\n" + headers;
    if (!body.empty())
      text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    raw_client client{listener.port()};
    return client.ask(text + "\r\n" + body);
  }
  void expect(const std::string& verb, const std::string& path, const std::string& headers,
              const std::string& body, int status, const std::string& code) {
    BOOST_TEST_CONTEXT(verb << " " << path << " " << body) {
      const auto got = send(verb, path, headers, body);
      BOOST_TEST(got.status == status);
      BOOST_TEST(nlohmann::json::parse(got.body)["code"] == code);
    }
  }

  rate_limits limits{{rate_limit_options::state::off, {}, {}}};
  front_door door{front_door::parts{public_routes, tokens, limits, figures, nullptr, nullptr, now}};
  server listener{running_server::on_any_port({}), door};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(routes, served_front)

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_request_is_said_before_anybody_is_asked) {
  const auto me = login(42);
  const std::string invalid = "INVALID_REQUEST";
  for (const auto* body :
       {"{}", R"({"amount":0})", R"({"amount":-1})", R"({"amount":1.5})", R"({"amount":"100"})",
        R"({"amount":100,"currency":"KRW"})", R"({"amount":9223372036854775808})"})
    expect("POST", "/api/v1/balance/charges", me, body, 400, invalid);
  for (const auto* body :
       {"{}", R"({"optionId":1})", R"({"optionId":1,"seatIds":[]})", R"({"optionId":1,"seatIds":[1,1]})",
        R"({"optionId":1,"seatIds":[1],"bestAvailable":{"count":1}})",
        R"({"optionId":1,"bestAvailable":{"count":0}})",
        R"({"optionId":1,"bestAvailable":{"count":1,"row":2}})", R"({"optionId":0,"seatIds":[1]})"})
    expect("POST", "/api/v1/reservations", me, body, 400, invalid);
  expect("POST", "/api/v1/payments", me, R"({"reservationId":7})", 400, invalid);
  expect("GET", "/api/v1/payments?status=LOST", me, "", 400, invalid);
  expect("GET", "/api/v1/reservations?limit=101", me, "", 400, invalid);
  expect("GET", "/api/v1/reservations?after=x", me, "", 400, invalid);
  expect("GET", "/api/v1/balance/history?after=" + entry_text({43, 1}), me, "", 400, invalid);
  expect("GET", "/api/v1/concerts/1/seats?date=2026-02-30", "", "", 400, invalid);
  expect("GET", "/api/v1/concerts/1/seats", "", "", 400, invalid);
  expect("POST", "/api/v1/users", "", R"({"name":""})", 400, invalid);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_named) {
  const auto me = login(42);
  expect("POST", "/api/v1/concerts/9/queue", me, "", 404, "CONCERT_NOT_FOUND");
  expect("GET", "/api/v1/concerts/9", "", "", 404, "CONCERT_NOT_FOUND");
  expect("GET", "/api/v1/concerts/9/seats?date=2026-12-24", "", "", 404, "CONCERT_NOT_FOUND");
  expect("GET", "/api/v1/options/9/seats", "", "", 404, "OPTION_NOT_FOUND");
  expect("POST", "/api/v1/reservations", me, R"({"optionId":9,"seatIds":[1]})", 404, "OPTION_NOT_FOUND");
  expect("GET", "/api/v1/reservations/nonsense", me, "", 404, "RESERVATION_NOT_FOUND");
  expect("GET", "/api/v1/reservations/r9-1", me, "", 404, "RESERVATION_NOT_FOUND");
  expect("POST", "/api/v1/payments", me, R"({"reservationId":"nonsense"})", 404, "RESERVATION_NOT_FOUND");
  expect("GET", "/api/v1/payments/nonsense", me, "", 404, "PAYMENT_NOT_FOUND");
  expect("POST", "/api/v1/payments/p9-1/cancel", me, "", 404, "PAYMENT_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_queue_token_is_asked_for_and_looked_at) {
  const auto me = login(42);
  expect("GET", "/api/v1/queue", "", "", 403, "QUEUE_TOKEN_REQUIRED");
  expect("DELETE", "/api/v1/queue", "", "", 403, "QUEUE_TOKEN_REQUIRED");
  expect("GET", "/api/v1/queue", "Queue-Token: nonsense\r\n", "", 403, "QUEUE_TOKEN_INVALID");
  expect("GET", "/api/v1/queue", "Queue-Token: " + text_of(queue_token{9, 1, {}}) + "\r\n", "", 403,
         "QUEUE_TOKEN_INVALID");
  expect("DELETE", "/api/v1/reservations/r1-1", me, "", 403, "QUEUE_TOKEN_REQUIRED");
}

BOOST_AUTO_TEST_CASE(while_nobody_answers_clients_are_told_to_ask_again) {
  const auto me = login(42);
  expect("GET", "/api/v1/balance", me, "", 503, "UNAVAILABLE");
  expect("POST", "/api/v1/balance/charges", me, R"({"amount":5})", 503, "UNAVAILABLE");
  expect("GET", "/api/v1/payments?status=FAILED", me, "", 503, "UNAVAILABLE");
  expect("POST", "/api/v1/users", "", R"({"name":"Ada"})", 503, "UNAVAILABLE");
  BOOST_TEST(send("GET", "/api/v1/balance", me).headers["retry-after"] == "1");
  public_front.limits.users = registration::closed;
  expect("POST", "/api/v1/users", "", R"({"name":"Ada"})", 404, "NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_catalog_page_has_an_etag_that_holds_as_long_as_its_content) {
  auto page = send("GET", "/api/v1/concerts", "");
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.body == R"({"concerts":[],"next":null})");
  const auto again = send("GET", "/api/v1/concerts", "If-None-Match: " + page.headers["etag"] + "\r\n");
  BOOST_TEST(again.status == 304);
}

BOOST_AUTO_TEST_SUITE_END()
