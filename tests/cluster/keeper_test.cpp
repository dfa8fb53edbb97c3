#include <boost/test/unit_test.hpp>

#include "cluster/keeper.hpp"

using namespace frontrow::cluster;
using namespace std::chrono_literals;

namespace {

constexpr node_number me = 1, other = 2, dead = 9;
const steady_time begin{};

/// One shard, two living nodes.
struct one_shard {
  one_shard() {
    for (const auto number : {me, other}) {
      member who;
      who.number = number;
      view.members.push_back(who);
    }
    view.shards.resize(1);
  }
  keeper_orders look(shard_entry entry, steady_time now = begin) {
    view.shards[0] = entry;
    return self.look(view, now);
  }
  /// Owned since epoch 5.
  void own() {
    look({4, 0, me, 0, 0});
    self.claimed({{0, 5}});
  }

  cluster_view view;
  keeper self{me, {5s, 2s}};
};

bool nothing(const keeper_orders& orders) {
  return orders.warm.empty() && orders.cool.empty() && orders.claim.empty() && orders.stop.empty() &&
         orders.drop.empty() && orders.release.empty() && orders.prepared.empty();
}

using shards = std::vector<shard_id>;
using owned = std::vector<owned_shard>;

} // namespace

BOOST_AUTO_TEST_SUITE(keeping)

BOOST_AUTO_TEST_CASE(a_wanted_shard_without_a_living_owner_is_claimed_at_once) {
  BOOST_TEST((one_shard{}.look({4, 0, me, 0, 0}).claim == shards{0}));
  BOOST_TEST((one_shard{}.look({4, dead, me, 0, 0}).claim == shards{0}));
  BOOST_TEST(nothing(one_shard{}.look({4, dead, other, 0, 0})));
}

BOOST_AUTO_TEST_CASE(a_claim_that_was_not_taken_is_made_again) {
  one_shard it;
  it.look({4, 0, me, 0, 0});
  it.self.claimed({});
  BOOST_TEST((it.look({4, 0, me, 0, 0}).claim == shards{0}));
}

BOOST_AUTO_TEST_CASE(what_was_loaded_ahead_of_a_claim_that_was_not_taken_is_not_loaded_again) {
  one_shard it;
  BOOST_TEST((it.look({4, other, me, 0, 0}).warm == shards{0}));
  BOOST_TEST((it.look({4, 0, me, 0, 0}).claim == shards{0}));
  it.self.claimed({}); // somebody else was wanted by then
  BOOST_TEST(it.look({4, other, me, 0, 0}).warm.empty());
  BOOST_TEST((it.look({4, other, 0, 0, 0}).cool == shards{0}));
}

BOOST_AUTO_TEST_CASE(a_wanted_shard_whose_owner_lives_is_loaded_ahead_and_its_owner_is_told_until_it_goes) {
  one_shard it;
  BOOST_TEST((it.look({4, other, me, 0, 0}).warm == shards{0}));
  BOOST_TEST(nothing(it.look({4, other, me, 0, 0})));
  it.self.warmed(0);
  for (int i = 0; i < 2; ++i)
    BOOST_TEST((it.look({4, other, me, 0, 0}).prepared == std::vector<std::pair<node_number, shard_id>>{{other, 0}}));
  BOOST_TEST((it.look({4, 0, me, 0, 0}).claim == shards{0}));
}

BOOST_AUTO_TEST_CASE(what_was_loaded_ahead_is_forgotten_when_somebody_else_is_wanted) {
  one_shard it;
  it.look({4, other, me, 0, 0});
  BOOST_TEST((it.look({4, other, 0, 0, 0}).cool == shards{0}));
  BOOST_TEST(nothing(it.look({4, other, 0, 0, 0})));
}

BOOST_AUTO_TEST_CASE(an_owner_serves_on_until_the_wanted_one_is_prepared) {
  one_shard it;
  it.own();
  BOOST_TEST(nothing(it.look({5, me, other, 0, 0}, begin + 1s)));
  it.self.prepared(other, 0);
  BOOST_TEST((it.look({5, me, other, 0, 0}, begin + 2s).stop == owned{{0, 5}}));
  BOOST_TEST(nothing(it.look({5, me, other, 0, 0}, begin + 3s)));
  it.self.stopped({0, 5});
  BOOST_TEST((it.look({5, me, other, 0, 0}, begin + 3s).release == owned{{0, 5}}));
  it.self.released({{0, 5}});
  BOOST_TEST(nothing(it.look({5, 0, other, 0, 0}, begin + 4s)));
  BOOST_TEST(it.self.owned().empty());
}

BOOST_AUTO_TEST_CASE(its_patience_ends_for_a_node_that_never_says_that_it_is_prepared) {
  one_shard it;
  it.own();
  it.look({5, me, other, 0, 0}, begin + 1s);
  BOOST_TEST(it.look({5, me, other, 0, 0}, begin + 5'999ms).stop.empty());
  BOOST_TEST(it.look({5, me, other, 0, 0}, begin + 6s).stop.size() == 1u);
}

BOOST_AUTO_TEST_CASE(its_patience_ends_for_what_is_under_way_as_well) {
  one_shard it;
  it.own();
  it.self.prepared(other, 0);
  it.look({5, me, other, 0, 0}, begin);
  BOOST_TEST(it.look({5, me, other, 0, 0}, begin + 1'999ms).release.empty());
  BOOST_TEST((it.look({5, me, other, 0, 0}, begin + 2s).release == owned{{0, 5}}));
}

BOOST_AUTO_TEST_CASE(what_another_node_was_prepared_for_before_does_not_count) {
  one_shard it;
  it.own();
  it.self.prepared(dead, 0);
  BOOST_TEST(nothing(it.look({5, me, other, 0, 0})));
}

BOOST_AUTO_TEST_CASE(a_shard_that_the_table_gives_to_another_is_dropped_at_once) {
  one_shard it;
  it.own();
  BOOST_TEST((it.look({6, other, 0, 0, 0}).drop == owned{{0, 5}}));
  BOOST_TEST(it.self.owned().empty());
}

BOOST_AUTO_TEST_CASE(a_claim_that_went_through_unheard_is_made_once_more_or_given_back) {
  BOOST_TEST((one_shard{}.look({5, me, 0, 0, 0}).claim == shards{0}));
  const auto orders = one_shard{}.look({5, me, other, 0, 0});
  BOOST_TEST(orders.claim.empty());
  BOOST_TEST((orders.release == owned{{0, 5}}));
}

BOOST_AUTO_TEST_CASE(a_wish_that_is_taken_back_leaves_the_owner_serving) {
  one_shard it;
  it.own();
  it.look({5, me, other, 0, 0}, begin);
  BOOST_TEST(nothing(it.look({5, me, 0, 0, 0}, begin + 1s)));
  BOOST_TEST(nothing(it.look({5, me, other, 0, 0}, begin + 6s))); // its patience begins anew
}

BOOST_AUTO_TEST_SUITE_END()
