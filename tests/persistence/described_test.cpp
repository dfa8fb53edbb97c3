#include "persistence/described.hpp"
#include "persistence/json_text.hpp"
#include "tests/domain/random_source.hpp"

#include <boost/pfr/tuple_size.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace frontrow::domain;
using namespace frontrow::persistence;

namespace {

/// All fields that the compiler sees are listed: one that is forgotten would be lost in the journal.
template <class... Structs>
void all_fields_listed() {
  static_assert(((boost::pfr::tuple_size_v<Structs> == field_count<Structs>)&&...));
}

} // namespace

BOOST_AUTO_TEST_SUITE(described)

BOOST_AUTO_TEST_CASE(no_field_is_forgotten) {
  all_fields_listed<entity_ref, command_id, refused, tick, done>();
  all_fields_listed<payment_ref, charge, debit, refund, read_balance, charged, debited, debit_refused,
                    refunded, charge_made, debit_made, debit_declined, refund_made, balance_view>();
  all_fields_listed<account::snapshot_type, account::snapshot_type::remembered_charge,
                    account::snapshot_type::remembered_debit>();
  all_fields_listed<queue_policy, open_queue, join_queue, join_together, joined_together, read_place,
                    read_places, leave_queue, complete_place, change_policy, report_option, read_queue>();
  all_fields_listed<queue_opened, place_taken, places_taken, places_taken::taker, places_admitted,
                    places_ended, policy_changed, option_reported, place_view, places_read, queue_view>();
  all_fields_listed<queue::snapshot_type, queue::snapshot_type::place, queue::snapshot_type::option>();
  all_fields_listed<section, option_terms, seat_place, open_option, hold_seats, hold_best, release_hold, pay,
                    cancel_payment, read_reservation, read_payment, read_seats, read_availability, effect>();
  all_fields_listed<option_opened, seats_held, hold_released, payment_started, payment_failed, seats_sold,
                    place_released, cancellation_started, seats_returned, availability_known,
                    reservation_view, payment_view, seat_list, availability>();
  all_fields_listed<seat_map::snapshot_type, seat_map::snapshot_type::reservation,
                    seat_map::snapshot_type::payment>();
  all_fields_listed<answered_debit, answered_refund, answered_done>();
}

BOOST_AUTO_TEST_CASE(enum_values_go_by_their_names) {
  BOOST_TEST(name_of_value(release_reason::payment_refused) == "payment_refused");
  BOOST_TEST(name_of_value(static_cast<release_reason>(77)).empty());
  auto reason = release_reason::lapsed;
  BOOST_TEST(!value_of_name("Given_up", reason));
  BOOST_TEST((reason == release_reason::lapsed));
  BOOST_TEST(value_of_name("given_up", reason));
  BOOST_TEST((reason == release_reason::given_up));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(the_reader_takes_exactly_what_is_json) {
  frontrow::test::random_source random("the_reader_takes_exactly_what_is_json");
  constexpr std::string_view pieces[] = {"{",
                                         "}",
                                         "[",
                                         "]",
                                         ",",
                                         ":",
                                         "\"",
                                         "\"a\"",
                                         "\"\\u00e9\"",
                                         "\\",
                                         "\\ud83c",
                                         "\\udfab",
                                         "0",
                                         "-",
                                         "1",
                                         ".",
                                         "e",
                                         "+",
                                         "true",
                                         "false",
                                         "null",
                                         " ",
                                         "\"\xc3\xa9\"",
                                         "\xc3",
                                         "\xf0\x9f\x8e\xab",
                                         "\n",
                                         "\x01"};
  int accepted = 0;
  for (int round = 0; round < 300'000; ++round) {
    std::string text;
    for (auto left = random.between(1, 7); left > 0; --left)
      text += pieces[random.between(0, std::ssize(pieces) - 1)];
    json_reader reader(text);
    const bool taken = reader.skip() && reader.at_end();
    if (taken != nlohmann::json::accept(text))
      BOOST_FAIL((taken ? "wrongly taken: " : "wrongly refused: ") << text);
    accepted += taken ? 1 : 0;
  }
  BOOST_TEST(accepted > 1'000);
}

BOOST_AUTO_TEST_CASE(texts_are_read_as_they_were_meant) {
  frontrow::test::random_source random("texts_are_read_as_they_were_meant");
  for (int round = 0; round < 50'000; ++round) {
    std::string escaped = "\"";
    for (auto left = random.between(0, 6); left > 0; --left) {
      constexpr std::string_view pieces[] = {
          "a",   "\\n",     "\\\"",    "\\\\",           "\\/",     "\\b",      "\\f", "\\t",
          "\\r", "\\u0041", "\\u00E9", "\\ud83c\\udfab", "\\u20ac", "\xc3\xa9", "좌"};
      escaped += pieces[random.between(0, std::ssize(pieces) - 1)];
    }
    escaped += '"';
    std::string meant;
    json_reader reader(escaped);
    BOOST_REQUIRE(reader.string(meant));
    BOOST_REQUIRE_EQUAL(meant, nlohmann::json::parse(escaped).get<std::string>());
    std::string written;
    append_string(written, meant);
    BOOST_REQUIRE_EQUAL(nlohmann::json::parse(written).get<std::string>(), meant);
  }
}

BOOST_AUTO_TEST_SUITE_END()
