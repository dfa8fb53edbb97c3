#include "http/peer_address.hpp"
#include "http/percent.hpp"
#include "http/query.hpp"
#include "http/target.hpp"
#include "http/time_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow;
using namespace frontrow::http;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(times_are_written_with_milliseconds_in_utc) {
  BOOST_TEST(format_time(domain::instant{}) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(format_time(domain::instant{std::chrono::milliseconds{-1}}) == "1969-12-31T23:59:59.999Z");
  BOOST_TEST(format_time(domain::instant{std::chrono::milliseconds{1798110000123}}) ==
             "2026-12-24T11:00:00.123Z");
  BOOST_TEST(format_time(domain::instant::max()) == "9999-12-31T23:59:59.999Z");
  BOOST_TEST(format_time(domain::instant::min()) == "0000-01-01T00:00:00.000Z");
  BOOST_TEST(format_http_date(domain::instant{std::chrono::milliseconds{1798110000123}}) ==
             "Thu, 24 Dec 2026 11:00:00 GMT");
  BOOST_TEST(format_date(domain::instant{std::chrono::milliseconds{1798110000123}}) == "2026-12-24");
}

BOOST_AUTO_TEST_CASE(times_are_read_as_rfc_3339_says) {
  struct {
    const char* written;
    const char* meant; ///< null: refused
  } table[] = {
      {"2026-12-24T11:00:00.000Z", "2026-12-24T11:00:00.000Z"},
      {"2026-12-24T11:00:00Z", "2026-12-24T11:00:00.000Z"},
      {"2026-12-24t11:00:00z", "2026-12-24T11:00:00.000Z"},
      {"2026-12-24T20:00:00.5+09:00", "2026-12-24T11:00:00.500Z"},
      {"2026-12-24T00:30:00-00:30", "2026-12-24T01:00:00.000Z"},
      {"2026-12-24T11:00:00.123456789Z", "2026-12-24T11:00:00.123Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
      {"2026-02-29T00:00:00Z", nullptr},
      {"2026-13-01T00:00:00Z", nullptr},
      {"2026-00-01T00:00:00Z", nullptr},
      {"2026-12-24T24:00:00Z", nullptr},
      {"2026-12-24T11:60:00Z", nullptr},
      {"2026-12-24T11:00:60Z", nullptr},
      {"2026-12-24 11:00:00Z", nullptr},
      {"2026-12-24T11:00:00", nullptr},
      {"2026-12-24T11:00Z", nullptr},
      {"2026-12-24T11:00:00.Z", nullptr},
      {"2026-12-24T11:00:00.1234567890Z", nullptr},
      {"2026-12-24", nullptr},
      {"2026-12-24T11:00:00+0900", nullptr},
      {"2026-12-24T11:00:00+24:00", nullptr},
      {"", nullptr},
      {"2026-12-24T11:00:00Zx", nullptr},
      {" 2026-12-24T11:00:00Z", nullptr},
      {"+026-12-24T11:00:00Z", nullptr},
      {"1798110000", nullptr},
      {"2026-1-01T00:00:00Z", nullptr},
  };
  for (const auto& [written, meant] : table) {
    BOOST_TEST_CONTEXT(written) {
      auto at = parse_time(written);
      BOOST_TEST(at.has_value() == (meant != nullptr));
      if (at && meant != nullptr)
        BOOST_TEST(format_time(*at) == meant);
    }
  }
}

BOOST_AUTO_TEST_CASE(dates_exist_or_are_refused) {
  BOOST_TEST(parse_date("2026-12-24").has_value());
  for (auto text : {"2026-02-30", "2026-12-24T", "26-12-24", "2026-12-4", "", "2026/12/24"})
    BOOST_TEST(!parse_date(text).has_value());
}

BOOST_AUTO_TEST_CASE(targets_are_taken_apart) {
  using enum parsed_target::outcome;
  struct {
    const char* target;
    parsed_target::outcome result;
    const char* path;
    const char* query;
  } table[] = {
      {"/a/b?c=d", good, "/a/b", "c=d"},
      {"/", good, "/", ""},
      {"/a?", good, "/a", ""},
      {"/a?b?c", good, "/a", "b?c"},
      {"http://host:80/a?b", good, "/a", "b"},
      {"https://host", good, "/", ""},
      {"http://host?x=1", good, "/", "x=1"},
      {"/%61%2Db", good, "/a-b", ""},
      {"/a%2fb", good, "/a%2fb", ""},
      {"/a%00b", good, "/a%00b", ""},
      {"/%2e%2e/etc", good, "/../etc", ""},
      {"/x?u=http://y/", good, "/x", "u=http://y/"},
      {"*", no_path, "", ""},
      {"host:80", no_path, "", ""},
      {"ftp://host/a", malformed, "", ""},
      {"http:///a", malformed, "", ""},
      {"http://", malformed, "", ""},
      {"/a%2", malformed, "", ""},
      {"/a%zz", malformed, "", ""},
      {"/a#b", malformed, "", ""},
      {"/a b", malformed, "", ""},
      {"/\x80", malformed, "", ""},
      {"", malformed, "", ""},
  };
  for (const auto& [target, result, path, query] : table) {
    BOOST_TEST_CONTEXT(target) {
      std::string decoded;
      auto parts = parse_target(target, decoded);
      BOOST_TEST((parts.result == result));
      if (result == good) {
        BOOST_TEST(parts.path == path);
        BOOST_TEST(parts.query == query);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(queries_are_read_strictly) {
  query_reader good{"after=17&limit=5&status=AVAILABLE&date=2026-12-24&q=%ED%95%9C+x"};
  const named_values<int> statuses{{"AVAILABLE", 1}, {"HELD", 2}};
  BOOST_TEST(good.optional_int("after", 0, 100).value() == 17);
  BOOST_TEST(good.limit(20, 100) == 5U);
  BOOST_TEST(good.optional_choice("status", statuses).value() == 1);
  BOOST_TEST(good.optional_date("date").has_value());
  BOOST_TEST(good.optional_text("q", 20).value() == "한+x");
  BOOST_TEST(!good.finish().has_value());

  struct {
    const char* query;
    const char* detail;
  } table[] = {
      {"limt=5", "unknown query parameter limt"},
      {"limit=0", "limit must be a whole number from 1 to 100"},
      {"limit=101", "limit must be a whole number from 1 to 100"},
      {"limit=05", "limit must be a whole number from 1 to 100"},
      {"limit=+5", "limit must be a whole number from 1 to 100"},
      {"limit=5.0", "limit must be a whole number from 1 to 100"},
      {"limit=", "limit must be a whole number from 1 to 100"},
      {"limit", "limit must be a whole number from 1 to 100"},
      {"limit=99999999999999999999", "limit must be a whole number from 1 to 100"},
      {"limit=5&limit=5", "a query parameter comes twice"},
      {"limit=5&%6cimit=5", "a query parameter comes twice"},
      {"x=%", "the query is not percent-encoded UTF-8 text"},
      {"x=%ff", "the query is not percent-encoded UTF-8 text"},
      {"x=%00", "the query is not percent-encoded UTF-8 text"},
      {"a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1",
       "the query has too many parameters"},
  };
  for (const auto& [query, detail] : table) {
    BOOST_TEST_CONTEXT(query) {
      query_reader reader{query};
      reader.limit(20, 100);
      BOOST_TEST(reader.finish().value_or("") == detail);
    }
  }
  BOOST_TEST(query_reader{""}.limit(20, 100) == 20U);
}

BOOST_AUTO_TEST_CASE(utf8_is_told_from_what_only_looks_like_it) {
  for (auto text : {"", "a", "é", "한", "😀", "\xf4\x8f\xbf\xbf"})
    BOOST_TEST(is_utf8(text));
  for (auto text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                    "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe4\xb8", "a\xff"})
    BOOST_TEST(!is_utf8(text));
}

BOOST_AUTO_TEST_CASE(addresses_are_written_as_they_are_read) {
  for (const std::string text :
       {"0.0.0.0", "192.0.2.7", "10.20.30.40", "255.255.255.255", "::1", "2001:db8::7"})
    BOOST_TEST(peer_address::parse(text).text() == text);
}

BOOST_AUTO_TEST_SUITE_END()
