#include "http/docs_page.hpp"
#include "tests/http/page_packages.hpp"
#include "tests/http/running_server.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace frontrow::http_test;

namespace {

struct docs_server {
  docs_server() : listener(running_server::on_any_port({}), door) { listener.start(); }
  public_router routes = {};
  access_tokens tokens{access_token_options{.secret = "0123456789abcdef0123456789abcdef", .public_key = {}}};
  rate_limits limits{{rate_limit_options::state::off, {}, {}}};
  metrics figures;
  front_door door{(add_docs_routes(routes), front_door::parts{routes, tokens, limits, figures, nullptr,
                                                              nullptr, [] { return test_now; }})};
  server listener;
};

} // namespace

BOOST_AUTO_TEST_SUITE(docs)

BOOST_AUTO_TEST_CASE(the_page_and_all_that_it_loads_come_from_here) {
  docs_server running;
  raw_client client{running.listener.port()};
  auto page = client.ask(get("/docs"));
  BOOST_TEST(page.status == 200);
  BOOST_TEST(page.headers["content-security-policy"].find("default-src 'none'") == 0U);
  BOOST_TEST(page.body.find("//") == std::string::npos);
  for (auto path : {"/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/docs.js"}) {
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(page.body.find(path) != std::string::npos);
      auto got = client.ask(get(path));
      BOOST_TEST(got.status == 200);
      BOOST_TEST(client.ask(get(path, "If-None-Match: " + got.headers["etag"] + "\r\n")).status == 304);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_page_s_script_is_the_whole_of_swagger_ui,
                     *boost::unit_test::precondition(page_packages_are_there)) {
  docs_server running;
  raw_client client{running.listener.port()};
  BOOST_TEST(client.ask(get("/docs/swagger-ui-bundle.js")).body.size() > 1'000'000U);
  BOOST_TEST(client.ask(get("/docs/swagger-ui.css")).body.size() > 100'000U);
}

BOOST_AUTO_TEST_CASE(the_document_is_openapi_3_1_and_each_reference_leads_somewhere) {
  docs_server running;
  auto got = raw_client{running.listener.port()}.ask(get("/openapi.json"));
  auto document = nlohmann::json::parse(got.body);
  BOOST_TEST(document["openapi"] == "3.1.0");
  std::vector<nlohmann::json> todo{document};
  while (!todo.empty()) {
    auto each = todo.back();
    todo.pop_back();
    if (each.is_object() && each.contains("$ref")) {
      auto target = each["$ref"].get<std::string>();
      BOOST_TEST(target.starts_with("#/"), target);
      BOOST_TEST(document.contains(nlohmann::json::json_pointer{target.substr(1)}), target);
    }
    if (each.is_structured())
      for (const auto& member : each)
        todo.push_back(member);
  }
}

BOOST_AUTO_TEST_CASE(each_operation_has_its_own_id_and_names_its_path_parameters) {
  auto document = nlohmann::json::parse(openapi_text());
  std::set<std::string> ids;
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [verb, operation] : operations.items()) {
      if (method_of([&] {
            std::string upper = verb;
            for (auto& c : upper)
              c = static_cast<char>(std::toupper(c));
            return upper;
          }()) == method::other)
        continue;
      BOOST_TEST_CONTEXT(verb << " " << path) {
        BOOST_TEST(ids.insert(operation.at("operationId")).second);
        std::set<std::string> named;
        for (auto parameter : operation.value("parameters", nlohmann::json::array())) {
          if (parameter.contains("$ref"))
            parameter =
                document.at(nlohmann::json::json_pointer{parameter["$ref"].get<std::string>().substr(1)});
          if (parameter["in"] == "path")
            named.insert(parameter["name"].get<std::string>());
        }
        for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) {
          auto name = path.substr(at + 1, path.find('}', at) - at - 1);
          BOOST_TEST(named.contains(name), name);
        }
        for (const auto& [status, answer] : operation.at("responses").items())
          BOOST_TEST((answer.contains("description") || answer.contains("$ref")), status);
      }
    }
  BOOST_TEST(ids.size() >= 30U);
}

BOOST_AUTO_TEST_CASE(every_error_code_stands_in_the_document) {
  auto document = nlohmann::json::parse(openapi_text());
  auto codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
  BOOST_TEST(codes.size() == problem_kinds().size());
  for (const auto& kind : problem_kinds())
    BOOST_TEST((std::find(codes.begin(), codes.end(), kind.name) != codes.end()), kind.name);
}

BOOST_AUTO_TEST_SUITE_END()
