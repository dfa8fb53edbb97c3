// From the door to the seat: the tour, the crowd after one seat, what a reservation may take.
#include "box_office.hpp"

#include <set>

using namespace frontrow::test;

BOOST_FIXTURE_TEST_SUITE(purchase, box_office)

BOOST_AUTO_TEST_CASE(a_person_joins_holds_charges_pays_and_owns_the_seat) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto registered = ask(201, http_request("POST", "/api/v1/users").with_json({{"name", "Ada"}}));
  person ada(registered.at("userId").get<std::int64_t>());
  ada.access_token = registered.at("accessToken");
  BOOST_TEST((time_of(registered.at("expiresAt")) > std::chrono::system_clock::now()));

  auto place = ask(201, ada.join(concert));
  BOOST_TEST(place.at("userId") == ada.user);
  BOOST_TEST(place.at("concertId") == concert);
  for (const auto* member : {"status", "position", "ahead", "etaSeconds", "pollAfterMs", "validUntil"})
    BOOST_TEST(place.contains(member), member);
  ada.queue_token = place.at("queueToken");
  ask_until([&] { return ada.poll(); }, [](const json& now) { return now.value("status", "") == "ACTIVE"; });

  auto reservation = ask(201, ada.hold(option, {7}));
  BOOST_TEST(reservation.at("status") == "HELD");
  BOOST_TEST(reservation.at("amount") == 1'000);
  BOOST_TEST(reservation.at("userId") == ada.user);
  BOOST_TEST(reservation.at("optionId") == option);
  BOOST_TEST((time_of(reservation.at("expiresAt")) > std::chrono::system_clock::now()));
  BOOST_TEST(seat_status(option, 7) == "HELD");
  const std::string id = reservation.at("reservationId");

  BOOST_TEST(ask(201, ada.charge(5'000)).at("balance") == 5'000);
  auto payment = ask(201, ada.pay(id));
  BOOST_TEST(payment.at("status") == "COMPLETED");
  BOOST_TEST(payment.at("balance") == 4'000);
  BOOST_TEST(payment.at("amount") == 1'000);
  BOOST_TEST(payment.at("reservationId") == id);
  BOOST_TEST(payment.contains("paidAt"));

  BOOST_TEST(seat_status(option, 7) == "SOLD");
  BOOST_TEST(reservation_status(ada, id) == "CONFIRMED");
  auto history = pages(ada, "/api/v1/balance/history", "entries");
  BOOST_TEST_REQUIRE(history.size() == 2u);
  std::map<std::string, json> by_type;
  for (const auto& entry : history)
    by_type[entry.at("type")] = entry;
  BOOST_TEST(by_type["CHARGE"].at("amount") == 5'000);
  BOOST_TEST(by_type["DEBIT"].at("amount") == 1'000);
  BOOST_TEST(by_type["DEBIT"].at("balance") == 4'000);
  BOOST_TEST(by_type["DEBIT"].at("paymentId") == payment.at("paymentId"));

  BOOST_TEST(ask(200, ada.poll()).at("status") == "COMPLETED");
  auto again = ask(200, ada.pay(id));
  BOOST_TEST(again.at("paymentId") == payment.at("paymentId"));
  BOOST_TEST(again.at("status") == "COMPLETED");
  BOOST_TEST(balance(ada) == 4'000);
  expect_problem(ask(ada.hold(option, {8})), 403, "QUEUE_TOKEN_NOT_ACTIVE");
}

namespace {

void one_seat_for(box_office& office, std::size_t count) {
  auto concert = office.open_concert();
  auto option = office.open_option(concert);
  auto crowd = office.admitted(count, concert);
  std::vector<http_request> requests;
  for (const auto& each : crowd)
    requests.push_back(each.hold(option, {1}));
  auto answers = office.http().ask_all(std::move(requests));
  expect_tally(answers, {{"201", 1}, {"409 SEAT_TAKEN", static_cast<int>(count) - 1}});
  for (const auto& answer : answers)
    if (answer.status == 409)
      BOOST_TEST_REQUIRE(answer.document().at("seats") == json({1}));
  BOOST_TEST((office.seats(option) == std::map<std::string, int>{{"AVAILABLE", 49}, {"HELD", 1}}));
}

} // namespace

BOOST_AUTO_TEST_CASE(ten_people_after_the_same_seat_leave_one_winner) { one_seat_for(*this, 10); }

BOOST_AUTO_TEST_CASE(a_thousand_people_after_the_same_seat_leave_one_winner) { one_seat_for(*this, 1'000); }

BOOST_AUTO_TEST_CASE(a_thousand_people_after_fifty_seats_get_exactly_fifty_reservations) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto crowd = admitted(1'000, concert);
  std::vector<http_request> requests;
  for (std::size_t at = 0; at < crowd.size(); ++at)
    requests.push_back(crowd[at].hold(option, {static_cast<int>(at % 50) + 1}));
  auto answers = http().ask_all(std::move(requests));
  expect_tally(answers, {{"201", 50}, {"409 SEAT_TAKEN", 950}});
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"HELD", 50}}));
}

BOOST_AUTO_TEST_CASE(a_reservation_takes_all_of_its_seats_or_none) {
  auto concert = open_concert();
  auto option = open_option(concert);
  auto crowd = admitted(3, concert);
  hold(crowd[0], option, {2, 4});
  auto refused = expect_problem(ask(crowd[1].hold(option, {1, 2, 3, 4})), 409, "SEAT_TAKEN");
  BOOST_TEST(refused.at("seats") == json({2, 4}));
  BOOST_TEST((seats(option) == std::map<std::string, int>{{"AVAILABLE", 48}, {"HELD", 2}}));
  auto both = ask(201, crowd[2].hold(option, {1, 3}));
  BOOST_TEST(both.at("amount") == 2'000);
  BOOST_TEST(both.at("seats").size() == 2u);
}

BOOST_AUTO_TEST_CASE(fifty_people_after_the_best_seats_get_fifty_different_ones) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"sections", {{{"name", "Stalls"},
                                                     {"tier", "VIP"},
                                                     {"price", 3'000},
                                                     {"rows", 10},
                                                     {"seatsPerRow", 10}}}}});
  auto crowd = admitted(50, concert);
  std::vector<http_request> requests;
  for (const auto& each : crowd)
    requests.push_back(each.hold_best(option, 2));
  auto answers = http().ask_all(std::move(requests));
  expect_tally(answers, {{"201", 50}});
  std::set<std::string> all;
  for (const auto& answer : answers) {
    auto seats_held = answer.document().at("seats");
    BOOST_TEST(seats_held.size() == 2u);
    BOOST_TEST(answer.document().at("amount") == 6'000);
    for (const auto& seat : seats_held)
      all.insert(seat.dump());
  }
  BOOST_TEST(all.size() == 100u);
  expect_problem(ask(admitted(concert).hold_best(option, 1)), 409, "NOT_ENOUGH_SEATS");
}

BOOST_AUTO_TEST_CASE(the_best_seats_are_next_to_each_other_in_the_middle_of_the_front_row) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"sections", {{{"name", "Stalls"},
                                                     {"tier", "S"},
                                                     {"price", 3'000},
                                                     {"rows", 3},
                                                     {"seatsPerRow", 9}}}}});
  auto someone = admitted(concert);
  auto held = ask(201, someone.post("/api/v1/reservations", {{"optionId", option},
                                                             {"bestAvailable", {{"count", 3}, {"tier", "S"}}}}));
  for (int seat : {4, 5, 6})
    BOOST_TEST(seat_status(option, seat) == "HELD", seat);
  auto unknown = ask(someone.post("/api/v1/reservations", {{"optionId", option},
                                                           {"bestAvailable", {{"count", 1}, {"tier", "X"}}}}));
  expect_problem(unknown, 404, "SEAT_NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(nobody_gets_more_seats_than_the_cap_over_all_reservations_of_an_option) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"maxSeatsPerUser", 3}});
  auto someone = admitted(concert);
  auto first = hold(someone, option, {1, 2});
  expect_problem(ask(someone.hold(option, {3, 4})), 422, "TOO_MANY_SEATS");
  // Asked for at the same time, one by one: still three in all.
  std::vector<http_request> requests;
  for (int seat = 10; seat < 30; ++seat)
    requests.push_back(someone.hold(option, {seat}));
  expect_tally(http().ask_all(std::move(requests)), {{"201", 1}, {"422 TOO_MANY_SEATS", 19}});
  must(204, ask(someone.release(first)));
  BOOST_TEST(reservation_status(someone, first) == "RELEASED");
  BOOST_TEST(seat_status(option, 1) == "AVAILABLE");
  hold(someone, option, {1, 2});
}

BOOST_AUTO_TEST_CASE(sales_happen_within_their_window_only) {
  using namespace std::chrono_literals;
  const auto now = std::chrono::system_clock::now();
  auto concert = open_concert();
  auto later = open_option(concert, {{"salesOpenAt", text_of(now + 1h)}});
  auto over = open_option(concert, {{"salesOpenAt", text_of(now - 2h)}, {"salesCloseAt", text_of(now - 1h)}});
  auto open = open_option(concert, {{"salesOpenAt", text_of(now - 1h)}, {"salesCloseAt", text_of(now + 1h)}});
  auto someone = admitted(concert);
  expect_problem(ask(someone.hold(later, {1})), 409, "SALES_CLOSED");
  expect_problem(ask(someone.hold(over, {1})), 409, "SALES_CLOSED");
  hold(someone, open, {1});
}

BOOST_AUTO_TEST_SUITE_END()
