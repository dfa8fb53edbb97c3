#include "http/listener_count.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>

using namespace frontrow::http;

namespace {

bool refused(const std::variant<listener_ticket, listener_count::refusal>& answer,
             listener_count::refusal why) {
  const auto* refusal = std::get_if<listener_count::refusal>(&answer);
  return refusal != nullptr && *refusal == why;
}

} // namespace

BOOST_AUTO_TEST_SUITE(listener_counts)

BOOST_AUTO_TEST_CASE(streams_are_limited_in_all_and_by_address_and_come_free_again) {
  metrics figures;
  listener_count count{{.all_max = 3, .per_address_max = 2}, figures};
  const auto one = peer_address::parse("192.0.2.1");
  const auto other = peer_address::parse("192.0.2.2");
  auto first = std::optional{count.admit(one, stream_kind::queue)};
  const auto second = count.admit(one, stream_kind::seats);
  BOOST_TEST(refused(count.admit(one, stream_kind::queue), listener_count::refusal::too_many_of_address));
  const auto third = count.admit(other, stream_kind::queue);
  BOOST_TEST(refused(count.admit(other, stream_kind::queue), listener_count::refusal::too_many));
  BOOST_TEST(count.open() == 3U);
  BOOST_TEST(figures.text().find(R"(frontrow_listeners_open{stream="queue"} 2)") != std::string::npos);
  first.reset();
  BOOST_TEST(count.open() == 2U);
  const auto again = count.admit(one, stream_kind::queue);
  BOOST_TEST(std::holds_alternative<listener_ticket>(again));
}

BOOST_AUTO_TEST_CASE(neighbours_in_one_ipv6_network_count_as_one_address) {
  metrics figures;
  listener_count count{{.all_max = 9, .per_address_max = 1}, figures};
  const auto kept = count.admit(peer_address::parse("2001:db8::1"), stream_kind::queue);
  BOOST_TEST(refused(count.admit(peer_address::parse("2001:db8::2"), stream_kind::queue),
                     listener_count::refusal::too_many_of_address));
}

BOOST_AUTO_TEST_CASE(a_front_that_leaves_admits_nobody) {
  metrics figures;
  listener_count count{{}, figures};
  count.close_door();
  BOOST_TEST(refused(count.admit({}, stream_kind::queue), listener_count::refusal::leaving));
}

BOOST_AUTO_TEST_SUITE_END()
