#include "http/shown_event.hpp"
#include "persistence/event_codec.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace frontrow;
using nlohmann::json;

namespace {

constexpr domain::place_secret secret{0xFE, 0xDC, 0xBA};
constexpr domain::command_id command{0x0123456789ABCDEF, 7};
const domain::instant at{domain::milliseconds{5}};

json shown(persistence::event_row row, domain::entity_kind kind = domain::entity_kind::queue) {
  persistence::stored_event event;
  event.entity = {kind, 1};
  event.version = 3;
  event.row = std::move(row);
  const auto text = http::shown_event(event);
  BOOST_TEST(text.find("fedcba") == std::string::npos, text);
  BOOST_TEST(text.find("/ty6") == std::string::npos, text);
  return json::parse(text).at("data");
}

const json crowd = json::parse(
    R"({"at":5,"first":2,"takers":[{"user":42,"command":"0123456789abcdef0000000000000007"},{"user":43}]})");

} // namespace

BOOST_AUTO_TEST_SUITE(shown_event)

BOOST_AUTO_TEST_CASE(whoever_reads_who_joined_learns_nobodys_token) {
  const auto one =
      shown(persistence::row_of(domain::queue::event{domain::place_taken{at, 2, 42, secret, command}}, "t"));
  BOOST_TEST(one ==
             json::parse(R"({"at":5,"place":2,"user":42,"command":"0123456789abcdef0000000000000007"})"));
  const domain::places_taken several{at, 2, {{42, secret, command}, {43, secret, {}}}};
  BOOST_TEST(shown(persistence::row_of(domain::queue::event{several}, "t u")) == crowd);
}

BOOST_AUTO_TEST_CASE(a_crowd_in_its_former_form_is_shown_alike) {
  persistence::event_row row;
  row.type = "places_taken";
  row.data =
      R"({"at":5,"first":2,"takers":[{"user":42,"secret":"fedcba00000000000000000000000000",)"
      R"("command":"0123456789abcdef0000000000000007"},{"user":43,"secret":"fedcba00000000000000000000000000"}]})";
  BOOST_TEST(shown(row) == crowd);
}

BOOST_AUTO_TEST_CASE(of_one_that_cannot_be_read_nothing_is_shown_that_might_be_a_secret) {
  persistence::event_row row;
  row.type = "places_taken_together";
  row.data = R"({"at":5,"users":[42],"secrets":"/ty6AAAAAAAAAAAAAAAAAA=="})";
  BOOST_TEST(shown(row).is_null());
  row.type = "of_a_later_version";
  BOOST_TEST(shown(row).is_null());
}

BOOST_AUTO_TEST_CASE(all_others_are_shown_as_they_stand) {
  const domain::places_ended ended{at, domain::place_end::left, {2, 3}};
  BOOST_TEST(shown(persistence::row_of(domain::queue::event{ended}, "t")) ==
             json::parse(R"({"at":5,"reason":"left","places":[2,3]})"));
  const domain::charged charged{at, command, 1, 500, 500};
  const auto row = persistence::row_of(domain::account::event{charged}, "t");
  BOOST_TEST(shown(row, domain::entity_kind::account) == json::parse(row.data));
}

BOOST_AUTO_TEST_SUITE_END()
