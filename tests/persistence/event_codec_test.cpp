#include "persistence/described_json.hpp"
#include "persistence/event_codec.hpp"
#include "tests/persistence/event_samples.hpp"
#include "tests/persistence/golden_file.hpp"
#include "tests/persistence/random_fill.hpp"

#include <boost/mp11/algorithm.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace frontrow::test {

/// A struct that got a field after its first texts were written.
struct grown {
  std::int64_t old_field = 0;
  std::int64_t new_field = 9;
};
BOOST_DESCRIBE_STRUCT(grown, (), (old_field, new_field))

} // namespace frontrow::test

template <>
inline constexpr std::array<std::string_view, 1>
    frontrow::persistence::fields_added_later<frontrow::test::grown>{"new_field"};

using namespace frontrow;
using namespace frontrow::persistence;
using test::sample;
using why = unreadable_event::why;

namespace {

template <class Event>
std::string text_of(const Event& event) {
  std::string text;
  append_event(text, event);
  return text;
}

/// Calls `visit(event variant holding a sample)` for each alternative of each machine's events.
template <class Visit>
void for_each_event_type(Visit&& visit) {
  const auto each_of = [&]<class Event>(std::type_identity<Event>) {
    boost::mp11::mp_for_each<boost::mp11::mp_iota<boost::mp11::mp_size<Event>>>(
        [&](auto index) { visit(Event(sample<std::variant_alternative_t<index, Event>>())); });
  };
  each_of(std::type_identity<domain::account::event>{});
  each_of(std::type_identity<domain::queue::event>{});
  each_of(std::type_identity<domain::seat_map::event>{});
}

/// The samples' event as read from `data`, or why not.
template <class Alternative>
std::optional<why> refusal_of(std::string_view data) {
  using Event =
      std::conditional_t<std::is_constructible_v<domain::account::event, Alternative>, domain::account::event,
                         std::conditional_t<std::is_constructible_v<domain::queue::event, Alternative>,
                                            domain::queue::event, domain::seat_map::event>>;
  const auto event = decode_event<Event>(event_name<Alternative>, data);
  return event ? std::nullopt : std::optional(event.error().reason);
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_codec)

BOOST_AUTO_TEST_CASE(every_event_is_written_exactly_as_its_golden_file_says) {
  int events = 0;
  for_each_event_type([&](const auto& event) {
    const std::string name(type_of(event));
    const auto expected = test::golden(name + ".v1");
    BOOST_TEST_REQUIRE(expected.has_value(),
                       "tests/persistence/golden/" + name + ".v1.json is missing; it should be\n"
                           << text_of(event));
    BOOST_TEST(text_of(event) == *expected);
    ++events;
  });
  BOOST_TEST(events == 21);
}

BOOST_AUTO_TEST_CASE(every_golden_file_is_read_as_the_event_that_it_was) {
  for_each_event_type([&](const auto& event) {
    const auto text = test::golden(std::string(type_of(event)) + ".v1").value_or("");
    const auto read = decode_event<std::decay_t<decltype(event)>>(type_of(event), text);
    BOOST_TEST_REQUIRE(static_cast<bool>(read), type_of(event));
    BOOST_TEST(read->index() == event.index());
    BOOST_TEST(text_of(*read) == text_of(event));
  });
}

BOOST_AUTO_TEST_CASE(a_crowd_is_still_read_in_its_former_form) {
  const auto text = test::golden("places_taken.v1").value_or("");
  const auto read = decode_event<domain::queue::event>("places_taken", text);
  BOOST_TEST_REQUIRE(static_cast<bool>(read));
  BOOST_TEST(text_of(*read) == text_of(domain::queue::event(sample<domain::places_taken>())));
  // each form under its own name
  BOOST_TEST(!decode_event<domain::queue::event>("places_taken_together", text));
  BOOST_TEST(!decode_event<domain::queue::event>("places_taken", text_of(*read)));
}

BOOST_AUTO_TEST_CASE(the_text_survives_what_jsonb_does_to_it) {
  for_each_event_type([&](const auto& event) {
    // like jsonb, nlohmann's tree reorders members and spaces them anew
    const auto reordered = nlohmann::json::parse(text_of(event)).dump(2);
    const auto read = decode_event<std::decay_t<decltype(event)>>(type_of(event), reordered);
    BOOST_TEST_REQUIRE(static_cast<bool>(read), reordered);
    BOOST_TEST(text_of(*read) == text_of(event));
  });
}

BOOST_AUTO_TEST_CASE(any_event_is_read_as_it_was_written) {
  test::random_source random("any_event_is_read_as_it_was_written");
  for (int round = 0; round < 5'000; ++round) {
    for_each_event_type([&](const auto& example) {
      auto event = example;
      std::visit([&](auto& happened) { test::fill(random, happened); }, event);
      const auto text = text_of(event);
      const auto read = decode_event<std::decay_t<decltype(event)>>(type_of(event), text);
      if (!read || text_of(*read) != text || read->index() != event.index())
        BOOST_FAIL("not the same after reading: " << text);
      if (round % 50 == 0 && !nlohmann::json::accept(text))
        BOOST_FAIL("no JSON: " << text);
    });
  }
}

BOOST_AUTO_TEST_CASE(a_row_names_its_type_time_and_party) {
  const auto held = row_of(domain::seat_map::event(sample<domain::seats_held>()), "trace-1");
  BOOST_TEST(held.type == "seats_held");
  BOOST_TEST((held.at == test::at(12)));
  BOOST_TEST((held.party == 42));
  BOOST_TEST(held.trace_id == "trace-1");
  BOOST_TEST(held.data == text_of(domain::seat_map::event(sample<domain::seats_held>())));
  BOOST_TEST(!row_of(domain::seat_map::event(sample<domain::option_opened>()), "").party);
  // only seat maps' events are found by their user
  BOOST_TEST(!row_of(domain::queue::event(sample<domain::place_taken>()), "").party);
}

BOOST_AUTO_TEST_CASE(a_command_id_is_left_out_when_there_is_none) {
  auto event = sample<domain::charged>();
  event.command = {};
  const auto text = text_of(domain::account::event(event));
  BOOST_TEST(text.find("command") == std::string::npos);
  const auto read = decode_event<domain::account::event>("charged", text);
  BOOST_TEST_REQUIRE(static_cast<bool>(read));
  BOOST_TEST((std::get<domain::charged>(*read).command == domain::command_id{}));
}

BOOST_AUTO_TEST_CASE(unknown_members_are_ignored_whatever_they_hold) {
  const auto read = decode_event<domain::seat_map::event>(
      "availability_known",
      R"({"later":{"a":[1,null,{"b":"\u00e9"}],"c":-1.5e3},"at":5,"number":6,"more":true})");
  BOOST_TEST_REQUIRE(static_cast<bool>(read));
  BOOST_TEST(std::get<domain::availability_known>(*read).number == 6);
}

BOOST_AUTO_TEST_CASE(of_a_member_that_comes_twice_the_last_counts) {
  const auto read = decode_event<domain::queue::event>(
      "places_ended", R"({"at":1,"reason":"left","places":[1,2],"places":[3],"at":2})");
  BOOST_TEST_REQUIRE(static_cast<bool>(read));
  BOOST_TEST((std::get<domain::places_ended>(*read).places == std::vector<domain::place_number>{3}));
  BOOST_TEST((std::get<domain::places_ended>(*read).at == domain::instant(domain::milliseconds(2))));
}

BOOST_AUTO_TEST_CASE(a_field_added_later_may_be_missing_and_keeps_its_default) {
  const auto old_text = from_json<test::grown>(R"({"old_field":1})");
  BOOST_TEST_REQUIRE(old_text.has_value());
  BOOST_TEST(old_text->new_field == 9);
  BOOST_TEST(from_json<test::grown>(R"({"old_field":1,"new_field":2})")->new_field == 2);
  BOOST_TEST(!from_json<test::grown>(R"({"new_field":2})").has_value());
}

BOOST_AUTO_TEST_CASE(every_member_but_the_command_must_be_there) {
  for_each_event_type([&](const auto& event) {
    const auto whole = nlohmann::json::parse(text_of(event));
    for (const auto& [name, value] : whole.items()) {
      auto without = whole;
      without.erase(name);
      const auto read = decode_event<std::decay_t<decltype(event)>>(type_of(event), without.dump());
      BOOST_TEST(static_cast<bool>(read) == (name == "command"), type_of(event) << " without " << name);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_type_of_another_kind_is_unknown) {
  const auto data = text_of(domain::account::event(sample<domain::charged>()));
  const auto read = decode_event<domain::queue::event>("charged", data);
  BOOST_TEST(!read);
  BOOST_TEST((read.error().reason == why::unknown_type));
  BOOST_TEST((decode_event<domain::account::event>("", data).error().reason == why::unknown_type));
}

BOOST_AUTO_TEST_CASE(what_is_not_the_grammar_is_malformed) {
  const char* known[] = {"",
                         " ",
                         "null",
                         "[]",
                         "{}",
                         "7",
                         "\"a\"",
                         R"({"at":1,"number":2)",
                         R"({"at":1,"number":2}x)",
                         R"({"at":1,"number":2,})",
                         R"({"at":1 "number":2})",
                         R"({"at":1.0,"number":2})",
                         R"({"at":1e3,"number":2})",
                         R"({"at":"1","number":2})",
                         R"({"at":01,"number":2})",
                         R"({"at":+1,"number":2})",
                         R"({"at":null,"number":2})",
                         R"({"at":9223372036854775808,"number":2})",
                         R"({"at":-9223372036854775809,"number":2})",
                         R"({"at":1,"number":true})",
                         "{\"at\":1,\"number\":2,\"x\":\"\xff\"}",
                         "{\"at\":1,\"number\":2,\"x\":\"\xc0\x80\"}",
                         "{\"at\":1,\"number\":2,\"x\":\"\xed\xa0\x80\"}",
                         R"({"at":1,"number":2,"x":"\ud800"})",
                         R"({"at":1,"number":2,"x":"\q"})",
                         R"({"at":1,"number":2,"x":"\)",
                         "{\"at\":1,\"number\":2,\"x\":\"\n\"}",
                         R"({"at":1,"number":2,"x":nul})",
                         R"({"at":1,"number":2,"x":-})",
                         R"({"at":1,"number":2,"x":1.})"};
  for (const auto* data : known)
    BOOST_TEST((refusal_of<domain::availability_known>(data) == why::malformed), data);
  BOOST_TEST((refusal_of<domain::availability_known>(R"( {"at" :1 ,"number":-2} )") == std::nullopt));

  const char* ended[] = {
      R"({"at":1,"reason":"gone","places":[1]})",  R"({"at":1,"reason":1,"places":[1]})",
      R"({"at":1,"reason":"left","places":[1,]})", R"({"at":1,"reason":"left","places":[1 2]})",
      R"({"at":1,"reason":"left","places":{}})",   R"({"at":1,"reason":"left","places":["1"]})"};
  for (const auto* data : ended)
    BOOST_TEST((refusal_of<domain::places_ended>(data) == why::malformed), data);

  const char* taken[] = {
      R"({"at":1,"place":1,"user":1,"secret":"00112233445566778899aabbccddeef"})",
      R"({"at":1,"place":1,"user":1,"secret":"00112233445566778899aabbccddeegg"})",
      R"({"at":1,"place":1,"user":1,"secret":"00112233445566778899aabbccddeeff","command":"12"})",
      R"({"at":1,"place":1,"user":1,"secret":"00112233445566778899aabbccddeeff","command":""})"};
  for (const auto* data : taken)
    BOOST_TEST((refusal_of<domain::place_taken>(data) == why::malformed), data);

  const std::string one = "ABEiM0RVZneImaq7zN3u/w==", of_the_first = "AAEjRWeJq83v/ty6mHZUMhA=",
                    of_the_second = "AQEjRWeJq83v/ty6mHZUMhA=";
  const auto crowd = [](const std::string& users, const std::string& secrets, const std::string& commands) {
    return refusal_of<domain::places_taken>(R"({"at":1,"first":1,"users":)" + users + R"(,"secrets":)" +
                                            secrets + R"(,"commands":)" + commands + "}");
  };
  const auto quoted = [](const std::string& column) { return '"' + column + '"'; };
  BOOST_TEST((crowd("[7]", quoted(one), quoted(of_the_first)) == std::nullopt));
  BOOST_TEST((crowd("[7]", quoted(one), quoted("")) == std::nullopt));
  BOOST_TEST((crowd("[7]", quoted(one), quoted(of_the_second)) == why::malformed));
  BOOST_TEST((crowd("[7]", quoted(one), quoted(of_the_first.substr(4))) == why::malformed));
  BOOST_TEST((crowd("[7]", quoted(one), "null") == why::malformed));
  BOOST_TEST((crowd("[7,8]", quoted(one), quoted("")) == why::malformed));
  BOOST_TEST((crowd("[]", quoted(one), quoted("")) == why::malformed));
  BOOST_TEST((crowd("[7]", quoted("ABEiM0RVZneImaq7zN3u/*=="), quoted("")) == why::malformed));
  BOOST_TEST((crowd("[\"7\"]", quoted(one), quoted("")) == why::malformed));
  BOOST_TEST((crowd("7", quoted(one), quoted("")) == why::malformed));
  // an int32 does not take more
  BOOST_TEST((refusal_of<domain::places_admitted>(R"({"at":1,"through":1,"count":2147483648,"until":1})") ==
              why::malformed));
}

BOOST_AUTO_TEST_CASE(nesting_has_an_end) {
  const auto nested = [](int depth) {
    return R"({"at":1,"number":2,"x":)" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "}";
  };
  BOOST_TEST((refusal_of<domain::availability_known>(nested(json_reader::depth_max - 1)) == std::nullopt));
  BOOST_TEST((refusal_of<domain::availability_known>(nested(json_reader::depth_max)) == why::malformed));
  BOOST_TEST((refusal_of<domain::availability_known>(nested(1'000'000)) == why::malformed));
}

BOOST_AUTO_TEST_CASE(any_cut_or_flipped_byte_is_read_or_refused_but_never_harmful) {
  test::random_source random("any_cut_or_flipped_byte_is_read_or_refused_but_never_harmful");
  for_each_event_type([&](const auto& event) {
    const auto text = text_of(event);
    for (std::size_t length = 0; length < text.size(); ++length)
      BOOST_TEST(!decode_event<std::decay_t<decltype(event)>>(type_of(event), text.substr(0, length)));
    for (int round = 0; round < 2'000; ++round) {
      auto broken = text;
      broken[static_cast<std::size_t>(random.between(0, std::ssize(text) - 1))] =
          static_cast<char>(random.bits());
      const auto read = decode_event<std::decay_t<decltype(event)>>(type_of(event), broken);
      if (read && !nlohmann::json::accept(broken))
        BOOST_FAIL("taken for JSON: " << broken);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
