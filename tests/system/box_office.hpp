#pragma once

#include "deployment.hpp"
#include "expectations.hpp"
#include "person.hpp"

#include <functional>

namespace frontrow::test {

/// What most tests begin with: a running Frontrow, shared by the tests of one program, each of which opens concerts of
/// its own. After each test the program must still run and the audit must be clean.
class box_office {
public:
  /// With the deployment that all tests of this program share, or with one of its own.
  box_office();
  explicit box_office(node_settings settings);
  void setup();
  void teardown();

  http_client& http() { return house().http(); }
  deployment& house();

  /// A queue that keeps nobody waiting.
  static json open_doors();
  std::int64_t open_concert(const json& queue = open_doors());
  /// 50 seats at 1,000 each unless `terms` says otherwise; seats are numbered from 1.
  std::int64_t open_option(std::int64_t concert, const json& terms = json::object());
  void change_queue(std::int64_t concert, const json& policy);

  http_answer ask(const http_request& request) { return http().ask(request); }
  /// The document of an answer that must have that status.
  json ask(unsigned status, const http_request& request) { return must(status, http().ask(request)); }
  /// Asks again and again until the answer satisfies `good`; fails after the deadline.
  json ask_until(const std::function<http_request()>& request, const std::function<bool(const json&)>& good,
                 std::chrono::seconds deadline = std::chrono::seconds{20});

  /// Joins, and waits until it is let in.
  void admit(person& someone, std::int64_t concert);
  void admit(std::vector<person>& crowd, std::int64_t concert);
  person admitted(std::int64_t concert);
  std::vector<person> admitted(std::size_t count, std::int64_t concert);
  void charge(const std::vector<person>& crowd, std::int64_t amount);
  /// The reservation's id.
  std::string hold(const person& someone, std::int64_t option, const std::vector<int>& seats);
  /// One seat each, the first person the first seat.
  std::vector<std::string> hold_one_each(const std::vector<person>& crowd, std::int64_t option);
  std::int64_t balance(const person& someone);
  std::string reservation_status(const person& someone, const std::string& reservation);
  std::string seat_status(std::int64_t option, int seat);
  /// How many seats of an option have each status.
  std::map<std::string, int> seats(std::int64_t option);
  /// All pages of a list: `member` names the array.
  std::vector<json> pages(const person& someone, const std::string& target, const std::string& member);

private:
  std::unique_ptr<deployment> own_;
};

/// Says why, when the test has failed so far.
bool test_has_failed();

} // namespace frontrow::test
