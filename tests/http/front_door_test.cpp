#include "tests/http/running_server.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

using namespace frontrow::http_test;
using namespace std::chrono_literals;

namespace {

std::string code_in(const reply& got) {
  return nlohmann::json::parse(got.body).at("code");
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_front_door)

BOOST_AUTO_TEST_CASE(every_refusal_is_a_problem_with_the_trace_id) {
  running_server running;
  raw_client client{running.port()};
  struct {
    std::string asked;
    int status;
    const char* code;
  } table[] = {
      {get("/nothing"), 404, "NOT_FOUND"},
      {get("/things/0/parts/a"), 404, "NOT_FOUND"},
      {get("/things/x/parts/a"), 404, "NOT_FOUND"},
      {get("/things/1/parts/.."), 404, "NOT_FOUND"},
      {get("/things/1/parts/%2e%2e"), 404, "NOT_FOUND"},
      {get("/things/1/parts/a%2fb"), 404, "NOT_FOUND"},
      {get("/things/1/parts/a%00b"), 404, "NOT_FOUND"},
      {get("/../../etc/passwd"), 404, "NOT_FOUND"},
      {get("*"), 404, "NOT_FOUND"},
      {get("/things/1/parts/a%"), 400, "INVALID_REQUEST"},
      {get("/things/1/parts/a?limit=0"), 400, "INVALID_REQUEST"},
      {get("/things/1/parts/a?other=1"), 400, "INVALID_REQUEST"},
      {post("/hello", "{}"), 405, "METHOD_NOT_ALLOWED"},
      {"BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n", 405, "METHOD_NOT_ALLOWED"},
      {"get /hello HTTP/1.1\r\nHost: x\r\n\r\n", 405, "METHOD_NOT_ALLOWED"},
      {"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415,
       "UNSUPPORTED_MEDIA_TYPE"},
      {"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json; "
       "charset=latin1\r\nContent-Length: 2\r\n\r\n{}",
       415, "UNSUPPORTED_MEDIA_TYPE"},
      {post("/orders", "{}"), 400, "INVALID_REQUEST"},
      {post("/orders", ""), 400, "INVALID_REQUEST"},
      {"POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 400, "INVALID_REQUEST"},
      {post("/orders", R"({"amount":1})", "Idempotency-Key: a b\r\n"), 400, "INVALID_REQUEST"},
      {post("/orders", R"({"amount":1})", "Idempotency-Key:\r\n"), 400, "INVALID_REQUEST"},
      {post("/orders", R"({"amount":1})", "Idempotency-Key: " + std::string(65, 'k') + "\r\n"), 400,
       "INVALID_REQUEST"},
      {get("/me"), 401, "UNAUTHORIZED"},
      {get("/me", "Authorization: Basic eDp5\r\n"), 401, "UNAUTHORIZED"},
      {get("/me", "Authorization: Bearer nonsense\r\n"), 401, "UNAUTHORIZED"},
      {get("/maybe", "Authorization: Bearer nonsense\r\n"), 401, "UNAUTHORIZED"},
      {get("/throws"), 500, "INTERNAL"},
  };
  for (const auto& row : table) {
    BOOST_TEST_CONTEXT(row.asked) {
      auto got = client.ask(row.asked);
      BOOST_TEST(got.status == row.status);
      BOOST_TEST(got.headers["content-type"] == "application/problem+json");
      auto body = nlohmann::json::parse(got.body);
      BOOST_TEST(body["code"] == row.code);
      BOOST_TEST(body["status"] == row.status);
      BOOST_TEST(body["traceId"] == got.headers["x-trace-id"]);
      BOOST_TEST(got.body.find("secret") == std::string::npos);
      BOOST_TEST(got.headers.contains("allow") == (row.status == 405));
      BOOST_TEST(got.headers.contains("www-authenticate") == (row.status == 401));
      BOOST_TEST(!got.headers.contains("connection"));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_allow_header_names_the_methods) {
  running_server running;
  BOOST_TEST(raw_client{running.port()}.ask(post("/hello", "")).headers["allow"] == "GET, HEAD");
}

BOOST_AUTO_TEST_CASE(parameters_and_queries_reach_the_handler) {
  running_server running;
  raw_client client{running.port()};
  auto got = client.ask(get("/things/7/parts/abc?limit=9"));
  BOOST_TEST(got.body == R"({"limit":9,"part":"abc","thing":7})");
  BOOST_TEST(client.ask(get("http://anywhere:99/things/7/parts/abc")).status == 200);
  BOOST_TEST(client.ask(get("/thing%73/7/parts/abc")).status == 200);
}

BOOST_AUTO_TEST_CASE(keys_and_tokens_reach_the_handler) {
  running_server running;
  raw_client client{running.port()};
  auto got = client.ask(post("/orders", R"({"amount":5})", "idempotency-key: k-1\r\nqueue-token: q-1\r\n"));
  BOOST_TEST(got.status == 201);
  BOOST_TEST(got.body == R"({"amount":5,"key":"k-1","token":"q-1"})");
}

BOOST_AUTO_TEST_CASE(a_good_token_names_the_caller) {
  running_server running;
  raw_client client{running.port()};
  auto token = running.tokens.issue(42, test_now, test_now + 1h).value();
  for (int each = 0; each < 3; ++each)
    BOOST_TEST(client.ask(get("/me", "Authorization: Bearer " + token + "\r\n")).body == "42");
  BOOST_TEST(client.ask(get("/maybe", "Authorization: Bearer " + token + "\r\n")).body == "42");
  BOOST_TEST(client.ask(get("/maybe")).body == "0");
  auto expired = running.tokens.issue(42, test_now, test_now).value();
  BOOST_TEST(client.ask(get("/me", "Authorization: Bearer " + expired + "\r\n")).status == 401);
}

BOOST_AUTO_TEST_CASE(a_clients_trace_id_is_kept_if_it_is_one) {
  running_server running;
  raw_client client{running.port()};
  BOOST_TEST(client.ask(get("/hello", "X-Trace-Id: abc-1\r\n")).headers["x-trace-id"] == "abc-1");
  for (auto bad : {"a b", "a_b", "", "é"}) {
    auto got = client.ask(get("/hello", std::string{"X-Trace-Id: "} + bad + "\r\n"));
    BOOST_TEST(got.headers["x-trace-id"] != bad);
    BOOST_TEST(is_trace_id(got.headers["x-trace-id"]));
  }
}

BOOST_AUTO_TEST_CASE(addresses_and_users_are_limited_apart) {
  rate_limit_options limited{rate_limit_options::state::on, {0.001, 2}, {0.001, 5}, 1000};
  running_server running{{}, limited};
  raw_client client{running.port()};
  auto token = "Authorization: Bearer " + running.tokens.issue(42, test_now, test_now + 1h).value() + "\r\n";
  BOOST_TEST(client.ask(get("/me", token)).status == 200);
  BOOST_TEST(client.ask(get("/me", token)).status == 200);
  auto third = client.ask(get("/me", token));
  BOOST_TEST(third.status == 429);
  BOOST_TEST(code_in(third) == "RATE_LIMITED");
  BOOST_TEST(std::stoi(third.headers["retry-after"]) > 0);
  BOOST_TEST(client.ask(get("/hello")).status == 200);
  BOOST_TEST(client.ask(get("/hello")).status == 200);
  BOOST_TEST(client.ask(get("/hello")).status == 429);
}

BOOST_AUTO_TEST_CASE(the_access_log_tells_who_and_what_but_no_secret) {
  std::ostringstream written;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(written);
  auto logger = std::make_shared<spdlog::logger>("access", sink);
  logger->set_level(spdlog::level::debug);
  auto token = std::string{};
  {
    running_server running{{}, {rate_limit_options::state::off, {}, {}}, logger};
    token = running.tokens.issue(42, test_now, test_now + 1h).value();
    raw_client client{running.port()};
    client.ask(get("/things/1/parts/a?queueToken=hidden", "X-Trace-Id: t-1\r\n"));
    client.ask(get("/me", "Authorization: Bearer " + token + "\r\nQueue-Token: hidden\r\n"));
    client.ask(post("/orders", R"({"amount":5})", "Idempotency-Key: hidden\r\n"));
    client.ask("nonsense\r\n\r\n");
  }
  auto text = written.str();
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 4);
  BOOST_TEST(text.find("hidden") == std::string::npos);
  BOOST_TEST(text.find(token) == std::string::npos);
  for (auto part :
       {"t-1", "/things/{thingId}/parts/{part}", "/things/1/parts/a", "127.0.0.1", "42", "400", "201"})
    BOOST_TEST(text.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(the_access_log_tells_what_changed_or_went_wrong_and_reads_that_went_well_only_when_debugging) {
  const auto written_at = [](spdlog::level::level_enum level) {
    std::ostringstream written;
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(written);
    auto logger = std::make_shared<spdlog::logger>("access", sink);
    logger->set_level(level);
    {
      running_server running{{}, {rate_limit_options::state::off, {}, {}}, logger};
      raw_client client{running.port()};
      client.ask(get("/hello"));
      client.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
      client.ask(get("/nothing"));
      client.ask(post("/orders", R"({"amount":5})"));
    }
    return written.str();
  };
  const auto usual = written_at(spdlog::level::info);
  BOOST_TEST(std::count(usual.begin(), usual.end(), '\n') == 2);
  BOOST_TEST(usual.find("/hello") == std::string::npos);
  BOOST_TEST(usual.find("/nothing") != std::string::npos);
  BOOST_TEST(usual.find("/orders") != std::string::npos);
  const auto debugging = written_at(spdlog::level::debug);
  BOOST_TEST(std::count(debugging.begin(), debugging.end(), '\n') == 4);
  BOOST_TEST(debugging.find("/hello") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(requests_are_counted_with_those_that_could_not_be_read) {
  running_server running;
  raw_client{running.port()}.ask(get("/hello"));
  raw_client{running.port()}.ask(get("/nothing"));
  raw_client{running.port()}.ask("nonsense\r\n\r\n");
  auto text = running.figures.text();
  for (auto line : {R"(frontrow_http_requests_total{listener="public",route="hello",status="200"} 1)",
                    R"(frontrow_http_requests_total{listener="public",route="none",status="404"} 1)",
                    R"(frontrow_http_requests_total{listener="public",route="none",status="400"} 1)"})
    BOOST_TEST(text.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_SUITE_END()
