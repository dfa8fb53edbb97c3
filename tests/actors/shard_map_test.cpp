#include <boost/test/unit_test.hpp>

#include "actors/shard_map.hpp"

using namespace frontrow;
using namespace std::chrono_literals;
using actors::shard_map;

namespace {

constexpr cluster::node_number me = 1, other = 2, third = 3;
const cluster::steady_time now = cluster::steady_time{} + 1h;

using life = shard_map::life;
using way = shard_map::way;
using handler = shard_map::handler_to_serve;

/// Two shards, the first one brought into this state by its steps, with epoch 5 where it has one.
struct in {
  explicit in(life state) {
    map.join(me);
    map.trust_until(now + 1s);
    if (state == life::ahead)
      map.warm(0);
    if (state == life::serving || state == life::stopping)
      map.serve({0, 5});
    if (state == life::stopping)
      BOOST_REQUIRE(map.stop({0, 5}));
  }
  bool takes(cluster::epoch_number epoch) const { return map.takes(0, epoch); }
  bool is(life state, way to) const { return map.life_of(0) == state && map.way_of(0, now).way == to; }

  shard_map map{2};
};

} // namespace

BOOST_AUTO_TEST_SUITE(mapping_shards)

BOOST_AUTO_TEST_CASE(a_shard_that_nobody_spoke_of_is_nowhere) {
  const auto it = in(life::elsewhere);
  BOOST_TEST(it.is(life::elsewhere, way::unknown));
  BOOST_TEST(!it.takes(0));
  BOOST_TEST(it.map.epoch_of(0) == 0);
}

BOOST_AUTO_TEST_CASE(a_shard_that_loads_ahead_is_its_owners) {
  auto it = in(life::ahead);
  BOOST_TEST(it.is(life::ahead, way::unknown));
  BOOST_TEST(!it.takes(0));
  BOOST_TEST(it.map.learn(0, 4, other));
  BOOST_TEST(it.is(life::ahead, way::over_there));
}

BOOST_AUTO_TEST_CASE(a_claimed_shard_is_served_by_what_was_loaded_ahead_or_by_a_fresh_handler) {
  for (const auto from : {life::elsewhere, life::ahead}) {
    auto it = in(from);
    BOOST_TEST((it.map.serve({0, 5}) == (from == life::ahead ? handler::the_one_ahead : handler::fresh)));
    BOOST_TEST(it.is(life::serving, way::here));
    const auto there = it.map.way_of(0, now);
    BOOST_TEST(there.owner == me);
    BOOST_TEST(there.epoch == 5);
  }
}

BOOST_AUTO_TEST_CASE(only_a_served_shard_takes_letters_and_only_of_its_epoch) {
  for (const auto state : {life::elsewhere, life::ahead, life::serving, life::stopping}) {
    const auto it = in(state);
    BOOST_TEST(it.takes(0) == (state == life::serving));
    BOOST_TEST(it.takes(5) == (state == life::serving));
    BOOST_TEST(!it.takes(4));
    BOOST_TEST(!it.takes(6));
  }
}

BOOST_AUTO_TEST_CASE(only_a_shard_served_at_that_epoch_is_stopped) {
  for (const auto state : {life::elsewhere, life::ahead, life::serving, life::stopping}) {
    auto it = in(state);
    BOOST_TEST(!it.map.stop({0, 4}));
    BOOST_TEST((it.map.life_of(0) == state));
    BOOST_TEST(it.map.stop({0, 5}) == (state == life::serving));
  }
  BOOST_TEST(in(life::stopping).is(life::stopping, way::unknown)); // its letters wait for the next owner
}

BOOST_AUTO_TEST_CASE(only_a_shard_that_stops_at_that_epoch_has_stopped) {
  for (const auto state : {life::elsewhere, life::ahead, life::serving, life::stopping}) {
    auto it = in(state);
    BOOST_TEST(!it.map.stopped({0, 4}));
    BOOST_TEST((it.map.life_of(0) == state));
    BOOST_TEST(it.map.stopped({0, 5}) == (state == life::stopping));
  }
  auto it = in(life::stopping);
  BOOST_TEST(it.map.stopped({0, 5}));
  BOOST_TEST(it.is(life::elsewhere, way::unknown));
  BOOST_TEST(it.map.epoch_of(0) == 5);
}

BOOST_AUTO_TEST_CASE(a_late_word_of_an_earlier_life_ends_nothing) {
  auto it = in(life::stopping);
  BOOST_TEST(it.map.drop(0)); // its patience is over
  BOOST_TEST((it.map.serve({0, 7}) == handler::fresh));
  BOOST_TEST(it.map.stop({0, 7}));
  BOOST_TEST(!it.map.stopped({0, 5}));
  BOOST_TEST((it.map.life_of(0) == life::stopping));
}

BOOST_AUTO_TEST_CASE(a_dropped_shard_is_gone_whatever_it_was) {
  for (const auto state : {life::elsewhere, life::ahead, life::serving, life::stopping}) {
    auto it = in(state);
    BOOST_TEST(it.map.drop(0) == (state != life::elsewhere));
    BOOST_TEST(it.is(life::elsewhere, way::unknown));
    BOOST_TEST(!it.map.drop(0));
  }
}

BOOST_AUTO_TEST_CASE(what_is_dropped_while_another_owns_it_stays_the_others) {
  auto it = in(life::ahead);
  BOOST_TEST(it.map.learn(0, 4, other));
  BOOST_TEST(it.map.drop(0));
  BOOST_TEST(it.is(life::elsewhere, way::over_there));
}

BOOST_AUTO_TEST_CASE(news_count_if_they_are_newer_and_the_shard_is_not_served_here) {
  struct news {
    cluster::epoch_number epoch;
    cluster::node_number owner;
    bool known_after;
    bool letters_go;
  };
  for (const auto state : {life::elsewhere, life::ahead})
    for (const auto& [epoch, owner, known_after, letters_go] :
         {news{4, third, false, false}, news{5, other, true, false}, news{5, third, true, true},
          news{6, third, true, true}, news{6, other, true, true}, news{6, 0, true, false}}) {
      auto it = in(state);
      BOOST_TEST(it.map.learn(0, 5, other));
      BOOST_TEST(it.map.learn(0, epoch, owner) == letters_go);
      const auto places = it.map.places();
      BOOST_TEST((places[0].owner == owner && places[0].epoch == epoch) == known_after);
    }
  for (const auto state : {life::serving, life::stopping})
    for (const auto epoch : {4, 5, 6}) {
      auto it = in(state);
      BOOST_TEST(!it.map.learn(0, epoch, other));
      BOOST_TEST((it.map.life_of(0) == state));
      BOOST_TEST(it.map.epoch_of(0) == 5);
    }
}

BOOST_AUTO_TEST_CASE(what_this_node_gave_up_is_anothers_from_the_next_epoch_on) {
  auto it = in(life::serving);
  BOOST_TEST(it.map.drop(0));
  BOOST_TEST(!it.map.learn(0, 4, other)); // it had it before
  BOOST_TEST((it.map.way_of(0, now).way == way::unknown));
  BOOST_TEST(it.map.learn(0, 6, other));
  BOOST_TEST((it.map.way_of(0, now).way == way::over_there));
}

BOOST_AUTO_TEST_CASE(past_the_lease_only_what_is_served_here_stands_still) {
  auto it = in(life::serving);
  BOOST_TEST(it.map.learn(1, 1, other));
  BOOST_TEST(it.map.trusted(now + 999ms));
  BOOST_TEST(!it.map.trusted(now + 1s));
  BOOST_TEST((it.map.way_of(0, now + 999ms).way == way::here));
  BOOST_TEST((it.map.way_of(0, now + 1s).way == way::past_lease));
  BOOST_TEST(it.map.way_of(0, now + 1s).epoch == 5);
  BOOST_TEST((it.map.way_of(1, now + 1s).way == way::over_there));
  it.map.trust_until(now + 2s);
  BOOST_TEST((it.map.way_of(0, now + 1s).way == way::here));
}

BOOST_AUTO_TEST_CASE(nobody_is_trusted_before_the_first_renewal) {
  shard_map map{1};
  BOOST_TEST(!map.trusted(cluster::steady_time{}));
  BOOST_TEST(!map.trusted(cluster::steady_time::min()));
}

BOOST_AUTO_TEST_CASE(a_number_that_is_no_shard_takes_nothing) {
  const auto it = in(life::serving);
  for (const auto shard : {-1, 2, 1'000}) {
    BOOST_TEST(!it.map.takes(shard, 0));
    BOOST_TEST(it.map.epoch_of(shard) == 0);
  }
}

BOOST_AUTO_TEST_CASE(all_is_forgotten_at_the_end) {
  auto it = in(life::serving);
  it.map.forget_all();
  BOOST_TEST(it.is(life::elsewhere, way::unknown));
  BOOST_TEST(it.map.places().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_shard_in_which_nothing_wakes_is_told_so) {
  const domain::entity_ref one{domain::entity_kind::queue, 1}, two{domain::entity_kind::seat_map, 2};
  const auto by_shard = actors::to_wake_by_shard({0, 1}, {{one, 1}, {two, 1}});
  BOOST_REQUIRE(by_shard.size() == 2u);
  BOOST_TEST(by_shard.at(0).empty());
  BOOST_TEST((by_shard.at(1) == std::vector{one, two}));
}

BOOST_AUTO_TEST_SUITE_END()
