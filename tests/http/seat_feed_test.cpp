#include "http/seat_feed.hpp"
#include "tests/domain/random_source.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace frontrow;
using namespace frontrow::http;
using namespace std::chrono_literals;
using domain::seat_status;
using nlohmann::json;

namespace {

constexpr std::size_t hall_seats = 12;

std::shared_ptr<const seat_list_layout> layout() {
  domain::option_terms terms;
  terms.concert = 1;
  terms.sections = {{"A", "R", 1'000, 2, 6}};
  return std::make_shared<const seat_list_layout>(terms);
}

/// A client that believes every event.
struct client {
  domain::event_number version = 0;
  std::vector<std::string> seats;

  void hear(const std::string& text) {
    const auto event = json::parse(text);
    BOOST_TEST(event["optionId"] == 7);
    version = event["version"];
    if (const auto list = event.find("seats"); list != event.end()) {
      seats.clear();
      for (const auto& seat : *list)
        seats.push_back(seat["status"]);
    } else {
      for (const auto& change : event["changed"])
        seats.at(change["seatId"].get<std::size_t>() - 1) = change["status"];
    }
  }
  /// As a listener is told.
  void catch_up(const seat_page& page) {
    while (version != page.version()) {
      const auto text = version == 0 ? nullptr : page.changes_since(version);
      hear(text ? *text : *page.base().text());
    }
  }
};

std::vector<std::string> names(const domain::seat_list& list) {
  std::vector<std::string> all;
  for (const auto status : list.statuses)
    all.push_back(status == seat_status::available ? "AVAILABLE"
                  : status == seat_status::held    ? "HELD"
                                                   : "SOLD");
  return all;
}

struct watched_hall {
  seat_feed feed{7, layout()};
  seat_feed::time_point now{1h};
  domain::seat_list list{5, std::vector<seat_status>(hall_seats)};

  std::shared_ptr<const seat_page> change(std::size_t seat, seat_status status) {
    list.statuses[seat - 1] = status;
    ++list.version;
    return look();
  }
  std::shared_ptr<const seat_page> look() { return feed.update(list, now += seat_feed::pause_least); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(seat_feeds)

BOOST_AUTO_TEST_CASE(the_first_event_is_the_whole_list_and_the_next_ones_what_changed) {
  watched_hall hall;
  const auto first = hall.look();
  BOOST_TEST(first->version() == 5);
  BOOST_TEST(first->changes_since(5) == nullptr);
  BOOST_TEST(json::parse(*first->base().text())["seats"].size() == hall_seats);
  BOOST_TEST(hall.look() == nullptr); // nothing is new
  const auto second = hall.change(3, seat_status::held);
  BOOST_TEST(*second->changes_since(5) ==
             R"({"optionId":7,"version":6,"changed":[{"seatId":3,"status":"HELD"}]})");
  BOOST_TEST(second->changes_since(5) == second->changes_since(5)); // made once for all
}

BOOST_AUTO_TEST_CASE(one_who_was_away_gets_all_that_changed_in_one_event) {
  watched_hall hall;
  hall.look();
  hall.change(1, seat_status::held);
  hall.change(2, seat_status::held);
  const auto page = hall.change(1, seat_status::sold);
  BOOST_TEST(
      *page->changes_since(5) ==
      R"({"optionId":7,"version":8,"changed":[{"seatId":1,"status":"SOLD"},{"seatId":2,"status":"HELD"}]})");
  BOOST_TEST(*page->changes_since(7) ==
             R"({"optionId":7,"version":8,"changed":[{"seatId":1,"status":"SOLD"}]})");
}

BOOST_AUTO_TEST_CASE(one_who_is_too_far_behind_or_knows_what_was_never_told_here_gets_a_list) {
  watched_hall hall;
  hall.look();
  hall.list.version = 9; // what happened in between was never seen here
  hall.change(1, seat_status::held);
  auto page = hall.feed.page();
  BOOST_TEST(page->changes_since(7) == nullptr);
  BOOST_TEST(page->changes_since(11) == nullptr);
  BOOST_TEST(page->changes_since(5) != nullptr);
  for (std::size_t step = 0; step < seat_feed::steps_max; ++step)
    page = hall.change(1 + step % hall_seats, step % 2 ? seat_status::held : seat_status::available);
  BOOST_TEST(page->changes_since(5) == nullptr);
  client fresh;
  fresh.version = 5;
  fresh.catch_up(*page);
  BOOST_TEST(fresh.seats == names(hall.list), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_list_is_made_anew_once_a_second_at_the_most) {
  watched_hall hall;
  auto page = hall.look();
  const auto* base = &page->base();
  int bases = 1;
  for (int step = 0; step < 20; ++step) { // four seconds
    page = hall.change(1, step % 2 ? seat_status::held : seat_status::available);
    if (std::exchange(base, &page->base()) != &page->base())
      ++bases;
    client late;
    late.catch_up(*page);
    BOOST_TEST(late.seats == names(hall.list), boost::test_tools::per_element());
  }
  BOOST_TEST(bases <= 5);
}

BOOST_AUTO_TEST_CASE(an_older_list_or_one_of_another_size_changes_nothing) {
  watched_hall hall;
  hall.look();
  hall.change(1, seat_status::held);
  BOOST_TEST(hall.feed.update({5, std::vector<seat_status>(hall_seats)}, hall.now) == nullptr);
  BOOST_TEST(hall.feed.update({99, {}}, hall.now) == nullptr); // "your version is right"
  BOOST_TEST(hall.feed.version() == 6);
}

BOOST_AUTO_TEST_CASE(whoever_listens_however_seldom_ends_with_the_truth) {
  test::random_source chance{"seat_feeds"};
  for (int story = 0; story < 20; ++story) {
    watched_hall hall;
    hall.look();
    std::vector<client> people(5);
    for (int step = 0; step < 500; ++step) {
      for (auto changes = chance.between(1, 3); changes > 0; --changes) {
        hall.list.statuses[static_cast<std::size_t>(chance.between(0, hall_seats - 1))] =
            static_cast<seat_status>(chance.between(0, 2));
        ++hall.list.version;
      }
      const auto page = hall.look();
      for (std::size_t who = 0; who < people.size(); ++who)
        if (chance.between(0, static_cast<std::int64_t>(1 + who * who * 20)) == 0) {
          people[who].catch_up(*page);
          BOOST_TEST(people[who].seats == names(hall.list), boost::test_tools::per_element());
        }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_more_listen_the_more_seldom_they_are_told) {
  BOOST_TEST((seat_feed::pause(1) == 200ms));
  BOOST_TEST((seat_feed::pause(10'000) == 200ms));
  BOOST_TEST((seat_feed::pause(20'000) == 400ms));
  BOOST_TEST((seat_feed::pause(1'000'000) == 1s));
}

BOOST_AUTO_TEST_SUITE_END()
