#include "persistence/array_parameter.hpp"
#include "tests/persistence/private_postgres.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace frontrow::persistence::detail;

namespace {

/// What the server makes of it, as a text.
template <class Array>
std::string as_read(const Array& array, const std::string& type) {
  pqxx::connection connection{private_postgres::instance().fresh_database()};
  pqxx::nontransaction transaction{connection};
  const pqxx::row row = transaction.exec_params1("select $1::" + type + "[]::text", array.value());
  return row[0].c_str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(array_parameter)

BOOST_AUTO_TEST_CASE(numbers_of_either_width_arrive_as_they_are) {
  using narrow = std::numeric_limits<std::int32_t>;
  using wide = std::numeric_limits<std::int64_t>;
  integer_array integers;
  for (const std::int64_t number : {0, -1, narrow::min(), narrow::max()})
    integers.add(number);
  BOOST_TEST(as_read(integers, "int") == "{0,-1,-2147483648,2147483647}");
  bigint_array bigints;
  bigints.add(wide::min());
  bigints.add(std::optional<std::int64_t>{});
  bigints.add(wide::max());
  BOOST_TEST(as_read(bigints, "bigint") == "{-9223372036854775808,NULL,9223372036854775807}");
}

BOOST_AUTO_TEST_CASE(texts_need_no_escapes) {
  text_array texts;
  for (const auto* text : {"", "NULL", "{a,b}", R"(a "quoted" \ word)", "席"})
    texts.add(text);
  BOOST_TEST(as_read(texts, "text") == R"({"","NULL","{a,b}","a \"quoted\" \\ word",席})");
}

BOOST_AUTO_TEST_CASE(json_is_read_as_json_and_what_is_none_is_refused) {
  jsonb_array objects;
  objects.add(R"({"b": 1, "a": ["x"]})");
  BOOST_TEST(as_read(objects, "jsonb") == R"({"{\"a\": [\"x\"], \"b\": 1}"})");
  objects.add("{");
  BOOST_CHECK_THROW(as_read(objects, "jsonb"), pqxx::sql_error);
}

BOOST_AUTO_TEST_CASE(an_array_without_elements_is_an_empty_one) {
  BOOST_TEST(as_read(integer_array{}, "int") == "{}");
  BOOST_TEST(as_read(text_array{}, "text") == "{}");
}

BOOST_AUTO_TEST_CASE(an_enums_names_become_its_values) {
  text_array kinds;
  kinds.add("queue");
  kinds.add("account");
  BOOST_TEST(as_read(kinds, "text[]::entity_kind") == "{queue,account}");
}

BOOST_AUTO_TEST_SUITE_END()
