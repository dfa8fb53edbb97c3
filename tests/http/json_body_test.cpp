#include "http/json_body.hpp"
#include "http/time_text.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace frontrow::http;

namespace {

std::string nested_arrays(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_body)

BOOST_AUTO_TEST_CASE(only_a_positive_whole_number_is_money) {
  struct {
    const char* written;
    std::int64_t amount; ///< 0: refused
  } table[] = {
      {"1", 1},
      {"150000", 150000},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"0", 0},
      {"-1", 0},
      {"-0", 0},
      {"1.5", 0},
      {"1.0", 0},
      {"1e3", 0},
      {"1E3", 0},
      {"1e400", 0},
      {"-1e400", 0},
      {"9223372036854775808", 0},
      {"18446744073709551615", 0},
      {"18446744073709551616", 0},
      {"99999999999999999999999999999999999999", 0},
      {"\"100\"", 0},
      {"true", 0},
      {"null", 0},
      {"[1]", 0},
      {"{}", 0},
      {"01", 0},
      {"+1", 0},
      {"0x10", 0},
      {"1_000", 0},
      {"NaN", 0},
      {"Infinity", 0},
      {"", 0},
  };
  for (const auto& [written, amount] : table) {
    BOOST_TEST_CONTEXT("amount " << written) {
      auto body = body_reader::parse(std::string{R"({"amount":)"} + written + "}");
      auto got = body.require_money("amount");
      auto wrong = body.finish();
      BOOST_TEST(wrong.has_value() == (amount == 0));
      if (amount != 0)
        BOOST_TEST(got == amount);
      else
        BOOST_TEST(!wrong->empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_detail_names_the_field) {
  auto body = body_reader::parse(R"({"amount":1.5})");
  body.require_money("amount");
  BOOST_TEST(body.finish().value() == "amount must be a positive whole number");
  auto absent = body_reader::parse("{}");
  absent.require_money("amount");
  BOOST_TEST(absent.finish().value() == "amount is required");
}

BOOST_AUTO_TEST_CASE(what_is_no_strict_json_is_refused) {
  const std::string table[] = {
      "{",
      "}",
      "{}{}",
      "{} x",
      "{\"a\":1,}",
      "{a:1}",
      "{'a':1}",
      "// c\n{}",
      "{\"a\":1 \"b\":2}",
      "{\"a\"}",
      " ",
      "{\"a\":1,\"a\":2}",
      "{\"a\":1,\"\\u0061\":2}",
      "{\"a\":{\"b\":1,\"b\":1}}",
      "[{\"b\":1,\"c\":[],\"b\":1}]",
      "{\"a\":\"\\ud800\"}",
      "{\"a\":\"\x80\"}",
      "{\"a\":\"\xc0\xaf\"}",
      "{\"a\":\"\xed\xa0\x80\"}",
      "{\"\xff\":1}",
      "{\"a\":\"\n\"}",
      "{\"a\":\"\\x\"}",
      std::string("{\"a\":\"\0\"}", 9),
      "{\"a\":tru}",
      "{\"a\":1e999}",
      "{\"a\":" + nested_arrays(16) + "}",
      "{\"a\":" + nested_arrays(30000) + "}",
      std::string(60000, '{'),
      std::string(60000, '['),
  };
  for (const auto& text : table)
    BOOST_TEST_CONTEXT(text.substr(0, 60)) {
      BOOST_TEST(!parse_strict_json(text).error.empty());
      BOOST_TEST(parse_strict_json(text).value.is_null());
      BOOST_TEST(body_reader::parse(text).finish().has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_body_is_an_object) {
  for (const auto* text : {"[]", "1", "null", "\"a\"", "true"}) {
    BOOST_TEST(parse_strict_json(text).error.empty());
    BOOST_TEST(body_reader::parse(text).finish().value() == "The body must be a JSON object");
  }
}

BOOST_AUTO_TEST_CASE(a_number_beyond_int64_does_not_wrap_around) {
  for (const auto* text : {"18446744073709551615", "9223372036854775808", "-9223372036854775809"}) {
    auto body = body_reader::parse(std::string{R"({"x":)"} + text + "}");
    body.optional_int("x", std::numeric_limits<std::int64_t>::min(),
                      std::numeric_limits<std::int64_t>::max());
    BOOST_TEST(body.finish().has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(sixteen_levels_are_read) {
  auto parsed = parse_strict_json("{\"a\":" + nested_arrays(15) + "}");
  BOOST_TEST(parsed.error.empty());
  BOOST_TEST(parsed.value.is_object());
}

BOOST_AUTO_TEST_CASE(an_unknown_field_is_refused_by_name) {
  auto body = body_reader::parse(R"({"amount":5,"amuont":6})");
  body.require_money("amount");
  BOOST_TEST(body.finish().value() == "unknown field amuont");

  auto deep = body_reader::parse(R"({"bestAvailable":{"count":2,"tear":"VIP"}})");
  auto inner = deep.require_object("bestAvailable");
  BOOST_TEST(inner.require_int("count", 1, 4) == 2);
  BOOST_TEST(deep.finish().value() == "unknown field bestAvailable.tear");
}

BOOST_AUTO_TEST_CASE(an_unprintable_unknown_field_is_not_repeated) {
  auto body = body_reader::parse("{\"a\\u0007b\":1}");
  BOOST_TEST(body.finish().value() == "unknown field (unprintable)");
}

BOOST_AUTO_TEST_CASE(an_empty_body_is_an_empty_object) {
  BOOST_TEST(!body_reader::parse("").finish().has_value());
}

BOOST_AUTO_TEST_CASE(null_counts_as_absent) {
  auto body = body_reader::parse(R"({"tier":null})");
  BOOST_TEST(!body.optional_string("tier", 10).has_value());
  BOOST_TEST(!body.finish().has_value());
}

BOOST_AUTO_TEST_CASE(only_the_first_mistake_is_told) {
  auto body = body_reader::parse(R"({"a":-1,"b":-1})");
  body.require_id("a");
  body.require_id("b");
  BOOST_TEST(body.finish().value() == "a must be a positive whole number");
}

BOOST_AUTO_TEST_CASE(lists_of_ids_are_bounded_and_without_repeats) {
  struct {
    const char* written;
    bool good;
  } table[] = {{"[1,2,3]", true},      {"[4]", true},    {"[]", false},       {"[1,1]", false},
               {"[0]", false},         {"[1.5]", false}, {"[\"1\"]", false},  {"[1,2,3,4,5]", false},
               {"7", false},           {"[[1]]", false}, {"[1,null]", false}, {"[101]", false},
               {"[4294967297]", false}};
  for (const auto& [written, good] : table) {
    BOOST_TEST_CONTEXT(written) {
      auto body = body_reader::parse(std::string{R"({"seatIds":)"} + written + "}");
      auto ids = body.require_ids("seatIds", 4, 100);
      BOOST_TEST(!body.finish().has_value() == good);
      BOOST_TEST(!ids.empty() == good);
    }
  }
}

BOOST_AUTO_TEST_CASE(texts_are_bounded_and_without_control_characters) {
  struct {
    const char* written;
    bool good;
  } table[] = {{R"("Kim")", true},   {R"("김")", true},         {R"("")", false}, {R"("a\u0000b")", false},
               {R"("a\nb")", false}, {R"("123456789")", false}, {"7", false},     {R"("\u007f")", false}};
  for (const auto& [written, good] : table) {
    BOOST_TEST_CONTEXT(written) {
      auto body = body_reader::parse(std::string{R"({"name":)"} + written + "}");
      body.require_string("name", 8);
      BOOST_TEST(!body.finish().has_value() == good);
    }
  }
}

BOOST_AUTO_TEST_CASE(flags_choices_numbers_and_times_are_typed) {
  enum class policy { keep, release };
  const named_values<policy> policies{{"keep", policy::keep}, {"release", policy::release}};
  auto body = body_reader::parse(
      R"({"paused":true,"onPaymentFailure":"release","holdSeconds":300,"startsAt":"2026-12-24T11:00:00Z"})");
  BOOST_TEST(body.optional_bool("paused").value());
  BOOST_TEST((body.optional_choice("onPaymentFailure", policies) == policy::release));
  BOOST_TEST(body.optional_int("holdSeconds", 1, 3600).value() == 300);
  BOOST_TEST(format_time(body.require_time("startsAt")) == "2026-12-24T11:00:00.000Z");
  BOOST_TEST(!body.finish().has_value());

  for (auto text : {R"({"paused":1})", R"({"paused":"true"})"}) {
    auto bad = body_reader::parse(text);
    bad.optional_bool("paused");
    BOOST_TEST(bad.finish().value() == "paused must be true or false");
  }
  auto bad_choice = body_reader::parse(R"({"onPaymentFailure":"KEEP"})");
  bad_choice.optional_choice("onPaymentFailure", policies);
  BOOST_TEST(bad_choice.finish().value() == "onPaymentFailure must be one of keep, release");
  auto bad_range = body_reader::parse(R"({"holdSeconds":0})");
  bad_range.optional_int("holdSeconds", 1, 3600);
  BOOST_TEST(bad_range.finish().value() == "holdSeconds must be a whole number from 1 to 3600");
}

BOOST_AUTO_TEST_CASE(lists_of_objects_are_read_one_by_one) {
  auto body = body_reader::parse(R"({"sections":[{"name":"A","rows":2},{"name":"B","rows":0}]})");
  auto sections = body.optional_objects("sections", 10);
  BOOST_REQUIRE(sections.has_value());
  BOOST_REQUIRE(sections->size() == 2U);
  for (auto& each : *sections) {
    each.require_string("name", 10);
    each.require_int("rows", 1, 100);
  }
  BOOST_TEST(body.finish().value() == "sections[1].rows must be a whole number from 1 to 100");
  auto wrong = body_reader::parse(R"({"sections":[1]})");
  wrong.optional_objects("sections", 10);
  BOOST_TEST(wrong.finish().value() == "sections[0] must be an object");
}

BOOST_AUTO_TEST_SUITE_END()
