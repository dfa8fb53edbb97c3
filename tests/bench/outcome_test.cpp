#include "bench/contest/contender.hpp"
#include "bench/contest/outcome.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::bench;

namespace {

bool complains(const std::optional<std::string>& complaint, const std::string& of) {
  BOOST_TEST_INFO(complaint.value_or("nothing"));
  return complaint && complaint->find(of) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(outcome_test)

BOOST_AUTO_TEST_CASE(holds_must_be_recorded_as_they_were_acknowledged) {
  const std::vector<hold_record> told{{1, "r1-2", 7, {1}}, {1, "r1-3", 8, {2, 3}}};
  BOOST_TEST(!check_holds(told, {told[1], told[0]}));
  BOOST_TEST(!check_holds({}, {}));
  BOOST_TEST(complains(check_holds(told, {told[0]}), "r1-3 was acknowledged and is not there"));
  BOOST_TEST(complains(check_holds({told[0]}, told), "2 holds are recorded, 1 were acknowledged"));
  BOOST_TEST(complains(check_holds(told, {told[0], {1, "r1-3", 9, {2, 3}}}), "otherwise"));
  BOOST_TEST(complains(check_holds(told, {told[0], {1, "r1-3", 8, {2, 4}}}), "otherwise"));
  BOOST_TEST(complains(check_holds({told[0], told[0]}, told), "acknowledged twice"));
}

BOOST_AUTO_TEST_CASE(a_seat_must_not_be_held_twice) {
  const hold_record one{1, "r1-2", 7, {1, 2}}, other{1, "r1-3", 8, {2}}, elsewhere{2, "r2-2", 8, {2}};
  BOOST_TEST(complains(check_holds({one, other}, {one, other}), "seat 2 of option 1 is held twice"));
  BOOST_TEST(!check_holds({one, elsewhere}, {one, elsewhere}));
}

BOOST_AUTO_TEST_CASE(charges_must_add_up) {
  const std::vector<charge_record> told{{7, "c1", 10, 10}, {7, "c2", 10, 20}, {8, "c3", 5, 5}};
  BOOST_TEST(!check_charges(told, told, {{7, 20}, {8, 5}}));
  BOOST_TEST(complains(check_charges(told, told, {{7, 10}, {8, 5}}), "not the sums"));
  BOOST_TEST(complains(check_charges(told, told, {{7, 20}}), "not the sums"));
  BOOST_TEST(complains(check_charges(told, {told[0], told[2]}, {{7, 10}, {8, 5}}), "c2 was acknowledged and is not there"));
  BOOST_TEST(complains(check_charges({told[0], told[1]}, told, {{7, 20}, {8, 5}}), "3 charges are recorded"));
  // A lost update: two charges that both led to 10.
  const std::vector<charge_record> lost{{7, "c1", 10, 10}, {7, "c2", 10, 10}};
  BOOST_TEST(complains(check_charges(lost, lost, {{7, 10}}), "two charges of user 7 led to 10"));
  auto other = told;
  other[1].balance = 30;
  BOOST_TEST(complains(check_charges(told, other, {{7, 20}, {8, 5}}), "otherwise"));
}

BOOST_AUTO_TEST_CASE(everybody_has_one_place) {
  BOOST_TEST(!check_places({3, 1, 2}, {1, 2, 3}));
  BOOST_TEST(complains(check_places({1, 2}, {1, 2, 2}), "user 2 has two places"));
  BOOST_TEST(complains(check_places({1, 2, 3}, {1, 3}), "the first that of user 2"));
  BOOST_TEST(complains(check_places({1}, {1, 2}), "2 places are recorded, 1 were acknowledged"));
}

BOOST_AUTO_TEST_CASE(money_is_conserved_and_each_payment_is_there_once) {
  const std::vector<payment_record> told{{"r1", 7, 10}, {"r2", 8, 20}};
  BOOST_TEST(!check_payments(told, told, 35, 5));
  BOOST_TEST(complains(check_payments(told, told, 35, 6), "35 was charged, 30 paid and 6 is left"));
  BOOST_TEST(complains(check_payments(told, {told[0], told[0]}, 20, 0), "r1 is paid twice"));
  BOOST_TEST(complains(check_payments(told, {told[0]}, 10, 0), "r2 was acknowledged and is not there"));
  BOOST_TEST(complains(check_payments({told[0]}, told, 30, 0), "2 payments are recorded"));
  BOOST_TEST(complains(check_payments(told, {told[0], {"r2", 9, 20}}, 30, 0), "otherwise"));
  BOOST_TEST(complains(check_payments(told, {told[0], {"r2", 8, 21}}, 31, 0), "otherwise"));
}

BOOST_AUTO_TEST_CASE(texts_of_queries_are_read) {
  const auto rows = rows_of("1|abc|{1,2}\n22||x\n");
  BOOST_REQUIRE(rows.size() == 2U);
  BOOST_TEST(rows[0][2] == "{1,2}");
  BOOST_TEST(rows[1][1].empty());
  BOOST_TEST(rows_of("").empty());
  const std::vector<int> numbers{12, 3};
  BOOST_TEST(numbers_of("{12,3}") == numbers, boost::test_tools::per_element());
  BOOST_TEST(numbers_of("\"seats\":[12, 3]") == numbers, boost::test_tools::per_element());
  BOOST_TEST(numbers_of("[]").empty());
  BOOST_TEST(base32_of(1) == "1");
  BOOST_TEST(base32_of(31) == "z");
  BOOST_TEST(base32_of(32) == "10");
}

BOOST_AUTO_TEST_SUITE_END()
