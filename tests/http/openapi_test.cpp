#include "http/docs_page.hpp"
#include "persistence/described.hpp"
#include "tests/http/unconnected_front.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

using namespace frontrow;
using namespace frontrow::http_test;

namespace {

/// "GET /path" -> name.
using operations = std::map<std::string, std::string>;

void add(operations& to, const route_table& from) {
  for (const auto& each : from.routes())
    to.emplace(std::string{name_of(each.verb)} + " " + each.pattern, each.name);
}

operations documented() {
  operations found;
  const auto document = nlohmann::json::parse(openapi_text());
  for (const auto& [path, item] : document["paths"].items())
    for (const auto& [verb, operation] : item.items()) {
      std::string upper;
      for (const char c : verb)
        upper += static_cast<char>(std::toupper(c));
      if (method_of(upper) != method::other)
        found.emplace(upper + " " + path, operation["operationId"].get<std::string>());
    }
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(openapi)

BOOST_AUTO_TEST_CASE(the_document_has_the_routes_and_the_routes_have_the_document) {
  const unconnected_front served;
  operations routes;
  add(routes, served.public_routes);
  add(routes, served.admin_routes);
  const auto written = documented();
  for (const auto& [route, name] : routes) {
    const auto found = written.find(route);
    BOOST_TEST((found != written.end()), "not in the document: " << route);
    if (found != written.end())
      BOOST_TEST(found->second == name, route);
  }
  for (const auto& [route, name] : written)
    BOOST_TEST(routes.contains(route), "not served: " << route);
}

BOOST_AUTO_TEST_CASE(every_code_is_documented_and_every_documented_code_exists) {
  const auto document = nlohmann::json::parse(openapi_text());
  std::set<std::string> codes;
  for (const auto& code : document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])
    codes.insert(code.get<std::string>());
  for (const auto& kind : problem_kinds())
    BOOST_TEST(codes.contains(std::string{kind.name}), kind.name);
  for (const auto& code : codes)
    BOOST_TEST(error_code_of(code).has_value(), code);
}

BOOST_AUTO_TEST_CASE(every_refusal_of_the_rules_has_its_answer) {
  std::size_t count = 0;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::refusal>>([&](auto entry) {
    ++count;
    BOOST_TEST((kind_of(entry.value).reason == entry.value), entry.name);
    BOOST_TEST(!kind_of(entry.value).detail.empty(), entry.name);
  });
  BOOST_TEST(refusal_kinds().size() == count);
  request asked;
  asked.trace_id = "t";
  const auto taken = refusal_response(asked, {domain::refusal::seat_taken, {3, 7}});
  BOOST_TEST(taken.status == 409U);
  const auto body = nlohmann::json::parse(taken.text);
  BOOST_TEST(body["code"] == "SEAT_TAKEN");
  BOOST_TEST(body["seats"] == nlohmann::json({3, 7}));
}

BOOST_AUTO_TEST_SUITE_END()
