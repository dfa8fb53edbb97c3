#pragma once

#include "http_client.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

namespace frontrow::test {

/// The answer's document, when it has that status; otherwise the test ends here.
inline json must(unsigned status, const http_answer& answer) {
  BOOST_TEST_REQUIRE(answer.status == status, "expected " << status << ", got " << answer.text());
  return status == 204 || status == 304 ? json() : answer.document();
}

/// A refusal as API.md describes them: status, code and the whole shape of the document.
inline json expect_problem(const http_answer& answer, unsigned status, const std::string& code) {
  BOOST_TEST(answer.status == status, code << ": expected " << status << ", got " << answer.text());
  BOOST_TEST(answer.code() == code, "expected " << code << ", got " << answer.text());
  BOOST_TEST(answer.header("Content-Type") == "application/problem+json", code << ": " << answer.header("Content-Type"));
  auto problem = answer.document();
  if (!problem.is_object()) {
    BOOST_ERROR(code << ": the body is no JSON object: " << answer.text());
    return json::object();
  }
  for (const auto* member : {"type", "title", "code", "detail", "traceId"})
    BOOST_TEST((problem.contains(member) && problem[member].is_string()), code << " lacks " << member);
  BOOST_TEST(problem.value("status", 0u) == status, code);
  BOOST_TEST(problem.value("traceId", "") == answer.header("X-Trace-Id"), code);
  BOOST_TEST(!answer.header("X-Trace-Id").empty(), code);
  if (status == 429 || status == 503)
    BOOST_TEST(!answer.header("Retry-After").empty(), code);
  return problem;
}

/// How many answers there were of each kind: "201", "409 SEAT_TAKEN", "lost: ...".
inline std::map<std::string, int> tally(const std::vector<http_answer>& answers) {
  std::map<std::string, int> counts;
  for (const auto& answer : answers) {
    auto code = answer.code();
    counts[answer.status == 0 ? "lost: " + answer.lost
                              : std::to_string(answer.status) + (code.empty() ? "" : " " + code)]++;
  }
  return counts;
}

using tallied = std::map<std::string, int>;

/// Fails with both tallies when they differ.
inline void expect_tally(const std::vector<http_answer>& answers, const tallied& expected) {
  auto seen = tally(answers);
  BOOST_TEST((seen == expected), "expected " << json(expected).dump() << ", got " << json(seen).dump());
}

} // namespace frontrow::test
