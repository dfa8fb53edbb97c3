#include "http/opaque_ids.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>

using namespace frontrow;
using namespace frontrow::http;

namespace {

constexpr auto largest = std::numeric_limits<std::int64_t>::max();

queue_token token_of(std::int64_t concert, std::int64_t place, std::uint8_t first) {
  queue_token token{concert, place, {}};
  for (auto& byte : token.secret)
    byte = first++;
  return token;
}

} // namespace

BOOST_AUTO_TEST_SUITE(opaque_ids)

BOOST_AUTO_TEST_CASE(a_queue_token_survives_the_way_to_the_client_and_back) {
  for (const auto& token : {token_of(1, 1, 0), token_of(largest, largest, 250), token_of(7, 123'456, 99)}) {
    const auto text = text_of(token);
    BOOST_TEST(text.size() == 43U);
    BOOST_TEST(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
               std::string::npos);
    BOOST_TEST((parse_queue_token(text) == token));
  }
}

BOOST_AUTO_TEST_CASE(a_queue_token_has_one_text_and_every_other_is_refused) {
  const auto text = text_of(token_of(7, 9, 3));
  BOOST_TEST(!parse_queue_token(""));
  BOOST_TEST(!parse_queue_token(text.substr(1)));
  BOOST_TEST(!parse_queue_token(text + "A"));
  BOOST_TEST(!parse_queue_token(text + "="));
  for (const char wrong : {'+', '/', '=', ' ', '\0', '\x80'}) {
    auto spoilt = text;
    spoilt[20] = wrong;
    BOOST_TEST(!parse_queue_token(spoilt));
  }
  // The last digit holds four bits; the two others must be zero.
  std::set<std::string> good;
  for (const char digit : std::string{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"}) {
    auto other = text;
    other.back() = digit;
    if (parse_queue_token(other))
      good.insert(other);
  }
  BOOST_TEST(good.size() == 16U);
  BOOST_TEST(!parse_queue_token(text_of(token_of(0, 9, 3))));
  BOOST_TEST(!parse_queue_token(text_of(token_of(7, 0, 3))));
  BOOST_TEST(!parse_queue_token(text_of(token_of(-1, 9, 3))));
}

BOOST_AUTO_TEST_CASE(ids_and_cursors_come_back_as_they_went) {
  for (const auto& [option, number] :
       {std::pair<std::int64_t, std::int64_t>{1, 1}, {31, 32}, {42, largest}, {largest, largest}}) {
    const purchase_id id{option, number};
    BOOST_TEST((parse_reservation(reservation_text(id)) == id));
    BOOST_TEST((parse_payment(payment_text(id)) == id));
    BOOST_TEST((parse_entry(entry_text({option, number})) == account_entry_id{option, number}));
    const persistence::party_cursor cursor{domain::instant{domain::milliseconds{number}}, option, number};
    BOOST_TEST((parse_cursor(cursor_text(cursor)) == cursor));
  }
  BOOST_TEST(reservation_text({1, 32}) == "r1-10");
}

BOOST_AUTO_TEST_CASE(an_id_of_another_kind_or_in_another_spelling_names_nothing) {
  BOOST_TEST(parse_reservation("r1-10").has_value());
  for (const auto* wrong : {"",
                            "r",
                            "r1",
                            "r1-",
                            "r-1",
                            "r1-1-1",
                            "r01-1",
                            "r1-01",
                            "r0-1",
                            "r1-0",
                            "R1-10",
                            "r1-1O",
                            "r1-i",
                            "r1-u",
                            "p1-10",
                            "r1-10 ",
                            " r1-10",
                            "r-1-1",
                            "r+1-1",
                            "r8000000000000-1",
                            "rzzzzzzzzzzzzz-1",
                            "r1000000000000000-1",
                            "1-10"})
    BOOST_TEST(!parse_reservation(wrong), wrong);
  BOOST_TEST(!parse_payment("r1-10"));
  BOOST_TEST(!parse_entry("c1-10"));
  BOOST_TEST(!parse_cursor("l1-10"));
}

BOOST_AUTO_TEST_SUITE_END()
