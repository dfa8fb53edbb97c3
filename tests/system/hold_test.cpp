// Holds and time: a hold ends by itself, in time, and never while it is being paid.
#include "box_office.hpp"
#include "journal_events.hpp"
#include "seeded_chance.hpp"

using namespace frontrow::test;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

BOOST_FIXTURE_TEST_SUITE(holds, box_office)

BOOST_AUTO_TEST_CASE(a_hold_not_paid_lapses_within_a_second_of_its_time_and_the_next_person_gets_the_seat) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"holdSeconds", 1}});
  auto crowd = admitted(2, concert);
  auto held = ask(201, crowd[0].hold(option, {1}));
  const std::string first = held.at("reservationId");
  const auto until = time_of(held.at("expiresAt"));
  auto next = ask_until([&] { return crowd[1].hold(option, {1}); },
                        [](const json& answer) { return answer.contains("reservationId"); });
  BOOST_TEST((std::chrono::system_clock::now() >= until));
  BOOST_TEST(reservation_status(crowd[0], first) == "EXPIRED");
  expect_problem(ask(crowd[0].pay(first)), 410, "HOLD_EXPIRED");
  must(204, ask(crowd[0].release(first)));
  BOOST_TEST(next.at("status") == "HELD");
  BOOST_TEST(seat_status(option, 1) == "HELD");

  // By the journal: never before its time, and at most a second after.
  std::int64_t lapsed_at = 0;
  for (const auto& event : journal_of(house(), "seat_map", option))
    if (event.type == "hold_released" && lapsed_at == 0) {
      lapsed_at = event.at;
      BOOST_TEST(event.data.at("reason") == "lapsed");
    }
  const auto due = std::chrono::duration_cast<milliseconds>(until.time_since_epoch()).count();
  BOOST_TEST(lapsed_at >= due);
  BOOST_TEST(lapsed_at <= due + 1'000);
}

BOOST_AUTO_TEST_CASE(five_hundred_holds_of_one_moment_all_lapse_within_a_second_and_nobody_asks_for_it) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"holdSeconds", 1}, {"seatCount", 500}});
  auto crowd = admitted(500, concert);
  hold_one_each(crowd, option);
  ask_until([&] { return http_request("GET", "/api/v1/options/" + std::to_string(option) + "/seats?status=AVAILABLE"); },
            [](const json& list) { return list.at("seats").size() == 500; });
  std::map<std::int64_t, std::int64_t> due;
  int lapsed = 0;
  for (const auto& event : journal_of(house(), "seat_map", option)) {
    if (event.type == "seats_held")
      due[event.version] = event.data.at("until");
    if (event.type != "hold_released")
      continue;
    const auto until = due.at(event.data.at("reservation"));
    BOOST_TEST(event.at >= until);
    BOOST_TEST(event.at <= until + 1'000);
    ++lapsed;
  }
  BOOST_TEST(lapsed == 500);
}

namespace {

struct racer {
  person who;
  std::string reservation;
  std::chrono::system_clock::time_point fires_at;
  http_answer answer;
};

asio::awaitable<void> pays_in_time(http_client& client, racer& runner) {
  co_await client.pause_until(runner.fires_at);
  auto request = runner.who.pay(runner.reservation);
  runner.answer = co_await client.send(std::move(request));
}

/// Each holds a seat for a second and pays around the very moment at which the hold ends.
std::vector<racer> race(box_office& office, std::int64_t concert, std::int64_t option, std::size_t count,
                        seeded_chance& chance) {
  auto crowd = office.admitted(count, concert);
  office.charge(crowd, 1'500);
  std::vector<http_request> holds;
  for (std::size_t at = 0; at < count; ++at)
    holds.push_back(crowd[at].hold(option, {static_cast<int>(at) + 1}));
  auto held = office.http().ask_all(std::move(holds));
  std::vector<racer> racers;
  for (std::size_t at = 0; at < count; ++at) {
    auto reservation = must(201, held[at]);
    racers.push_back({crowd[at], reservation.at("reservationId"),
                      time_of(reservation.at("expiresAt")) + milliseconds{chance.between(-40, 10)}, {}});
  }
  std::vector<asio::awaitable<void>> tasks;
  for (auto& each : racers)
    tasks.push_back(pays_in_time(office.http(), each));
  office.http().run(std::move(tasks));
  return racers;
}

} // namespace

BOOST_AUTO_TEST_CASE(payment_raced_against_expiry_a_thousand_times_sells_and_debits_or_does_neither) {
  seeded_chance chance("payment against expiry");
  int sold = 0;
  int lapsed = 0;
  for (int wave = 0; wave < 5; ++wave) {
    auto concert = open_concert();
    auto option = open_option(concert, {{"holdSeconds", 1}, {"seatCount", 200}});
    auto racers = race(*this, concert, option, 200, chance);
    for (std::size_t at = 0; at < racers.size(); ++at) {
      const auto& each = racers[at];
      const auto seat = static_cast<int>(at) + 1;
      if (each.answer.status == 201) {
        ++sold;
        BOOST_TEST_REQUIRE(reservation_status(each.who, each.reservation) == "CONFIRMED");
        BOOST_TEST_REQUIRE(balance(each.who) == 500);
      } else {
        ++lapsed;
        expect_problem(each.answer, 410, "HOLD_EXPIRED");
        BOOST_TEST_REQUIRE(reservation_status(each.who, each.reservation) == "EXPIRED");
        BOOST_TEST_REQUIRE(balance(each.who) == 1'500);
      }
      if (at % 20 == 0)
        BOOST_TEST(seat_status(option, seat) == (each.answer.status == 201 ? "SOLD" : "AVAILABLE"));
    }
    auto now = seats(option);
    BOOST_TEST(now["HELD"] == 0);
  }
  BOOST_TEST_MESSAGE("payment against expiry: " << sold << " sold, " << lapsed << " lapsed");
  BOOST_TEST(sold + lapsed == 1'000);
  // A race that one side always wins is none.
  BOOST_TEST(sold > 0);
  BOOST_TEST(lapsed > 0);
}

BOOST_AUTO_TEST_CASE(a_hold_outlives_the_shopping_time_under_which_it_was_made) {
  auto policy = open_doors();
  policy["activeSeconds"] = 1;
  auto concert = open_concert(policy);
  auto option = open_option(concert);
  auto someone = admitted(concert);
  auto reservation = hold(someone, option, {1});
  ask_until([&] { return someone.poll(); }, [](const json& place) { return place.value("status", "") == "EXPIRED"; });
  expect_problem(ask(someone.hold(option, {2})), 403, "QUEUE_TOKEN_NOT_ACTIVE");
  ask(201, someone.charge(1'000));
  ask(201, someone.pay(reservation));
  BOOST_TEST(seat_status(option, 1) == "SOLD");
  // Whoever comes back takes a new place.
  auto old_token = someone.queue_token;
  admit(someone, concert);
  BOOST_TEST(someone.queue_token != old_token);
}

BOOST_AUTO_TEST_SUITE_END()
