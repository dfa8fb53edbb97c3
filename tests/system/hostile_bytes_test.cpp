// Bytes that no honest client sends: a clean 4xx or a cut connection, never a crash, never an effect.
#include "hostile_office.hpp"
#include "seeded_chance.hpp"

#include <utility>
#include <vector>

using namespace frontrow::test;

BOOST_FIXTURE_TEST_SUITE(hostile_bytes, hostile_office)

namespace {

std::string charge_of(const hostile_office& office, const std::string& body, const std::string& more_headers = "") {
  return "POST /api/v1/balance/charges HTTP/1.1\r\nHost: x\r\n" + office.login() +
         "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers +
         "\r\n" + body;
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t at = 0; at < times; ++at)
    all += text;
  return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_no_http_is_refused) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> table{
      {"nothing but line ends", "\r\n\r\n\r\n"s},
      {"no target", "GET\r\n\r\n"s},
      {"no version", "GET /\r\n\r\n"s},
      {"a version of the future", "GET / HTTP/9.9\r\nHost: x\r\n\r\n"s},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s},
      {"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(200, '\x55')},
      {"zeros", std::string(1'000, '\0')},
      {"high bytes", std::string(1'000, '\xff')},
      {"a NUL in the target", "GET /api/v1/concerts\0/x HTTP/1.1\r\nHost: x\r\n\r\n"s},
      {"a blank in the target", "GET /api/v1/con certs HTTP/1.1\r\nHost: x\r\n\r\n"s},
      {"bytes beyond ASCII in the target", "GET /api/v1/\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n"s},
      {"a method without end", std::string(100'000, 'A') + " / HTTP/1.1\r\n\r\n"},
      {"a target without end", "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n"},
      {"a header without a colon", "GET /api/v1/nothing HTTP/1.1\r\nHost x\r\n\r\n"s},
      {"a header with a NUL", "GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"s},
      {"a blank before the colon", "GET /api/v1/nothing HTTP/1.1\r\nHost : x\r\n\r\n"s},
      {"no headers' end", "GET /api/v1/concerts HTTP/1.1\r\nHost: x\r\n"s},
      {"CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n"s},
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"s},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"s},
      {"an unknown method", "STEAL /api/v1/concerts HTTP/1.1\r\nHost: x\r\n\r\n"s},
      {"an upgrade nobody offers", "GET /api/v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"s},
  };
  for (const auto& [name, bytes] : table)
    expect_refused(bytes, name);
}

BOOST_AUTO_TEST_CASE(bodies_whose_length_is_a_lie_are_refused) {
  const auto head = "POST /api/v1/balance/charges HTTP/1.1\r\nHost: x\r\n" + login() + "Content-Type: application/json\r\n";
  const std::string body = R"({"amount":1000})";
  const std::vector<std::pair<std::string, std::string>> table{
      {"longer than it says and cut off", head + "Content-Length: 500\r\n\r\n" + body},
      {"a negative length", head + "Content-Length: -1\r\n\r\n" + body},
      {"a length in hexadecimal", head + "Content-Length: 0x0f\r\n\r\n" + body},
      {"a length beyond 64 bits", head + "Content-Length: 99999999999999999999\r\n\r\n" + body},
      {"a length of gigabytes", head + "Content-Length: 9000000000\r\n\r\n" + body},
      {"two lengths", head + "Content-Length: 15\r\nContent-Length: 16\r\n\r\n" + body},
      {"a length and chunks", head + "Content-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n" + body + "\r\n0\r\n\r\n"},
      {"an unknown coding", head + "Transfer-Encoding: gzip\r\n\r\n" + body},
      {"a chunk size that is none", head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + body + "\r\n0\r\n\r\n"},
      {"a chunk size beyond 64 bits", head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + body},
      {"chunks without end", head + "Transfer-Encoding: chunked\r\n\r\n" + repeated("1000\r\n" + std::string(4'096, '1') + "\r\n", 100)},
      {"a chunk cut off", head + "Transfer-Encoding: chunked\r\n\r\nff\r\n" + body},
      {"one byte more than allowed", charge_of(*this, "{\"amount\":1" + std::string(65'536, ' ') + "}")},
      {"a megabyte", charge_of(*this, std::string(1'000'000, '['))},
  };
  for (const auto& [name, bytes] : table)
    expect_refused(bytes, name);
  for (std::size_t length = 0; length < body.size(); ++length)
    expect_refused(charge_of(*this, body.substr(0, length)), "the first " + std::to_string(length) + " bytes of a body");
  BOOST_TEST(balance(someone) == 0);
}

BOOST_AUTO_TEST_CASE(json_that_is_a_trap_is_refused) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"arrays in arrays", std::string(60'000, '[')},
      {"arrays in arrays that end", std::string(30'000, '[') + std::string(30'000, ']')},
      {"objects in objects", repeated("{\"a\":", 12'000)},
      {"a depth just beyond the limit", R"({"amount":)" + std::string(17, '[') + "1" + std::string(17, ']') + "}"},
      {"an amount twice", R"({"amount":1,"amount":1000000})"},
      {"an amount twice, once escaped", R"({"amount":1,"\u0061mount":1000000})"},
      {"UTF-8 cut off", "{\"amount\":\"\xe2\x82\"}"},
      {"overlong UTF-8", "{\"amount\":\"\xc0\xaf\"}"},
      {"a surrogate in UTF-8", "{\"amount\":\"\xed\xa0\x80\"}"},
      {"half a surrogate pair", R"({"amount":"\ud800"})"},
      {"UTF-16", std::string("{\0\"\0a\0\"\0:\0001\0}\0", 14)},
      {"a byte order mark and a typo", "\xef\xbb\xbf{\"amont\":1}"},
      {"a number of 60,000 digits", R"({"amount":)" + std::string(60'000, '9') + "}"},
      {"an exponent without end", R"({"amount":1e)" + std::string(1'000, '9') + "}"},
      {"beyond a double", R"({"amount":1e999})"},
      {"one beyond int64", R"({"amount":9223372036854775808})"},
      {"minus one beyond int64", R"({"amount":-9223372036854775809})"},
      {"uint64's end", R"({"amount":18446744073709551615})"},
      {"a fraction", R"({"amount":0.1})"},
      {"a whole fraction", R"({"amount":100.0})"},
      {"negative", R"({"amount":-100})"},
      {"minus zero", R"({"amount":-0})"},
      {"a leading zero", R"({"amount":0100})"},
      {"a plus", R"({"amount":+100})"},
      {"hexadecimal", R"({"amount":0x64})"},
      {"not a number", R"({"amount":NaN})"},
      {"infinity", R"({"amount":Infinity})"},
      {"a comment", R"({"amount":1/*0*/})"},
      {"a trailing comma", R"({"amount":1,})"},
      {"single quotes", R"({'amount':1})"},
      {"more behind the end", R"({"amount":1}{"amount":2})"},
      {"sixty thousand fields", "{" + repeated("\"f\":1,", 10'000) + "\"amount\":1}"},
      {"a NUL in a name", std::string("{\"amount\\u0000\":1}")},
  };
  for (const auto& [name, body] : table)
    expect_refused(charge_of(*this, body), name);
  BOOST_TEST(balance(someone) == 0);
}

BOOST_AUTO_TEST_CASE(floods_of_headers_are_refused) {
  const std::string first = "GET /api/v1/concerts HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::pair<std::string, std::string>> table{
      {"one header of 9 KB", first + "X: " + std::string(9'000, 'x') + "\r\n\r\n"},
      {"one header of a megabyte", first + "X: " + std::string(1'000'000, 'x') + "\r\n\r\n"},
      {"a name of 9 KB", first + std::string(9'000, 'x') + ": x\r\n\r\n"},
      {"twenty thousand headers", first + repeated("A: b\r\n", 20'000) + "\r\n"},
      {"headers without end", first + repeated("A: b\r\n", 200'000)},
      {"folded lines", first + "X: a\r\n" + repeated(" b\r\n", 5'000) + "\r\n"},
      {"a token of 9 KB", "GET /api/v1/balance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + std::string(7'000, 'a') + "\r\n\r\n"},
      {"a key with line ends", charge_of(*this, R"({"amount":1})", "Idempotency-Key: a\r\n b\r\n")},
      {"a key beyond ASCII", charge_of(*this, R"({"amount":1})", "Idempotency-Key: \xc3\xa9\r\n")},
      {"two keys", charge_of(*this, R"({"amount":1})", "Idempotency-Key: a\r\nIdempotency-Key: b\r\n")},
      {"two logins", charge_of(*this, R"({"amount":1})", login())},
  };
  for (const auto& [name, bytes] : table)
    expect_refused(bytes, name);
  BOOST_TEST(balance(someone) == 0);
}

BOOST_AUTO_TEST_CASE(paths_that_lead_nowhere_are_refused) {
  for (const std::string target :
       {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/api/v1/../../admin/v1/cluster",
        "/docs/../../../etc/passwd", "/docs/%2e%2e%2f%2e%2e%2fmain.cpp", "/api/v1/%00", "/api/v1/concerts/%00", "/%",
        "/%zz", "/%c0%ae%c0%ae/", "//api//v1//concerts", "/api/v1/concerts/1%2fdates", "/api/v1/concerts/-1",
        "/api/v1/concerts/0", "/api/v1/concerts/1.0", "/api/v1/concerts/01", "/api/v1/concerts/1e3",
        "/api/v1/concerts/9223372036854775808", "/api/v1/concerts/99999999999999999999999", "/api/v1/concerts/1'--",
        "/api/v1/concerts/1;drop%20table%20journal", "/api/v1/options/1/seats/", "/api/v1/options/1/seats?status=%ff",
        "/api/v1/concerts?after=%27%20or%201=1", "/api/v1/concerts?limit=-1", "/api/v1/concerts?limit=1e9",
        "/api/v1/concerts?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=10&k=11&l=12&m=13&n=14&o=15&p=16&q=17&r=18",
        "/admin/v1/cluster", "/metrics", "/openapi.json/", "/.git/config", "*", "http://", "http://example.org/.env",
        "ftp://example.org/api/v1/concerts", "api/v1/concerts", "/api/v1/concerts#fragment"})
    expect_refused("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + login() + "\r\n", target);
  for (const std::string id : {"%2e%2e", "..", "a%2fb", "%00", "1-99999999999999999999", "9999999999-1", "-", "1.1.1",
                               "999999999.1", "1.999999999999999999999"}) {
    expect_refused("GET /api/v1/reservations/" + id + " HTTP/1.1\r\nHost: x\r\n" + login() + "\r\n", "reservation " + id);
    expect_refused("POST /api/v1/payments/" + id + "/cancel HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + login() + "\r\n",
                   "payment " + id);
  }
}

BOOST_AUTO_TEST_CASE(ten_thousand_requests_damaged_at_random_do_no_harm) {
  seeded_chance chance("damaged requests");
  const auto reservation_body = "{\"optionId\":" + std::to_string(option + 1'000'000) + ",\"seatIds\":[1,2]}";
  const std::vector<std::string> whole{
      charge_of(*this, R"({"amount":1000})", "Idempotency-Key: k\r\nX-Trace-Id: t\r\n"),
      "POST /api/v1/reservations HTTP/1.1\r\nHost: x\r\n" + login() + "Queue-Token: " + someone.queue_token +
          "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(reservation_body.size()) + "\r\n\r\n" +
          reservation_body,
      "GET /api/v1/concerts?limit=5 HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\", W/\"b\"\r\n\r\n",
      "POST /api/v1/balance/charges HTTP/1.1\r\nHost: x\r\n" + login() +
          "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"amo\r\n9\r\nunt\":100}\r\n0\r\n\r\n",
  };
  int answered = 0;
  for (int round = 0; round < 10'000; ++round) {
    auto bytes = whole[static_cast<std::size_t>(chance.between(0, std::ssize(whole) - 1))];
    for (auto damages = chance.between(1, 4); damages > 0 && !bytes.empty(); --damages) {
      const auto at = static_cast<std::size_t>(chance.between(0, std::ssize(bytes) - 1));
      switch (chance.between(0, 4)) {
      case 0:
        bytes[at] = static_cast<char>(chance.between(0, 255));
        break;
      case 1:
        bytes.erase(at, static_cast<std::size_t>(chance.between(1, 8)));
        break;
      case 2:
        bytes.insert(at, static_cast<std::size_t>(chance.between(1, 300)), static_cast<char>(chance.between(0, 255)));
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, static_cast<std::size_t>(chance.between(1, 60))));
        break;
      default:
        bytes.resize(at);
      }
    }
    raw_connection connection(port);
    BOOST_TEST_REQUIRE(connection.is_open(), "round " << round);
    connection.send(bytes);
    connection.finish_sending();
    auto seen = connection.receive();
    answered += seen.status == 0 ? 0 : 1;
    BOOST_TEST_REQUIRE((seen.status < 500 && (seen.status != 0 || seen.is_cut)), "round " << round << ": " << seen.text);
  }
  BOOST_TEST(answered > 5'000);
}

BOOST_AUTO_TEST_SUITE_END()
