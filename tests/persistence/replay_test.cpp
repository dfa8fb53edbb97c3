#include "persistence/replay.hpp"
#include "tests/persistence/journal_story.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow;
using namespace frontrow::domain;
using namespace frontrow::persistence;
using test::at;
using test::journal_story;

namespace {

constexpr user_id user = 42;
using account_loader = machine_loader<account>;

journal_story charges(int count) {
  journal_story story;
  for (int i = 1; i <= count; ++i)
    story.account(user, charged{.at = at(i),
                                .command = {1, static_cast<std::uint64_t>(i)},
                                .body = 7,
                                .amount = 10,
                                .balance = 10 * i});
  return story;
}

std::span<const stored_event> rows(const journal_story& story, std::size_t from = 0,
                                   std::size_t count = std::dynamic_extent) {
  return std::span<const stored_event>(story.rows).subspan(from, count);
}

snapshot_row snapshot_after(const journal_story& story, std::size_t count) {
  replay<account> machine(user);
  BOOST_TEST(!machine.feed(rows(story, 0, count)));
  return encode_snapshot(machine.machine().snapshot());
}

} // namespace

BOOST_AUTO_TEST_SUITE(replaying)

BOOST_AUTO_TEST_CASE(events_make_the_machine_in_pages_of_any_size) {
  const auto story = charges(9);
  replay<account> at_once(user);
  BOOST_TEST(!at_once.feed(rows(story)));
  replay<account> in_pages(user);
  for (std::size_t from = 0; from < 9; from += 3) {
    BOOST_TEST(!in_pages.feed(rows(story, from, 3)));
    BOOST_TEST(!in_pages.feed({}));
  }
  BOOST_TEST(in_pages.version() == 9);
  BOOST_TEST(in_pages.machine().balance() == 90);
  BOOST_TEST((in_pages.machine().snapshot() == at_once.machine().snapshot()));
  BOOST_TEST((std::move(in_pages).take().snapshot() == at_once.machine().snapshot()));
}

BOOST_AUTO_TEST_CASE(a_snapshot_and_the_events_after_it_make_the_same_machine) {
  const auto story = charges(9);
  replay<account> whole(user);
  BOOST_TEST(!whole.feed(rows(story)));
  for (std::size_t taken = 0; taken <= 9; ++taken) {
    replay<account> rest(user);
    BOOST_TEST(!rest.start_from(snapshot_after(story, taken)));
    BOOST_TEST(!rest.feed(rows(story, taken)));
    BOOST_TEST((rest.machine().snapshot() == whole.machine().snapshot()));
    BOOST_TEST(encode_snapshot(rest.machine().snapshot()).data ==
               encode_snapshot(whole.machine().snapshot()).data);
  }
}

BOOST_AUTO_TEST_CASE(every_machine_can_be_replayed) {
  journal_story story;
  story.queue(3, test::sample<queue_opened>());
  story.seats(12, option_opened{.at = at(1), .terms = test::sample_terms()});
  replay<queue> room(3);
  BOOST_TEST(!room.feed(rows(story, 0, 1)));
  BOOST_TEST(!replay<queue>(3).start_from(encode_snapshot(room.machine().snapshot())));
  replay<seat_map> seats(12);
  BOOST_TEST(!seats.feed(rows(story, 1, 1)));
  BOOST_TEST(seats.version() == 1);
  BOOST_TEST(!replay<seat_map>(12).start_from(encode_snapshot(seats.machine().snapshot())));
}

BOOST_AUTO_TEST_CASE(a_gap_or_a_repeat_is_corruption_and_stays_it) {
  for (const auto& [first, second] : {std::pair{0, 2}, std::pair{0, 0}, std::pair{1, 2}}) {
    const auto story = charges(3);
    replay<account> machine(user);
    const auto one = machine.feed(rows(story, static_cast<std::size_t>(first), 1));
    const auto two = machine.feed(rows(story, static_cast<std::size_t>(second), 1));
    BOOST_TEST_REQUIRE(two.has_value());
    BOOST_TEST(one.has_value() == (first == 1));
    BOOST_TEST(two->version == (first == 1 ? 2 : second + 1));
    BOOST_TEST((two->entity == entity_ref{entity_kind::account, user}));
    BOOST_TEST(machine.feed(rows(story, 1, 1)).has_value());
    BOOST_TEST(machine.version() == (first == 1 ? 0 : 1)); // nothing was applied after it
  }
}

BOOST_AUTO_TEST_CASE(an_event_that_does_not_follow_the_snapshot_is_corruption) {
  const auto story = charges(5);
  replay<account> machine(user);
  BOOST_TEST(!machine.start_from(snapshot_after(story, 3)));
  BOOST_TEST(machine.feed(rows(story, 4)).has_value());
}

BOOST_AUTO_TEST_CASE(unreadable_and_foreign_rows_are_corruption) {
  const auto corrupted = [](auto&& change) {
    auto story = charges(2);
    change(story.rows[1]);
    replay<account> machine(user);
    const auto corrupt = machine.feed(rows(story));
    BOOST_TEST(machine.version() == 1);
    return corrupt ? corrupt->what : std::string();
  };
  BOOST_TEST(corrupted([](stored_event& row) { row.row.data = "{}"; }) == "malformed charged at byte 2");
  BOOST_TEST(corrupted([](stored_event& row) { row.row.type = "seats_held"; }) == "unknown type seats_held");
  BOOST_TEST(corrupted([](stored_event& row) { row.entity.id = 43; }) == "an event of another entity: 43");
  BOOST_TEST(corrupted([](stored_event& row) { row.entity.kind = entity_kind::queue; }) != "");
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_cannot_be_used_leaves_the_machine_as_new) {
  const auto story = charges(2);
  replay<account> machine(user);
  auto row = snapshot_after(story, 1);
  row.format = 99;
  BOOST_TEST((machine.start_from(row) == unusable_snapshot::unknown_format));
  row.format = snapshot_format;
  row.data = "?";
  BOOST_TEST((machine.start_from(row) == unusable_snapshot::malformed));
  BOOST_TEST(!machine.feed(rows(story)));
  BOOST_TEST(machine.version() == 2);
}

BOOST_AUTO_TEST_CASE(a_loader_hands_the_machine_over_or_says_why_not) {
  const auto story = charges(4);
  const auto load = [&](auto&& deliver) {
    std::optional<account_loader::result> result;
    account_loader loader(user, [&](account_loader::result given, replayed_size) { result = std::move(given); });
    deliver(loader);
    BOOST_TEST_REQUIRE(result.has_value());
    return std::move(*result);
  };
  const auto whole = load([&](account_loader& loader) {
    loader.snapshot(snapshot_after(story, 2));
    loader.events(rows(story, 2));
    loader.loaded(4);
  });
  BOOST_TEST_REQUIRE(static_cast<bool>(whole));
  BOOST_TEST(whole->balance() == 40);

  const auto nothing_known = load([](account_loader& loader) { loader.loaded(0); });
  BOOST_TEST(nothing_known->version() == 0);

  const auto unusable = load([&](account_loader& loader) {
    auto row = snapshot_after(story, 2);
    row.format = 99;
    loader.snapshot(row);
    loader.events(rows(story, 2));
    loader.loaded(4);
  });
  BOOST_TEST(std::holds_alternative<unusable_snapshot>(unusable.error()));

  const auto gap = load([&](account_loader& loader) {
    loader.events(rows(story, 1));
    loader.loaded(4);
  });
  BOOST_TEST(std::get<corrupt_history>(gap.error()).version == 2);

  const auto short_of = load([&](account_loader& loader) {
    loader.events(rows(story, 0, 3));
    loader.loaded(4);
  });
  BOOST_TEST(std::holds_alternative<corrupt_history>(short_of.error()));

  const auto failed = load([](account_loader& loader) { loader.failed(database_failure::away); });
  BOOST_TEST((std::get<database_failure>(failed.error()) == database_failure::away));
}

BOOST_AUTO_TEST_SUITE_END()
