// Connections that an honest client does not make: too slow, too many, never read, never ended.
#include "hostile_office.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <thread>
#include <vector>

using namespace frontrow::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(hostile_connections)

namespace {

/// So many connections this process may open beside what it has.
std::size_t connections_allowed(std::size_t wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return std::min<std::size_t>(wanted, limit.rlim_cur > 1'000 ? limit.rlim_cur - 1'000 : 1);
}

std::vector<raw_connection> open_many(std::uint16_t port, std::size_t count) {
  std::vector<raw_connection> all;
  for (std::size_t at = 0; at < count; ++at) {
    all.emplace_back(port);
    BOOST_TEST_REQUIRE(all.back().is_open(), "connection " << at);
  }
  return all;
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_client_that_sends_a_byte_now_and_then_is_cut_off, hostile_office) {
  auto slow = open_many(port, 100);
  const std::string request = "GET /api/v1/concerts HTTP/1.1\r\nHost: x\r\nX-Slow: " + std::string(200, 'x') + "\r\n\r\n";
  const auto until = std::chrono::steady_clock::now() + 30s;
  std::size_t sent = 0;
  std::size_t cut = 0;
  // A byte each, every 100 ms: the request would take over 25 s, where one second is allowed.
  while (cut < slow.size() && sent < request.size() && std::chrono::steady_clock::now() < until) {
    for (auto& each : slow)
      each.send(std::string_view(request).substr(sent, 1));
    ++sent;
    cut = 0;
    std::this_thread::sleep_for(100ms); // not a wait for the first to be cut: from then on there would be no pause
    for (auto& each : slow)
      cut += each.wait_for_cut(0ms) ? 1 : 0;
    if (sent % 5 == 0)
      ask(200, http_request("GET", "/api/v1/concerts"));
  }
  BOOST_TEST(cut == slow.size());
  BOOST_TEST(sent < request.size());
}

BOOST_FIXTURE_TEST_CASE(a_body_that_comes_a_byte_now_and_then_is_cut_off, hostile_office) {
  raw_connection slow(port);
  slow.send("POST /api/v1/balance/charges HTTP/1.1\r\nHost: x\r\n" + login() +
            "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n");
  std::size_t sent = 0;
  while (sent < 300 && !slow.wait_for_cut(100ms)) {
    slow.send(" ");
    ++sent;
  }
  BOOST_TEST(slow.wait_for_cut(5s));
  BOOST_TEST(sent < 300u);
}

BOOST_FIXTURE_TEST_CASE(half_open_and_reset_connections_leave_nothing_behind, hostile_office) {
  const auto whole = "POST /api/v1/balance/charges HTTP/1.1\r\nHost: x\r\n" + login() +
                     "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"amount\":100}";
  for (int round = 0; round < 300; ++round) {
    raw_connection silent(port);
    silent.finish_sending();
    raw_connection reset_at_once(port);
    reset_at_once.reset();
    raw_connection reset_within(port);
    reset_within.send(std::string_view(whole).substr(0, static_cast<std::size_t>(round) % whole.size()));
    reset_within.reset();
    raw_connection gone_before_the_answer(port);
    gone_before_the_answer.send("GET /api/v1/concerts HTTP/1.1\r\nHost: x\r\n\r\n");
    gone_before_the_answer.reset();
    BOOST_TEST_REQUIRE(silent.wait_for_cut(15s));
  }
  // Whoever only ends the sending side still gets the answer.
  raw_connection polite(port);
  polite.send(whole);
  polite.finish_sending();
  BOOST_TEST(polite.receive().status == 201u);
  BOOST_TEST(balance(someone) == 100);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_never_reads_its_answers_is_held_back_and_cut_off, hostile_office) {
  const std::string request = "GET /api/v1/options/" + std::to_string(option) + "/seats HTTP/1.1\r\nHost: x\r\n\r\n";
  std::string many;
  for (int at = 0; at < 1'000; ++at)
    many += request;
  std::vector<raw_connection> deaf = open_many(port, 10);
  // Until the server takes nothing more: it waits for its answers to be read.
  for (auto& each : deaf)
    for (int repeat = 0; repeat < 50 && each.send(many, 500ms); ++repeat) {
    }
  BOOST_TEST(house().program().resident_bytes() < memory_before + growth_bytes_max);
  ask(200, http_request("GET", "/api/v1/concerts"));
  for (auto& each : deaf)
    BOOST_TEST(each.wait_for_reset(30s));
}

BOOST_FIXTURE_TEST_CASE(pipelined_requests_are_answered_in_order, hostile_office) {
  raw_connection connection(port);
  std::string many;
  for (int at = 0; at < 200; ++at)
    many += "GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\nX-Trace-Id: trace-" + std::to_string(at) + "-\r\n\r\n";
  many += "GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\nX-Trace-Id: the-end\r\nConnection: close\r\n\r\n";
  BOOST_TEST(connection.send(many));
  BOOST_TEST(connection.wait_for_cut(20s));
  auto text = connection.receive().text;
  std::size_t at = 0;
  for (int each = 0; each < 200; ++each) {
    at = text.find("\"traceId\":\"trace-" + std::to_string(each) + "-\"", at);
    BOOST_TEST_REQUIRE(at != std::string::npos, "answer " << each);
  }
  BOOST_TEST(text.find("\"traceId\":\"the-end\"", at) != std::string::npos);
}

namespace {

struct patient_office : hostile_office {
  patient_office() : hostile_office(std::vector<std::string>{}) {}
};

} // namespace

BOOST_FIXTURE_TEST_CASE(ten_thousand_idle_connections_are_held_while_others_are_served, patient_office) {
  const auto count = connections_allowed(10'000);
  BOOST_TEST_MESSAGE(count << " idle connections");
  auto idle = open_many(port, count);
  // Each has been served once, so that each stands in the server's own books.
  for (auto& each : idle)
    each.send("GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  for (auto& each : idle)
    BOOST_TEST_REQUIRE(each.receive().status == 404u);
  expect_tally(http().ask_all(std::vector<http_request>(500, http_request("GET", "/api/v1/concerts"))), {{"200", 500}});
  const auto memory = house().program().resident_bytes();
  BOOST_TEST_MESSAGE("with " << count << " idle connections: " << (memory - memory_before) / count << " bytes each");
  BOOST_TEST(memory < memory_before + growth_bytes_max);
  std::size_t cut = 0;
  for (auto& each : idle)
    cut += each.wait_for_cut(0ms) ? 1 : 0;
  BOOST_TEST(cut == 0u);
}

namespace {

struct narrow_office : hostile_office {
  narrow_office() : hostile_office({"--http.max-connections=50"}) {}
};

} // namespace

BOOST_FIXTURE_TEST_CASE(one_connection_too_many_is_turned_away_and_the_others_stay, narrow_office) {
  http().forget_connections();
  {
    std::vector<raw_connection> served;
    std::size_t turned_away = 0;
    for (int at = 0; at < 60; ++at) {
      raw_connection connection(port);
      connection.send("GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n");
      auto seen = connection.receive();
      if (seen.status == 404)
        served.push_back(std::move(connection));
      else {
        ++turned_away;
        BOOST_TEST((seen.status == 503 || seen.is_cut), seen.text);
      }
    }
    BOOST_TEST(served.size() <= 50u);
    BOOST_TEST(served.size() >= 48u);
    BOOST_TEST(turned_away == 60 - served.size());
    served.front().send("GET /api/v1/concerts HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(!served.front().wait_for_cut(100ms));
  }
  // As soon as they are gone there is room again.
  ask_until([] { return http_request("GET", "/api/v1/concerts"); },
            [](const json& answer) { return answer.contains("concerts"); });
}

BOOST_FIXTURE_TEST_CASE(the_operators_listener_survives_the_same, hostile_office) {
  const auto admin = house().admin_port();
  for (const std::string& bytes :
       {std::string("\r\n\r\n"), std::string(1'000, '\xff'), std::string("GET\r\n\r\n"),
        "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n", std::string("GET /admin/v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("POST /admin/v1/concerts HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n{}"),
        std::string("GET /healthz HTTP/1.1\r\n")}) {
    raw_connection connection(admin);
    connection.send(bytes);
    connection.finish_sending();
    auto seen = connection.receive();
    BOOST_TEST((seen.status == 0 || (seen.status >= 400 && seen.status < 500)), seen.text.substr(0, 200));
  }
  auto huge = house().admin_request("POST", "/admin/v1/concerts");
  huge.with_json({{"title", std::string(100'000, 'x')}});
  BOOST_TEST(house().admin_http().ask(huge).status == 413u);
  must(200, house().admin_http().ask(http_request("GET", "/healthz")));
}

BOOST_AUTO_TEST_SUITE_END()
