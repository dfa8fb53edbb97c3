#include "http/router.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::http;

namespace {

struct table : route_table {
  table() {
    add(method::get, "/api/v1/queue", "getPlace", access::open);
    add(method::remove, "/api/v1/queue", "leaveQueue", access::open);
    add(method::get, "/api/v1/queue/events", "events", access::open);
    add(method::post, "/api/v1/concerts/{concertId:id}/queue", "joinQueue", access::login);
    add(method::get, "/api/v1/concerts/{concertId:id}", "getConcert", access::open);
    add(method::get, "/api/v1/payments/{paymentId}", "getPayment", access::login);
    add(method::post, "/api/v1/payments/{paymentId}/cancel", "cancelPayment", access::login);
    add(method::get, "/admin/v1/actors/{kind}/{id:id}/events", "actorEvents", access::login);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(routing)

BOOST_AUTO_TEST_CASE(paths_find_their_routes) {
  table routes;
  struct {
    method verb;
    std::string path;
    const char* name; ///< null: none
    bool known;
  } rows[] = {
      {method::get, "/api/v1/queue", "getPlace", true},
      {method::head, "/api/v1/queue", "getPlace", true},
      {method::remove, "/api/v1/queue", "leaveQueue", true},
      {method::post, "/api/v1/queue", nullptr, true},
      {method::other, "/api/v1/queue", nullptr, true},
      {method::head, "/api/v1/concerts/7/queue", nullptr, true},
      {method::post, "/api/v1/concerts/7/queue", "joinQueue", true},
      {method::post, "/api/v1/concerts/9223372036854775807/queue", "joinQueue", true},
      {method::post, "/api/v1/concerts/9223372036854775808/queue", nullptr, false},
      {method::post, "/api/v1/concerts/0/queue", nullptr, false},
      {method::post, "/api/v1/concerts/-1/queue", nullptr, false},
      {method::post, "/api/v1/concerts/007/queue", nullptr, false},
      {method::post, "/api/v1/concerts/7x/queue", nullptr, false},
      {method::post, "/api/v1/concerts//queue", nullptr, false},
      {method::post, "/api/v1/concerts/7/queue/", nullptr, false},
      {method::post, "/api/v1/concerts/7%2fqueue", nullptr, false},
      {method::get, "/api/v1/payments/p-1.2:3~_", "getPayment", true},
      {method::get, "/api/v1/payments/.", nullptr, false},
      {method::get, "/api/v1/payments/..", nullptr, false},
      {method::get, "/api/v1/payments/a%00", nullptr, false},
      {method::get, "/api/v1/payments/" + std::string(128, 'x'), "getPayment", true},
      {method::get, "/api/v1/payments/" + std::string(129, 'x'), nullptr, false},
      {method::get, "/admin/v1/actors/queue/7/events", "actorEvents", true},
      {method::get, "/", nullptr, false},
      {method::get, "//", nullptr, false},
      {method::get, "/api", nullptr, false},
      {method::get, "/api/v1/", nullptr, false},
      {method::get, "/API/v1/queue", nullptr, false},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(name_of(row.verb) << " " << row.path) {
      path_parameters parameters;
      auto outcome = routes.find(row.verb, row.path, parameters);
      BOOST_TEST((outcome.found != nullptr) == (row.name != nullptr));
      BOOST_TEST(outcome.path_known == row.known);
      if (outcome.found != nullptr && row.name != nullptr)
        BOOST_TEST(outcome.found->name == row.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(parameters_are_found_by_name) {
  table routes;
  request asked;
  auto outcome = routes.find(method::get, "/admin/v1/actors/seat_map/42/events", asked.parameters);
  asked.matched = outcome.found;
  BOOST_TEST(asked.text("kind") == "seat_map");
  BOOST_TEST(asked.id("id") == 42);
}

BOOST_AUTO_TEST_CASE(patterns_are_listed_as_openapi_writes_them) {
  table routes;
  BOOST_TEST(routes.routes()[3].pattern == "/api/v1/concerts/{concertId}/queue");
  BOOST_TEST(routes.routes()[7].pattern == "/admin/v1/actors/{kind}/{id}/events");
  BOOST_TEST(routes.routes().size() == 8U);
}

BOOST_AUTO_TEST_CASE(allow_names_every_method_of_the_path) {
  table routes;
  path_parameters parameters;
  BOOST_TEST(routes.allowed(routes.find(method::post, "/api/v1/queue", parameters)) == "GET, HEAD, DELETE");
  BOOST_TEST(routes.allowed(routes.find(method::get, "/api/v1/concerts/1/queue", parameters)) == "POST");
}

BOOST_AUTO_TEST_SUITE_END()
