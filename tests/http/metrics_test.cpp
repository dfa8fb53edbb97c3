#include "http/metrics.hpp"
#include "http/rate_limit.hpp"
#include "http/router.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::http;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(figures)

BOOST_AUTO_TEST_CASE(what_is_counted_is_told) {
  metrics all;
  all.counter("frontrow_refusals_total", "Refusals", {{"reason", "SEAT_TAKEN"}}).Increment(3);
  all.counter("frontrow_refusals_total", "Refusals", {{"reason", "SEAT_TAKEN"}}).Increment();
  auto& length = all.gauge("frontrow_queue_length", "Waiting");
  all.before_reading([&length] { length.Set(7); });
  all.histogram("frontrow_journal_batch_events", "Events in a batch", {1, 10}).Observe(5);
  auto text = all.text();
  for (auto line :
       {"frontrow_refusals_total{reason=\"SEAT_TAKEN\"} 4", "frontrow_queue_length 7",
        "frontrow_journal_batch_events_bucket{le=\"10\"} 1", "# TYPE frontrow_queue_length gauge"})
    BOOST_TEST(text.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(requests_are_counted_by_route_and_status) {
  route_table routes;
  const auto& hello = routes.add(method::get, "/hello", "hello", access::open);
  metrics all;
  request_metrics counted{all, "public", routes};
  counted.count(&hello, 200, 0.002);
  counted.count(&hello, 200, 0.002);
  counted.count(&hello, 418, 0.002);
  counted.count(nullptr, 404, 0.002);
  auto text = all.text();
  for (auto line : {R"(frontrow_http_requests_total{listener="public",route="hello",status="200"} 2)",
                    R"(frontrow_http_requests_total{listener="public",route="hello",status="418"} 1)",
                    R"(frontrow_http_requests_total{listener="public",route="none",status="404"} 1)",
                    R"(frontrow_http_request_seconds_count{listener="public",route="hello"} 3)"})
    BOOST_TEST(text.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(limits_of_rate)

namespace {

constexpr rate_limits::time_point begin{};

rate_limits limited(double per_second, double burst, std::size_t entries_max = 1000) {
  return rate_limits{{rate_limit_options::state::on, {per_second, burst}, {per_second, burst}, entries_max}};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_burst_passes_and_then_the_rate) {
  auto limits = limited(10, 5);
  for (int each = 0; each < 5; ++each)
    BOOST_TEST(!limits.refuse_user(1, begin).has_value());
  BOOST_TEST(limits.refuse_user(1, begin).value().count() == 100);
  BOOST_TEST(limits.refuse_user(1, begin + 50ms).value().count() == 50);
  BOOST_TEST(!limits.refuse_user(1, begin + 100ms).has_value());
  BOOST_TEST(limits.refuse_user(1, begin + 100ms).has_value());
  int passed = 0;
  for (int each = 0; each < 100; ++each)
    passed += limits.refuse_user(1, begin + 1h) ? 0 : 1;
  BOOST_TEST(passed == 5);
}

BOOST_AUTO_TEST_CASE(time_that_seems_to_go_back_gives_nothing) {
  auto limits = limited(10, 1);
  BOOST_TEST(!limits.refuse_user(1, begin + 10s).has_value());
  BOOST_TEST(limits.refuse_user(1, begin).has_value());
}

BOOST_AUTO_TEST_CASE(each_user_and_address_has_a_bucket_of_its_own) {
  auto limits = limited(1, 1);
  BOOST_TEST(!limits.refuse_user(1, begin).has_value());
  BOOST_TEST(!limits.refuse_user(2, begin).has_value());
  BOOST_TEST(limits.refuse_user(1, begin).has_value());
  BOOST_TEST(!limits.refuse_address(peer_address::parse("192.0.2.1"), begin).has_value());
  BOOST_TEST(!limits.refuse_address(peer_address::parse("192.0.2.2"), begin).has_value());
  BOOST_TEST(limits.refuse_address(peer_address::parse("192.0.2.1"), begin).has_value());
}

BOOST_AUTO_TEST_CASE(one_ipv6_network_is_one_address) {
  auto limits = limited(1, 1);
  BOOST_TEST(!limits.refuse_address(peer_address::parse("2001:db8:1:2::1"), begin).has_value());
  BOOST_TEST(limits.refuse_address(peer_address::parse("2001:db8:1:2:ffff::9"), begin).has_value());
  BOOST_TEST(!limits.refuse_address(peer_address::parse("2001:db8:1:3::1"), begin).has_value());
}

BOOST_AUTO_TEST_CASE(the_table_is_bounded_and_forgets_the_least_recent) {
  auto limits = limited(1, 1, 160);
  for (int user = 1; user <= 10000; ++user)
    limits.refuse_user(user, begin);
  BOOST_TEST(limits.remembered() <= 160U);
  BOOST_TEST(limits.refuse_user(10000, begin).has_value());
  BOOST_TEST(!limits.refuse_user(1, begin).has_value());
}

BOOST_AUTO_TEST_CASE(switched_off_it_refuses_nobody) {
  rate_limits off{{rate_limit_options::state::off, {1, 1}, {1, 1}, 10}};
  for (int each = 0; each < 100; ++each)
    BOOST_TEST(!off.refuse_user(1, begin).has_value());
  BOOST_TEST(off.remembered() == 0U);
}

BOOST_AUTO_TEST_CASE(addresses_are_written_as_people_do) {
  for (auto text : {"192.0.2.7", "2001:db8::7", "::1"})
    BOOST_TEST(peer_address::parse(text).text() == text);
}

BOOST_AUTO_TEST_SUITE_END()
