#include "http/problem.hpp"
#include "http/request.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace frontrow::http;

BOOST_AUTO_TEST_SUITE(problems)

BOOST_AUTO_TEST_CASE(every_code_has_the_status_of_the_contract) {
  struct {
    error_code code;
    const char* name;
    unsigned status;
  } table[] = {
      {error_code::invalid_request, "INVALID_REQUEST", 400},
      {error_code::unauthorized, "UNAUTHORIZED", 401},
      {error_code::insufficient_balance, "INSUFFICIENT_BALANCE", 402},
      {error_code::queue_token_required, "QUEUE_TOKEN_REQUIRED", 403},
      {error_code::queue_token_invalid, "QUEUE_TOKEN_INVALID", 403},
      {error_code::queue_token_not_active, "QUEUE_TOKEN_NOT_ACTIVE", 403},
      {error_code::not_found, "NOT_FOUND", 404},
      {error_code::concert_not_found, "CONCERT_NOT_FOUND", 404},
      {error_code::option_not_found, "OPTION_NOT_FOUND", 404},
      {error_code::seat_not_found, "SEAT_NOT_FOUND", 404},
      {error_code::reservation_not_found, "RESERVATION_NOT_FOUND", 404},
      {error_code::payment_not_found, "PAYMENT_NOT_FOUND", 404},
      {error_code::method_not_allowed, "METHOD_NOT_ALLOWED", 405},
      {error_code::seat_taken, "SEAT_TAKEN", 409},
      {error_code::not_enough_seats, "NOT_ENOUGH_SEATS", 409},
      {error_code::sales_closed, "SALES_CLOSED", 409},
      {error_code::already_paid, "ALREADY_PAID", 409},
      {error_code::queue_full, "QUEUE_FULL", 409},
      {error_code::sold_out, "SOLD_OUT", 409},
      {error_code::payment_not_completed, "PAYMENT_NOT_COMPLETED", 409},
      {error_code::no_other_node, "NO_OTHER_NODE", 409},
      {error_code::hold_expired, "HOLD_EXPIRED", 410},
      {error_code::payload_too_large, "PAYLOAD_TOO_LARGE", 413},
      {error_code::unsupported_media_type, "UNSUPPORTED_MEDIA_TYPE", 415},
      {error_code::too_many_seats, "TOO_MANY_SEATS", 422},
      {error_code::idempotency_key_reused, "IDEMPOTENCY_KEY_REUSED", 422},
      {error_code::rate_limited, "RATE_LIMITED", 429},
      {error_code::headers_too_large, "HEADERS_TOO_LARGE", 431},
      {error_code::internal, "INTERNAL", 500},
      {error_code::unavailable, "UNAVAILABLE", 503},
  };
  BOOST_TEST(std::size(table) == problem_kinds().size());
  std::set<std::string_view> names;
  for (const auto& row : table) {
    BOOST_TEST_CONTEXT(row.name) {
      auto answer = problem_response(row.code, "why", "trace-1");
      auto body = nlohmann::json::parse(answer.text);
      BOOST_TEST(answer.status == row.status);
      BOOST_TEST(answer.content_type == "application/problem+json");
      BOOST_TEST(body.size() == 6U);
      BOOST_TEST(body["status"] == row.status);
      BOOST_TEST(body["code"] == row.name);
      BOOST_TEST(body["detail"] == "why");
      BOOST_TEST(body["traceId"] == "trace-1");
      BOOST_TEST(body["type"] == "about:blank");
      BOOST_TEST(!body["title"].get<std::string>().empty());
      BOOST_TEST((error_code_of(row.name) == row.code));
      BOOST_TEST(reason_phrase(row.status) != "Unknown");
      names.insert(row.name);
    }
  }
  BOOST_TEST(names.size() == problem_kinds().size());
  BOOST_TEST(!error_code_of("NO_SUCH_CODE").has_value());
}

BOOST_AUTO_TEST_CASE(extra_members_are_added_and_override_nothing) {
  auto answer = problem_response(error_code::seat_taken, "taken", "t", {{"seats", {1, 2}}, {"status", 200}});
  auto body = nlohmann::json::parse(answer.text);
  BOOST_TEST(body["seats"].size() == 2U);
  BOOST_TEST(body["status"] == 409);
}

BOOST_AUTO_TEST_CASE(codes_bring_their_headers) {
  BOOST_TEST(problem_response(error_code::unauthorized, "", "t").header("WWW-Authenticate") == "Bearer");
  BOOST_TEST(problem_response(error_code::unavailable, "", "t").header("Retry-After") == "1");
  BOOST_TEST(
      problem_response(error_code::rate_limited, "", "t", {{"retryAfterMs", 2001}}).header("Retry-After") ==
      "3");
  BOOST_TEST(
      problem_response(error_code::rate_limited, "", "t", {{"retryAfterMs", 2000}}).header("Retry-After") ==
      "2");
  BOOST_TEST(problem_response(error_code::not_found, "", "t").header("Retry-After").empty());
}

BOOST_AUTO_TEST_CASE(a_detail_that_is_no_utf8_still_gives_a_document) {
  BOOST_TEST(nlohmann::json::accept(problem_response(error_code::invalid_request, "a\xff", "t").text));
}

BOOST_AUTO_TEST_CASE(trace_ids_and_keys_are_checked) {
  for (auto good : {"a", "A-9", "0123456789012345678901234567890123456789012345678901234567890123"})
    BOOST_TEST(is_trace_id(good));
  for (auto bad :
       {"", "a b", "a_b", "01234567890123456789012345678901234567890123456789012345678901234", "a\nb", "é"})
    BOOST_TEST(!is_trace_id(bad));
  BOOST_TEST(is_trace_id(new_trace_id()));
  BOOST_TEST(new_trace_id() != new_trace_id());
  BOOST_TEST(is_idempotency_key("a!~"));
  for (auto bad :
       {"", "a b", "é", "a\x7f", "01234567890123456789012345678901234567890123456789012345678901234"})
    BOOST_TEST(!is_idempotency_key(bad));
}

BOOST_AUTO_TEST_CASE(etags_match_as_lists_weakly_and_by_star) {
  for (auto good : {"\"v7\"", "\"a\", \"v7\"", "W/\"v7\"", "*", " \"v7\" "})
    BOOST_TEST(etag_matches(good, "\"v7\""));
  for (auto bad : {"", "\"v70\"", "v7", "\"v", "W/", "\"a\"\"b\""})
    BOOST_TEST(!etag_matches(bad, "\"v7\""));
}

BOOST_AUTO_TEST_SUITE_END()
