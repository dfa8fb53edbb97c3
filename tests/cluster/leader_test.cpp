#include <boost/test/unit_test.hpp>

#include "cluster/leader.hpp"

using namespace frontrow::cluster;
using namespace std::chrono_literals;

namespace {

const steady_time begin{};
const steady_time later = begin + 1h;

member living(node_number number) {
  member who;
  who.number = number;
  who.lease_left = 2s;
  return who;
}

cluster_view view_of(std::vector<member> members, std::vector<shard_entry> shards) {
  cluster_view view;
  view.members = std::move(members);
  view.shards = std::move(shards);
  return view;
}

struct a_leader : leader {
  a_leader() : leader(leader_limits{3s, 2}) { database_was_away(begin); }
};

using wishes = std::vector<std::pair<shard_id, node_number>>;

} // namespace

BOOST_AUTO_TEST_SUITE(leading)

BOOST_AUTO_TEST_CASE(shards_without_an_owner_are_all_given_out_at_once) {
  const auto plan = a_leader{}.plan(view_of({living(1), living(2)}, std::vector<shard_entry>(6)), {}, later);
  BOOST_TEST(plan.wanted.size() == 6u);
  BOOST_TEST(plan.dead.empty());
}

BOOST_AUTO_TEST_CASE(of_those_with_a_living_owner_only_a_few_move_at_a_time) {
  auto view = view_of({living(1), living(2)}, std::vector<shard_entry>(8, {1, 1, 0, 0, 0}));
  const auto plan = a_leader{}.plan(view, {}, later);
  BOOST_TEST(plan.wanted.size() == 2u);
  for (const auto& [shard, to] : plan.wanted) {
    BOOST_TEST(to == 2);
    view.shards[static_cast<std::size_t>(shard)].wanted = to;
  }
  BOOST_TEST(a_leader{}.plan(view, {}, later).empty()); // they are on the way
  view.shards[static_cast<std::size_t>(plan.wanted.front().first)] = {2, 2, 0, 0, 0};
  BOOST_TEST(a_leader{}.plan(view, {}, later).wanted.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_lapsed_lease_is_death_only_after_the_clock_could_be_read_for_a_whole_lease) {
  auto frozen = living(2);
  frozen.lease_left = -1ms;
  const auto view = view_of({living(1), frozen}, {{1, 2, 0, 0, 0}});
  a_leader leads;
  BOOST_TEST((leads.plan(view, {}, later).dead == std::vector<node_number>{2}));
  BOOST_TEST((leads.plan(view, {}, later).wanted == wishes{{0, 1}}));
  leads.database_was_away(later);
  BOOST_TEST(leads.plan(view, {}, later + 2'999ms).dead.empty());
  BOOST_TEST(leads.plan(view, {}, later + 3s).dead.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_free_is_death_only_when_nobody_listens_there) {
  auto quiet = living(2);
  quiet.lock = alive_lock::free;
  const auto view = view_of({living(1), quiet}, {{1, 2, 0, 0, 0}});
  const a_leader leads;
  BOOST_TEST(leads.plan(view, {}, later).dead.empty());
  BOOST_TEST(leads.plan(view, {{2, probe_result::accepted}}, later).dead.empty());
  BOOST_TEST(leads.plan(view, {{2, probe_result::unknown}}, later).dead.empty());
  BOOST_TEST(leads.plan(view, {{2, probe_result::refused}}, later).dead.size() == 1u);
  const auto locked = view_of({living(1), living(2)}, {{1, 2, 0, 0, 0}});
  BOOST_TEST(leads.plan(locked, {{2, probe_result::refused}}, later).dead.empty());
}

BOOST_AUTO_TEST_CASE(a_draining_node_is_emptied_and_gets_nothing) {
  auto leaving = living(1);
  leaving.wish = node_wish::drain;
  const auto plan = a_leader{}.plan(view_of({leaving, living(2)}, {{1, 1, 0, 0, 0}, {1, 2, 0, 0, 0}, {}}), {}, later);
  BOOST_TEST((plan.wanted == wishes{{0, 2}, {2, 2}}));
}

BOOST_AUTO_TEST_CASE(the_last_host_keeps_its_shards_even_while_it_drains) {
  auto leaving = living(1);
  leaving.wish = node_wish::drain;
  BOOST_TEST(a_leader{}.plan(view_of({leaving}, {{1, 1, 0, 0, 0}}), {}, later).empty());
}

BOOST_AUTO_TEST_CASE(fronts_get_no_shards) {
  auto front = living(2);
  front.hosting = shard_hosting::none;
  const auto plan = a_leader{}.plan(view_of({living(1), front}, std::vector<shard_entry>(4)), {}, later);
  for (const auto& [shard, to] : plan.wanted)
    BOOST_TEST(to == 1);
  BOOST_TEST(plan.wanted.size() == 4u);
}

BOOST_AUTO_TEST_CASE(when_the_wanted_node_dies_another_one_is_wanted) {
  const auto plan = a_leader{}.plan(view_of({living(1)}, {{1, 1, 9, 0, 0}, {1, 0, 9, 0, 0}}), {}, later);
  BOOST_TEST((plan.wanted == wishes{{0, 0}, {1, 1}}));
}

BOOST_AUTO_TEST_SUITE_END()
