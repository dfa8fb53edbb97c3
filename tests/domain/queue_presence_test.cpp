#include "domain/queue_presence.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace frontrow::domain;

namespace {

constexpr instant noon{milliseconds{1'800'000'000'000}};

std::vector<place_number> by_last_seen(const queue_presence& presence) {
  std::vector<place_number> places;
  for (auto place = presence.longest_unseen(); place != 0; place = presence.next_unseen(place))
    places.push_back(place);
  return places;
}

} // namespace

BOOST_AUTO_TEST_SUITE(queue_presence_rules)

BOOST_AUTO_TEST_CASE(the_longest_unseen_comes_first_whoever_is_seen_leaves_or_is_forgotten) {
  queue_presence presence(11);
  BOOST_TEST(presence.longest_unseen() == 0);
  for (int i = 0; i < 4; ++i)
    presence.append(noon + seconds{i});
  presence.append_gone();
  BOOST_TEST((by_last_seen(presence) == std::vector<place_number>{11, 12, 13, 14}));
  presence.see(12, noon + seconds{9});
  presence.see(11, noon + seconds{10});
  presence.see(11, noon + seconds{11});
  BOOST_TEST((by_last_seen(presence) == std::vector<place_number>{13, 14, 12, 11}));
  presence.remove(13);
  presence.remove(11);
  presence.forget_front();
  BOOST_TEST((by_last_seen(presence) == std::vector<place_number>{14, 12}));
  BOOST_TEST((presence.last_seen(12) == noon + seconds{9}));
  presence.remove(14);
  presence.remove(12);
  BOOST_TEST(presence.longest_unseen() == 0);
}

BOOST_AUTO_TEST_CASE(a_clock_that_runs_backwards_keeps_the_order_of_times) {
  queue_presence presence;
  presence.append(noon);
  presence.append(noon);
  presence.see(1, noon + seconds{2});
  presence.see(2, noon + seconds{1});
  BOOST_TEST((by_last_seen(presence) == std::vector<place_number>{1, 2}));
  BOOST_TEST((presence.last_seen(2) == noon + seconds{2}));
}

BOOST_AUTO_TEST_CASE(who_is_seen_again_by_an_earlier_clock_was_not_seen_earlier) {
  queue_presence presence;
  presence.append(noon);
  presence.append(noon);
  presence.see(2, noon + seconds{2});
  presence.see(2, noon + seconds{1});
  BOOST_TEST((presence.last_seen(2) == noon + seconds{2}));
}

BOOST_AUTO_TEST_CASE(a_new_life_sees_everyone_and_nobody_earlier_than_they_were) {
  queue_presence presence;
  presence.append(noon);
  presence.append(noon + seconds{7});
  presence.see_all(noon + seconds{5});
  BOOST_TEST((presence.last_seen(1) == noon + seconds{5}));
  BOOST_TEST((presence.last_seen(2) == noon + seconds{7}));
}

BOOST_AUTO_TEST_SUITE_END()
