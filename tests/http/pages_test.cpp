#include "http/pages.hpp"
#include "tests/http/page_packages.hpp"
#include "tests/http/running_server.hpp"

#include <boost/test/unit_test.hpp>
#include <regex>

using namespace frontrow::http_test;

namespace {

/// A pack as web/make/pages.mjs writes it.
struct made_pack {
  void add(const std::string& face, const std::string& path, const std::string& type, const std::string& coding,
           const std::string& bytes) {
    lines += face + " " + path + " " + type + " " + coding + " " + std::to_string(content.size()) + " " +
             std::to_string(bytes.size()) + "\n";
    content += bytes;
  }
  std::string text() const { return "frontrow pages 1\n" + lines + "\n" + content; }
  std::string lines;
  std::string content;
};

page_pack small_pack() {
  made_pack made;
  made.add("shop", "/", "text/html;|charset=utf-8", "identity", "the shop");
  made.add("shop", "/assets/a-1_.js", "text/javascript;|charset=utf-8", "identity", "plain script");
  made.add("shop", "/assets/a-1_.js", "text/javascript;|charset=utf-8", "gzip", "gzipped");
  made.add("shop", "/assets/a-1_.js", "text/javascript;|charset=utf-8", "br", "brotli\n\nbytes");
  made.add("console", "/", "text/html;|charset=utf-8", "identity", "the console");
  return page_pack::parse(made.text());
}

struct shop_server {
  shop_server() : listener(running_server::on_any_port({}), door) { listener.start(); }
  public_router routes = {};
  access_tokens tokens{access_token_options{.secret = "0123456789abcdef0123456789abcdef", .public_key = {}}};
  rate_limits limits{{rate_limit_options::state::off, {}, {}}};
  metrics figures;
  front_door door{(add_shop_routes(routes, small_pack()),
                   front_door::parts{routes, tokens, limits, figures, nullptr, nullptr, [] { return test_now; }})};
  server listener;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pages)

BOOST_AUTO_TEST_CASE(a_pack_gives_each_face_its_own_files) {
  const auto pack = small_pack();
  BOOST_TEST(pack.of("shop").size() == 2U);
  BOOST_TEST(pack.of("console").size() == 1U);
  BOOST_TEST(pack.of("nobody").empty());
  const auto& script = pack.of("shop").find("/assets/a-1_.js")->second;
  BOOST_TEST(*script.brotli == "brotli\n\nbytes");
  BOOST_TEST(script.type == "text/javascript; charset=utf-8");
  BOOST_TEST(page_pack::parse("").of("shop").empty());
}

BOOST_AUTO_TEST_CASE(a_client_gets_the_smallest_coding_that_it_takes) {
  const auto pack = small_pack();
  const auto& script = pack.of("shop").find("/assets/a-1_.js")->second;
  BOOST_TEST(coding_for(script, "gzip, deflate, br") == "br");
  BOOST_TEST(coding_for(script, "gzip;q=1.0, br;q=0") == "gzip");
  BOOST_TEST(coding_for(script, "br;q=0.5,gzip;q=0.000") == "br");
  BOOST_TEST(coding_for(script, "") == "");
  BOOST_TEST(coding_for(script, "identity, brotli, *") == "");
  BOOST_TEST(coding_for(pack.of("shop").find("/")->second, "br") == "");
}

BOOST_AUTO_TEST_CASE(every_path_of_the_shop_answers_with_the_page_and_no_other_does) {
  shop_server running;
  raw_client client{running.listener.port()};
  for (const auto* path : {"/", "/concerts/1", "/concerts/1/wait?date=2", "/dates/7", "/checkout/r1-3", "/tickets",
                           "/tickets/p1-4", "/account"}) {
    const auto page = client.ask(get(path));
    BOOST_TEST(page.status == 200, path);
    BOOST_TEST(page.body == "the shop", path);
    BOOST_TEST(page.headers.at("cache-control") == "no-cache");
    BOOST_TEST(page.headers.at("content-security-policy").find("default-src 'none'") == 0U);
  }
  for (const auto* path : {"/concerts/x", "/nothing", "/api/v1/nothing", "/assets/none.js", "/dates"}) {
    const auto missing = client.ask(get(path));
    BOOST_TEST(missing.status == 404, path);
    BOOST_TEST(missing.headers.at("content-type") == "application/problem+json", path);
  }
}

BOOST_AUTO_TEST_CASE(a_file_may_be_kept_for_ever_and_comes_in_its_coding) {
  shop_server running;
  raw_client client{running.listener.port()};
  const auto plain = client.ask(get("/assets/a-1_.js"));
  BOOST_TEST(plain.body == "plain script");
  BOOST_TEST(plain.headers.count("content-encoding") == 0U);
  const auto brotli = client.ask(get("/assets/a-1_.js", "Accept-Encoding: gzip, br\r\n"));
  BOOST_TEST(brotli.body == "brotli\n\nbytes");
  BOOST_TEST(brotli.headers.at("content-encoding") == "br");
  BOOST_TEST(brotli.headers.at("vary") == "Accept-Encoding");
  BOOST_TEST(brotli.headers.at("cache-control").find("immutable") != std::string::npos);
  BOOST_TEST(brotli.headers.at("etag") != plain.headers.at("etag"));
  const auto again = client.ask(
      get("/assets/a-1_.js", "Accept-Encoding: br\r\nIf-None-Match: " + brotli.headers.at("etag") + "\r\n"));
  BOOST_TEST(again.status == 304);
}

BOOST_AUTO_TEST_CASE(accept_encoding_may_come_in_two_lines) {
  shop_server running;
  raw_client client{running.listener.port()};
  const auto got = client.ask(get("/assets/a-1_.js", "Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n"));
  BOOST_TEST(got.status == 200);
  BOOST_TEST(got.body == "gzipped");
}

BOOST_AUTO_TEST_CASE(the_embedded_pages_ask_nobody_else, *boost::unit_test::precondition(page_packages_are_there)) {
  const auto pack = page_pack::embedded();
  for (const auto* face : {"shop", "console"}) {
    BOOST_TEST(pack.of(face).contains("/"), face);
    for (const auto& [path, file] : pack.of(face)) {
      BOOST_TEST(file.identity != nullptr, path);
      if (path == "/") { // what it loads is here
        BOOST_TEST(file.identity->find("//") == std::string::npos, path);
        for (auto at = file.identity->find("/assets/"); at != std::string::npos;
             at = file.identity->find("/assets/", at + 1)) {
          const auto name = file.identity->substr(at, file.identity->find('"', at) - at);
          BOOST_TEST(pack.of(face).contains(name), name);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(each_file_bears_a_hash_in_its_name_and_lies_there_compressed,
                     *boost::unit_test::precondition(page_packages_are_there)) {
  const auto pack = page_pack::embedded();
  for (const auto* face : {"shop", "console"})
    for (const auto& [path, file] : pack.of(face)) {
      BOOST_TEST((path == "/" || std::regex_match(path, std::regex{"/assets/[A-Za-z_]+-[A-Za-z0-9_-]{8}\\.(js|css|svg)"})),
                 path);
      if (file.identity->size() < 1'024U)
        continue;
      BOOST_REQUIRE_MESSAGE(file.gzip && file.brotli, path);
      BOOST_TEST(file.gzip->size() < file.identity->size(), path);
      BOOST_TEST(file.brotli->size() < file.gzip->size(), path);
    }
}

BOOST_AUTO_TEST_CASE(the_shop_s_first_page_stays_below_100_kb,
                     *boost::unit_test::precondition(page_packages_are_there)) {
  const auto pack = page_pack::embedded();
  const auto& shop = pack.of("shop");
  const auto page = shop.find("/");
  BOOST_REQUIRE_MESSAGE(page != shop.end(), "the pages were not built though their packages are there");
  std::size_t bytes = 0;
  for (const auto& [path, file] : shop)
    if (path == "/" || page->second.identity->find(path) != std::string::npos)
      bytes += (file.gzip ? file.gzip : file.identity)->size();
  BOOST_TEST(bytes > 0U);
  BOOST_TEST(bytes < 100'000U);
}

BOOST_AUTO_TEST_SUITE_END()
