#include "actors/place_board.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow;
using namespace frontrow::domain;
using actors::place_board;
using actors::place_boards;

namespace {

constexpr instant noon{milliseconds{1'800'000'000'000}};

place_secret secret_of(place_number place) {
  place_secret secret{};
  secret.front() = static_cast<std::uint8_t>(place);
  return secret;
}

/// A room that lets nobody in; places 1 to 3 are taken.
place_book three_who_wait() {
  place_book book;
  queue_policy policy;
  policy.paused = true;
  book.apply(queue_opened{noon, policy});
  for (place_number place = 1; place <= 3; ++place)
    book.apply(place_taken{noon, place, 10 * place, secret_of(place), {}});
  return book;
}

struct hung_up {
  int calls = 0;
  place_board board{three_who_wait(), [this] { ++calls; }};

  std::optional<place_view> look(place_number place) {
    return board.read({place, secret_of(place), 10 * place}, noon);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(place_boards_of_queues, hung_up)

BOOST_AUTO_TEST_CASE(a_board_tells_what_it_was_told_and_nothing_else) {
  BOOST_TEST(look(2)->position == 2);
  BOOST_TEST(!look(4));
  board.tell(places_taken{noon, 4, {{40, secret_of(4), {}}, {50, secret_of(5), {}}}});
  board.tell(places_ended{noon, place_end::left, {1}});
  BOOST_TEST(look(2)->position == 1);
  BOOST_TEST(look(5)->position == 4);
  BOOST_TEST((look(1)->status == place_status::expired));
}

BOOST_AUTO_TEST_CASE(a_token_that_fits_nothing_is_left_to_the_queue) {
  BOOST_TEST(!board.read({2, secret_of(3), 0}, noon));
  BOOST_TEST(!board.read({2, secret_of(2), 77}, noon));
}

BOOST_AUTO_TEST_CASE(who_looks_and_waits_was_seen_at_that_time) {
  look(2);
  board.tell(places_admitted{noon, 1, 1, noon + seconds{60}});
  look(1); // shops: its time does not depend on being seen
  board.read({3, secret_of(3), 30}, noon + seconds{1});
  const auto seen = board.take_sights();
  BOOST_TEST_REQUIRE(seen.all.size() == 2U);
  BOOST_TEST(seen.all[0].place == 2);
  BOOST_TEST((seen.all[1].at == noon + seconds{1}));
  BOOST_TEST(board.take_sights().all.empty());
}

BOOST_AUTO_TEST_CASE(a_queue_that_does_not_come_is_called_and_then_asked_itself) {
  for (std::size_t looks = 0; looks < actors::sights_max; ++looks)
    BOOST_TEST_REQUIRE(look(3).has_value());
  BOOST_TEST(calls == static_cast<int>(actors::sights_max / actors::sights_worth_a_call));
  BOOST_TEST(!look(3));
  board.take_sights();
  BOOST_TEST(look(3).has_value());
}

BOOST_AUTO_TEST_CASE(a_life_takes_down_its_own_board_alone) {
  place_boards boards;
  const auto former = std::make_shared<place_board>(three_who_wait(), [] {});
  const auto present = std::make_shared<place_board>(three_who_wait(), [] {});
  boards.put_up(7, former);
  boards.put_up(7, present);
  boards.take_down(7, former);
  BOOST_TEST(boards.of(7) == present);
  boards.take_down(7, present);
  BOOST_TEST(boards.of(7) == nullptr);
  BOOST_TEST(boards.of(8) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
