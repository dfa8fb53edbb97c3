#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "domain/best_available.hpp"
#include "tests/domain/random_source.hpp"

using namespace frontrow::domain;
using frontrow::test::random_source;
using frontrow::test::steps_or;

namespace {

/// A section drawn row by row, the front row first: '.' free, '#' taken, '*' free and to be chosen.
struct drawing {
  std::string tier;
  std::vector<std::string> rows;
};

option_terms terms_of(const std::vector<drawing>& hall) {
  option_terms terms;
  terms.concert = 1;
  for (const drawing& from : hall)
    terms.sections.push_back({.name = "section",
                              .tier = from.tier,
                              .price = 1000,
                              .rows = static_cast<std::int32_t>(from.rows.size()),
                              .seats_per_row = static_cast<std::int32_t>(from.rows.front().size())});
  return terms;
}

void check_best(std::int32_t count, const std::string& tier, const std::vector<drawing>& hall) {
  free_seats seats(terms_of(hall));
  std::vector<seat_id> expected;
  std::string picture;
  seat_id id = 0;
  for (const drawing& from : hall)
    for (const std::string& row : from.rows) {
      picture += row + '\n';
      for (const char seat : row) {
        ++id;
        if (seat == '#')
          seats.take(id);
        if (seat == '*')
          expected.push_back(id);
      }
    }
  BOOST_TEST_CONTEXT(count << " of tier '" << tier << "' in\n" << picture) {
    const auto chosen = seats.best(count, tier);
    BOOST_TEST(chosen == expected, boost::test_tools::per_element());
  }
}

void check_best(std::int32_t count, const std::vector<std::string>& rows) {
  check_best(count, "", {{.tier = "R", .rows = rows}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(best_available)

BOOST_AUTO_TEST_CASE(the_middle_of_the_front_row_comes_first) {
  check_best(1, {"..*..", "....."});
  check_best(1, {"..*...", "......"}); // of two equally near the lower number
  check_best(2, {"..**..", "......"});
  check_best(3, {"..***..", "......."});
}

BOOST_AUTO_TEST_CASE(a_row_and_a_seat_are_one_step_each) {
  check_best(1, {"###.", "#*.."});
  check_best(1, {"####*", "#####", "....."});                  // both two steps away: the lower row wins
  check_best(1, {"######.", "#######", "###*###", "......."}); // three along lose to two back
}

BOOST_AUTO_TEST_CASE(adjacent_seats_beat_nearer_ones_apart) {
  check_best(2, {".#.#.", "#.#.#", "###**"});
  check_best(3, {"..#..", "..#..", "***.."});
}

BOOST_AUTO_TEST_CASE(no_single_seat_is_left_when_another_choice_exists) {
  check_best(2, {"**..."});          // the middle would leave one at an end, here two stay together
  check_best(2, {".....", "#**#."}); // a perfect gap further back beats the front row's
  check_best(1, {"..*#."});
  check_best(2, {"#.**##"}); // the whole row leaves a single one whatever is chosen: the nearest then
  check_best(3, {"***...", "......"});
  check_best(4, {"****..."});
}

BOOST_AUTO_TEST_CASE(a_single_seat_that_stood_alone_before_is_no_reason_against_a_choice) {
  check_best(2, {".#**#."});
  check_best(1, {".#*#."});
}

BOOST_AUTO_TEST_CASE(where_no_row_has_room_the_nearest_single_seats_are_taken) {
  check_best(2, {".#*#.", ".#*#."});
  check_best(3, {"#*#*#", "#*#.#"});
}

BOOST_AUTO_TEST_CASE(a_tier_may_be_named_and_sections_are_measured_each_from_its_own_middle) {
  check_best(2, "S", {{.tier = "R", .rows = {"......"}}, {.tier = "S", .rows = {"..**.."}}});
  check_best(2, "", {{.tier = "R", .rows = {"..##.."}}, {.tier = "S", .rows = {"..**.."}}});
  check_best(2, "",
             {{.tier = "R", .rows = {"..**.."}}, {.tier = "S", .rows = {"......"}}}); // the lower section
  check_best(2, "R",
             {{.tier = "R", .rows = {"##"}}, {.tier = "S", .rows = {".."}}, {.tier = "R", .rows = {"**"}}});
}

BOOST_AUTO_TEST_CASE(too_few_seats_are_none_at_all) {
  check_best(3, {"#.#.#"});
  check_best(2, "R", {{.tier = "R", .rows = {"#."}}, {.tier = "S", .rows = {".."}}});
  check_best(7, {"......"});
}

BOOST_AUTO_TEST_CASE(rows_longer_than_a_word_are_seen_whole) {
  std::string row(150, '#');
  row.replace(60, 8, "********"); // across the end of the first word
  check_best(8, {row});
  row.replace(60, 8, "........");
  row.replace(120, 9, "*********"); // across the end of the second
  check_best(9, {row});
}

namespace {

/// The rule once more, by trying everything.
std::vector<seat_id> best_by_trying(const option_terms& terms, const std::vector<bool>& taken,
                                    std::int32_t count, const std::string& tier) {
  const auto in_tier = [&](seat_id seat) {
    const auto& in = terms.sections[static_cast<std::size_t>(place_of(terms, seat).section)];
    return tier.empty() || in.tier == tier;
  };
  const std::int32_t total = seat_count(terms);
  const auto open = [&](seat_id seat) {
    return seat >= 1 && seat <= total && !taken[static_cast<std::size_t>(seat)];
  };
  const auto same_row = [&](seat_id a, seat_id b) {
    if (a < 1 || b < 1 || a > total || b > total)
      return false;
    const auto pa = place_of(terms, a), pb = place_of(terms, b);
    return pa.section == pb.section && pa.row == pb.row;
  };
  const auto distance = [&](seat_id first, std::int32_t many) {
    const auto at = place_of(terms, first);
    const double middle = (1 + terms.sections[static_cast<std::size_t>(at.section)].seats_per_row) / 2.0;
    const double along = at.number + (many - 1) / 2.0 - middle;
    return along * along + (at.row - 1.0) * (at.row - 1.0); // quarters: exact
  };
  std::optional<std::tuple<bool, double, seat_id>> best;
  for (seat_id first = 1; first <= total; ++first) {
    bool fits = in_tier(first);
    for (seat_id seat = first; fits && seat < first + count; ++seat)
      fits = open(seat) && same_row(first, seat);
    if (!fits)
      continue;
    const auto beside = [&](seat_id from, seat_id step) {
      std::int32_t run = 0;
      for (seat_id seat = from; open(seat) && same_row(first, seat); seat += step)
        ++run;
      return run;
    };
    const bool single = beside(first - 1, -1) == 1 || beside(first + count, 1) == 1;
    const std::tuple candidate{single, distance(first, count), first};
    if (!best || candidate < *best)
      best = candidate;
  }
  std::vector<seat_id> chosen;
  if (best) {
    for (std::int32_t i = 0; i < count; ++i)
      chosen.push_back(std::get<2>(*best) + i);
    return chosen;
  }
  std::vector<std::pair<double, seat_id>> singles;
  for (seat_id seat = 1; seat <= total; ++seat)
    if (open(seat) && in_tier(seat))
      singles.emplace_back(distance(seat, 1), seat);
  if (singles.size() < static_cast<std::size_t>(count))
    return {};
  std::sort(singles.begin(), singles.end());
  for (std::int32_t i = 0; i < count; ++i)
    chosen.push_back(singles[static_cast<std::size_t>(i)].second);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

} // namespace

BOOST_AUTO_TEST_CASE(in_any_hall_it_finds_what_trying_everything_finds) {
  random_source random("in_any_hall_it_finds_what_trying_everything_finds");
  const std::vector<std::string> tiers{"VIP", "R"};
  for (std::int64_t step = 0; step < steps_or(20'000) / 10; ++step) {
    option_terms terms;
    terms.concert = 1;
    for (auto sections = random.between(1, 3); sections > 0; --sections)
      terms.sections.push_back({.name = "",
                                .tier = random.pick(tiers),
                                .price = random.between(1, 9),
                                .rows = static_cast<std::int32_t>(random.between(1, 4)),
                                .seats_per_row = static_cast<std::int32_t>(
                                    random.one_in(10) ? random.between(60, 70) : random.between(1, 12))});
    free_seats seats(terms);
    const std::int32_t total = seat_count(terms);
    std::vector<bool> taken(static_cast<std::size_t>(total) + 1, false);
    const auto crowd = random.between(0, 100);
    for (seat_id seat = 1; seat <= total; ++seat)
      if (random.between(1, 100) <= crowd) {
        seats.take(seat);
        taken[static_cast<std::size_t>(seat)] = true;
      }
    for (seat_id seat = 1; seat <= total; ++seat) // and some come back
      if (taken[static_cast<std::size_t>(seat)] && random.one_in(10)) {
        seats.give_back(seat);
        taken[static_cast<std::size_t>(seat)] = false;
      }
    BOOST_REQUIRE_EQUAL(seats.free(), std::count(taken.begin() + 1, taken.end(), false));
    for (int ask = 0; ask < 10; ++ask) {
      const auto count = static_cast<std::int32_t>(random.between(1, 6));
      const std::string tier = random.one_in(3) ? "" : random.pick(tiers);
      const auto chosen = seats.best(count, tier);
      const auto expected = best_by_trying(terms, taken, count, tier);
      BOOST_REQUIRE_EQUAL_COLLECTIONS(chosen.begin(), chosen.end(), expected.begin(), expected.end());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
