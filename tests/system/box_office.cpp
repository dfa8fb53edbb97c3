#include "box_office.hpp"

#include <boost/test/results_collector.hpp>
#include <boost/test/tree/test_unit.hpp>

#include <stdexcept>

namespace frontrow::test {

namespace {

std::unique_ptr<deployment>& shared_deployment() {
  // The server must outlive it, hence be made before.
  postgres_server::of_this_program();
  static std::unique_ptr<deployment> shared;
  return shared;
}

} // namespace

bool test_has_failed() {
  namespace unit_test = boost::unit_test;
  const auto& test = unit_test::framework::current_test_case();
  return !unit_test::results_collector.results(test.p_id).passed();
}

box_office::box_office() {
  if (!shared_deployment() || !shared_deployment()->is_running()) {
    shared_deployment().reset();
    shared_deployment() = std::make_unique<deployment>();
  }
}

box_office::box_office(node_settings settings) : own_(std::make_unique<deployment>(std::move(settings))) {}

deployment& box_office::house() { return own_ ? *own_ : *shared_deployment(); }

void box_office::setup() {}

void box_office::teardown() {
  BOOST_TEST(house().is_running(), "the program has ended");
  auto complaint = house().audit_complaint();
  BOOST_TEST(!complaint.has_value(), "audit: " << complaint.value_or(""));
  if (test_has_failed())
    BOOST_TEST_MESSAGE("standard error of the program:\n" << house().error_log());
}

json box_office::open_doors() {
  return {{"ratePerSecond", 100'000}, {"burst", 100'000}, {"maxActive", 100'000}, {"abandonSeconds", 0}};
}

std::int64_t box_office::open_concert(const json& queue) {
  auto made = house().admin_post("/admin/v1/concerts", {{"title", "A concert"}, {"queue", queue}});
  return made.at("concertId");
}

std::int64_t box_office::open_option(std::int64_t concert, const json& terms) {
  json option{{"title", "An evening"}, {"startsAt", "2031-12-24T11:00:00.000Z"}, {"durationMinutes", 120}};
  if (!terms.contains("sections"))
    option.update({{"price", 1'000}, {"seatCount", 50}});
  option.update(terms);
  return house().admin_post("/admin/v1/concerts/" + std::to_string(concert) + "/options", option).at("optionId");
}

void box_office::change_queue(std::int64_t concert, const json& policy) {
  house().admin_patch("/admin/v1/concerts/" + std::to_string(concert) + "/queue", policy);
}

json box_office::ask_until(const std::function<http_request()>& request,
                           const std::function<bool(const json&)>& good, std::chrono::seconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  http_answer last;
  do {
    last = ask(request());
    if (auto document = last.document(); last.status != 0 && good(document))
      return document;
    http().run(http().pause(std::chrono::milliseconds{20}));
  } while (std::chrono::steady_clock::now() < until);
  BOOST_FAIL("not within the deadline; the last answer: " << last.text());
  return {};
}

void box_office::admit(person& someone, std::int64_t concert) {
  someone.queue_token = ask(201, someone.join(concert)).at("queueToken");
  ask_until([&] { return someone.poll(); }, [](const json& place) { return place.value("status", "") == "ACTIVE"; });
}

void box_office::admit(std::vector<person>& crowd, std::int64_t concert) {
  std::vector<http_request> requests;
  for (const auto& each : crowd)
    requests.push_back(each.join(concert));
  auto answers = http().ask_all(std::move(requests));
  for (std::size_t at = 0; at < crowd.size(); ++at) {
    auto place = must(201, answers[at]);
    crowd[at].queue_token = place.at("queueToken");
    if (place.at("status") != "ACTIVE")
      ask_until([&] { return crowd[at].poll(); },
                [](const json& now) { return now.value("status", "") == "ACTIVE"; });
  }
}

person box_office::admitted(std::int64_t concert) {
  person someone;
  admit(someone, concert);
  return someone;
}

std::vector<person> box_office::admitted(std::size_t count, std::int64_t concert) {
  std::vector<person> crowd(count);
  admit(crowd, concert);
  return crowd;
}

void box_office::charge(const std::vector<person>& crowd, std::int64_t amount) {
  std::vector<http_request> requests;
  for (const auto& each : crowd)
    requests.push_back(each.charge(amount));
  expect_tally(http().ask_all(std::move(requests)), {{"201", static_cast<int>(crowd.size())}});
}

std::string box_office::hold(const person& someone, std::int64_t option, const std::vector<int>& seats) {
  return ask(201, someone.hold(option, seats)).at("reservationId");
}

std::vector<std::string> box_office::hold_one_each(const std::vector<person>& crowd, std::int64_t option) {
  std::vector<http_request> requests;
  for (std::size_t at = 0; at < crowd.size(); ++at)
    requests.push_back(crowd[at].hold(option, {static_cast<int>(at) + 1}));
  auto answers = http().ask_all(std::move(requests));
  expect_tally(answers, {{"201", static_cast<int>(crowd.size())}});
  std::vector<std::string> reservations;
  for (const auto& answer : answers)
    reservations.push_back(answer.document().value("reservationId", ""));
  return reservations;
}

std::int64_t box_office::balance(const person& someone) { return ask(200, someone.balance()).at("balance"); }

std::string box_office::reservation_status(const person& someone, const std::string& reservation) {
  return ask(200, someone.reservation(reservation)).at("status");
}

std::string box_office::seat_status(std::int64_t option, int seat) {
  auto list = ask(200, http_request("GET", "/api/v1/options/" + std::to_string(option) + "/seats"));
  for (const auto& each : list.at("seats"))
    if (each.at("seatId") == seat)
      return each.at("status");
  return "no such seat";
}

std::map<std::string, int> box_office::seats(std::int64_t option) {
  std::map<std::string, int> counts;
  auto list = ask(200, http_request("GET", "/api/v1/options/" + std::to_string(option) + "/seats"));
  for (const auto& each : list.at("seats"))
    ++counts[each.at("status")];
  return counts;
}

std::vector<json> box_office::pages(const person& someone, const std::string& target, const std::string& member) {
  std::vector<json> all;
  std::string after;
  do {
    auto cursor = after.empty() ? "" : std::string(target.find('?') == std::string::npos ? "?" : "&") + "after=" + after;
    auto page = ask(200, someone.get(target + cursor));
    for (const auto& each : page.at(member))
      all.push_back(each);
    auto next = page.find("next");
    after = next == page.end() || next->is_null() ? "" : next->is_string() ? next->get<std::string>() : next->dump();
  } while (!after.empty());
  return all;
}

} // namespace frontrow::test
