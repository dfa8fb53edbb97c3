#include "http/seat_layout.hpp"
#include "http/seat_list_text.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace frontrow;
using namespace frontrow::http;
using domain::seat_status;
using nlohmann::json;

namespace {

domain::option_terms terms() {
  domain::option_terms of;
  of.concert = 1;
  of.sections = {{"Parkett \"links\"", "VIP", 150'000, 2, 3}, {"R", "R", 9, 1, 2}};
  return of;
}

} // namespace

BOOST_AUTO_TEST_SUITE(seat_lists)

BOOST_AUTO_TEST_CASE(every_seat_stands_in_the_list_with_its_place_price_and_status) {
  const seat_list_layout layout{terms()};
  const domain::seat_list list{12,
                               {seat_status::available, seat_status::held, seat_status::sold,
                                seat_status::available, seat_status::sold, seat_status::held,
                                seat_status::available, seat_status::sold}};
  const auto whole = json::parse(layout.text(7, list, std::nullopt));
  BOOST_TEST(whole["optionId"] == 7);
  BOOST_TEST(whole["version"] == 12);
  BOOST_TEST(whole["seats"].size() == 8U);
  BOOST_TEST(whole["seats"][4] == json::parse(R"({"seatId":5,"seatNumber":"Parkett \"links\"-2-2",
    "section":"Parkett \"links\"","row":2,"tier":"VIP","price":150000,"status":"SOLD"})"));
  BOOST_TEST(whole["seats"][7] ==
             json::parse(R"({"seatId":8,"seatNumber":"R-1-2","section":"R","row":1,"tier":"R",
    "price":9,"status":"SOLD"})"));
  const char* expected[] = {"AVAILABLE", "HELD", "SOLD", "AVAILABLE", "SOLD", "HELD", "AVAILABLE", "SOLD"};
  for (std::size_t seat = 0; seat < 8; ++seat)
    BOOST_TEST(whole["seats"][seat]["status"] == expected[seat]);
}

BOOST_AUTO_TEST_CASE(a_filter_keeps_the_seats_of_one_status) {
  const seat_list_layout layout{terms()};
  domain::seat_list list{3, std::vector<seat_status>(8, seat_status::held)};
  BOOST_TEST(json::parse(layout.text(7, list, seat_status::available))["seats"] == json::array());
  list.statuses[2] = list.statuses[7] = seat_status::available;
  const auto free = json::parse(layout.text(7, list, seat_status::available))["seats"];
  BOOST_TEST(free.size() == 2U);
  BOOST_TEST(free[0]["seatId"] == 3);
  BOOST_TEST(free[1]["seatId"] == 8);
  BOOST_TEST(free[1]["status"] == "AVAILABLE");
  BOOST_TEST(json::parse(layout.text(7, list, seat_status::held))["seats"].size() == 6U);
}

BOOST_AUTO_TEST_CASE(plain_sections_have_exactly_the_seats_asked_for) {
  for (std::int32_t count = 1; count <= 3'000; ++count) {
    domain::option_terms of;
    of.concert = 1;
    of.sections = plain_sections(count, 100);
    BOOST_REQUIRE(valid(of));
    BOOST_REQUIRE(seat_count(of) == count);
    for (const auto& section : of.sections)
      BOOST_REQUIRE(section.seats_per_row <= 40);
  }
  BOOST_TEST(plain_sections(50, 1).size() == 1U);
  BOOST_TEST(plain_sections(50, 1)[0].seats_per_row == 25);
  BOOST_TEST(plain_sections(1'000, 1)[0].rows == 50);
  BOOST_TEST(plain_sections(97, 1)[1].seats_per_row == 17);
}

BOOST_AUTO_TEST_SUITE_END()
