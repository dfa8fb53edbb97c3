#include "http/gathering.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>

using frontrow::http::gathering;
using std::chrono::milliseconds;
using items = std::vector<int>;

namespace {

struct moment {
  gathering<int>::time_point now{};
  gathering<int> it;

  items add(int item) { return it.add(item, now); }
  items answered() { return it.answered(now); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(gatherings, moment)

BOOST_AUTO_TEST_CASE(the_first_goes_at_once) {
  BOOST_TEST(add(1) == items{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_comes_while_a_message_is_under_way_goes_with_the_next_in_order) {
  add(1);
  BOOST_TEST(add(2).empty());
  BOOST_TEST(add(3).empty());
  BOOST_TEST(answered() == (items{2, 3}), boost::test_tools::per_element());
  BOOST_TEST(answered().empty());
  BOOST_TEST(add(4) == items{4}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_message_does_not_wait) {
  add(0);
  items gone;
  for (int item = 1; item <= 256; ++item)
    gone = add(item);
  items all(256);
  std::iota(all.begin(), all.end(), 1);
  BOOST_TEST(gone == all, boost::test_tools::per_element());
  BOOST_TEST(add(257).empty());
  BOOST_TEST(answered().empty()); // one of two
  BOOST_TEST(answered() == items{257}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_slow_answer_holds_nobody_back) {
  add(1);
  add(2);
  now += milliseconds{20};
  BOOST_TEST(add(3) == (items{2, 3}), boost::test_tools::per_element());
  BOOST_TEST(add(4).empty()); // behind a young one
}

BOOST_AUTO_TEST_CASE(when_a_message_comes_to_nothing_so_does_what_waited_behind_it) {
  add(1);
  add(2);
  add(3);
  BOOST_TEST(it.failed() == (items{2, 3}), boost::test_tools::per_element());
  BOOST_TEST(add(4) == items{4}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
