#include "http/ticket.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::http;

namespace {

const ticket_facts sample{"p1-4", 1, 2, 42, {"VIP-1-10", "VIP-1-11"}, "2026-12-24T11:00:00.000Z"};
/// RFC 8032, 7.1, test 1: its secret key and what belongs to it.
constexpr auto known_secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr auto known_public = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

} // namespace

BOOST_AUTO_TEST_SUITE(tickets)

BOOST_AUTO_TEST_CASE(what_was_signed_is_what_is_read) {
  const ticket_signer signer{known_secret};
  const auto ticket = signer.sign(sample);
  BOOST_TEST(ticket.starts_with("FR1."));
  BOOST_TEST((verify_ticket(ticket, signer.public_key()) == sample));
  BOOST_TEST(signer.sign(sample) == ticket);
}

BOOST_AUTO_TEST_CASE(the_key_is_that_of_rfc_8032) {
  BOOST_TEST(ticket_signer{known_secret}.public_key() == known_public);
}

BOOST_AUTO_TEST_CASE(no_character_may_be_changed_left_out_or_added) {
  const ticket_signer signer{known_secret};
  const auto ticket = signer.sign(sample);
  for (std::size_t at = 0; at < ticket.size(); ++at) {
    auto changed = ticket;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    BOOST_TEST(!verify_ticket(changed, signer.public_key()), "changed at " << at);
    BOOST_TEST(!verify_ticket(ticket.substr(0, at), signer.public_key()), "cut at " << at);
  }
  BOOST_TEST(!verify_ticket(ticket + "A", signer.public_key()));
  BOOST_TEST(!verify_ticket(ticket + "\n", signer.public_key()));
}

BOOST_AUTO_TEST_CASE(another_key_does_not_fit) {
  const auto ticket = ticket_signer{known_secret}.sign(sample);
  BOOST_TEST(!verify_ticket(ticket, ticket_signer{"another"}.public_key()));
  for (const auto* key : {"", "A", "not a key", "AAAA"})
    BOOST_TEST(!verify_ticket(ticket, key), key);
}

BOOST_AUTO_TEST_CASE(what_is_no_ticket_is_refused) {
  const auto key = ticket_signer{known_secret}.public_key();
  for (const auto* text : {"", ".", "FR1.", "FR1..", "FR1.e30.e30", "FR2.e30.AAAA", "FR1.====.===="})
    BOOST_TEST(!verify_ticket(text, key), text);
  BOOST_TEST(!verify_ticket(std::string(1'000'000, '.'), key));
}

BOOST_AUTO_TEST_SUITE_END()
