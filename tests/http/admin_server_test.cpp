#include "http/admin_server.hpp"
#include "tests/http/raw_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::http_test;
using namespace frontrow::http;
using namespace frontrow;

namespace {

struct running_admin {
  running_admin()
      : listener((add_routes(), with_token()),
                 {routes, figures, nullptr, nullptr, [] { return domain::instant{}; }}) {
    listener.start();
  }
  static admin_server_options with_token() {
    admin_server_options options;
    options.port = 0;
    options.token = "operators-token";
    options.threads = 2;
    return options;
  }
  void add_routes() {
    routes.add(method::get, "/healthz", "health", access::open,
               [](admin_request&) { return json_text(200, "{}"); });
    routes.add(method::get, "/metrics", "metrics", access::login, [this](admin_request&) {
      auto answer = json_text(200, figures.text());
      answer.content_type = metrics::content_type;
      return answer;
    });
    routes.add(method::post, "/admin/v1/concerts", "createConcert", access::login, [](admin_request& asked) {
      auto body = asked.json();
      auto title = body.require_string("title", 100);
      if (auto wrong = body.finish())
        return asked.invalid(*wrong);
      return json_text(201, nlohmann::json{{"title", title}}.dump());
    });
    routes.add(method::patch, "/admin/v1/concerts/{concertId:id}/queue", "changeQueue", access::login,
               [](admin_request& asked) { return json_text(200, std::to_string(asked.id("concertId"))); });
    routes.add(
        method::get, "/admin/v1/actors/{kind}/{id:id}", "getActor", access::login, [](admin_request& asked) {
          auto query = asked.query();
          auto version = query.optional_int("version", 0, 100);
          if (auto wrong = query.finish())
            return asked.invalid(*wrong);
          return json_text(200, std::string{asked.text("kind")} + "@" + std::to_string(version.value_or(-1)));
        });
    routes.add(method::get, "/throws", "throws", access::login,
               [](admin_request&) -> response { throw std::runtime_error("secret"); });
  }
  admin_router routes;
  metrics figures;
  admin_server listener;
};

const std::string operators = "Authorization: Bearer operators-token\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(operators_listener)

BOOST_AUTO_TEST_CASE(health_is_open_and_all_else_wants_the_token) {
  running_admin running;
  raw_client client{running.listener.port()};
  BOOST_TEST(client.ask(get("/healthz")).status == 200);
  BOOST_TEST(client.ask("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n").status == 200);
  for (auto path : {"/metrics", "/admin/v1/actors/queue/1", "/nothing", "/admin/v1/concerts"}) {
    BOOST_TEST_CONTEXT(path) {
      for (const std::string& header : {std::string{}, std::string{"Authorization: Bearer wrong\r\n"},
                                        std::string{"Authorization: Basic eDp5\r\n"},
                                        std::string{"Authorization: Bearer operators-token2\r\n"},
                                        std::string{"Authorization: Bearer operators-toke\r\n"}}) {
        auto got = raw_client{running.listener.port()}.ask(get(path, header));
        BOOST_TEST(got.status == 401);
        BOOST_TEST(got.headers["www-authenticate"] == "Bearer");
        BOOST_TEST(nlohmann::json::parse(got.body)["code"] == "UNAUTHORIZED");
      }
    }
  }
  BOOST_TEST(raw_client{running.listener.port()}.ask(get("/metrics", operators)).status == 200);
}

BOOST_AUTO_TEST_CASE(refusals_look_as_they_do_in_public) {
  running_admin running;
  struct {
    std::string asked;
    int status;
    const char* code;
  } table[] = {
      {get("/nothing", operators), 404, "NOT_FOUND"},
      {get("/admin/v1/actors/queue/0", operators), 404, "NOT_FOUND"},
      {get("/admin/v1/concerts", operators), 405, "METHOD_NOT_ALLOWED"},
      {get("/admin/v1/actors/queue/1?vers=1", operators), 400, "INVALID_REQUEST"},
      {get("/" + std::string(4000, 'a'), operators), 404, "NOT_FOUND"},
      {get("/a%0ab", operators), 404, "NOT_FOUND"},
      {post("/admin/v1/concerts", R"({"titel":"x"})", operators), 400, "INVALID_REQUEST"},
      {post("/admin/v1/concerts", "{}{}", operators), 400, "INVALID_REQUEST"},
      {post("/admin/v1/concerts", std::string(70000, ' '), operators), 413, "PAYLOAD_TOO_LARGE"},
      {"POST /admin/v1/concerts HTTP/1.1\r\nHost: x\r\n" + operators +
           "Content-Length: 2\r\nContent-Type: text/plain\r\n\r\n{}",
       415, "UNSUPPORTED_MEDIA_TYPE"},
      {"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "INVALID_REQUEST"},
      {get("/throws", operators), 500, "INTERNAL"},
  };
  for (const auto& row : table) {
    BOOST_TEST_CONTEXT(row.asked.substr(0, 100)) {
      raw_client client{running.listener.port()};
      auto got = client.ask(row.asked);
      BOOST_TEST(got.status == row.status);
      BOOST_TEST(got.headers["content-type"] == "application/problem+json");
      BOOST_TEST(is_trace_id(got.headers["x-trace-id"]));
      BOOST_TEST(nlohmann::json::parse(got.body)["code"] == row.code);
      BOOST_TEST(got.body.find("secret") == std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(handlers_get_bodies_parameters_and_queries) {
  running_admin running;
  raw_client client{running.listener.port()};
  BOOST_TEST(client.ask(post("/admin/v1/concerts", R"({"title":"x"})", operators)).body ==
             R"({"title":"x"})");
  BOOST_TEST(
      client.ask(get("/admin/v1/actors/seat_map/7?version=3", operators + "X-Trace-Id: abc\r\n")).body ==
      "seat_map@3");
  auto patched =
      client.ask("PATCH /admin/v1/concerts/9/queue HTTP/1.1\r\nHost: x\r\n" + operators +
                 "Content-Type: application/json\r\nContent-Length: 2\r\nX-Trace-Id: abc\r\n\r\n{}");
  BOOST_TEST(patched.body == "9");
  BOOST_TEST(patched.headers["x-trace-id"] == "abc");
}

BOOST_AUTO_TEST_CASE(requests_are_counted) {
  running_admin running;
  raw_client{running.listener.port()}.ask(get("/healthz"));
  BOOST_TEST(running.figures.text().find(
                 R"(frontrow_http_requests_total{listener="admin",route="health",status="200"} 1)") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_taken_port_and_a_missing_token_are_refused) {
  running_admin running;
  auto options = running_admin::with_token();
  options.port = running.listener.port();
  admin_server::parts parts{running.routes, running.figures, nullptr, nullptr,
                            [] { return domain::instant{}; }};
  BOOST_CHECK_THROW((admin_server{options, parts}), std::system_error);
  options.port = 0;
  options.token.clear();
  BOOST_CHECK_THROW((admin_server{options, parts}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(it_stops_and_the_port_is_free) {
  std::uint16_t port = 0;
  {
    running_admin running;
    port = running.listener.port();
    raw_client{port}.ask(get("/healthz"));
  }
  BOOST_CHECK_THROW(raw_client{port}, std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
