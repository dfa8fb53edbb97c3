#include <functional>

#include <boost/test/unit_test.hpp>

#include "cluster/member_steps.hpp"

using namespace frontrow::cluster;
using namespace std::chrono_literals;

namespace {

constexpr node_number me = 1, other = 2, gone = 9;
const steady_time begin = steady_time{} + 1h;

using shards = std::vector<shard_id>;
using owned = std::vector<owned_shard>;
using places = std::vector<shard_place>;
using wishes = std::vector<std::pair<shard_id, node_number>>;

/// Node 1 among two; the other one leads, and everybody has what is wanted.
struct two_nodes {
  two_nodes() {
    limits.leader.lease = limits.lease;
    for (const auto number : {me, other}) {
      member who;
      who.number = number;
      who.lease_left = 2'500ms;
      view.members.push_back(who);
    }
    view.leader = other;
    view.shards = {{4, me, 0, 0, 0}, {7, other, 0, 0, 0}};
  }
  member& peer() { return view.members[1]; }

  /// Its lease renewed, `after` the look began.
  member_step look(std::chrono::milliseconds after = 0ms) {
    const auto asked = steps->look(now);
    BOOST_REQUIRE(asked.request.has_value());
    BOOST_TEST(std::holds_alternative<renew_lease>(*asked.request));
    now += after;
    return answered(std::make_shared<const cluster_view>(view));
  }
  member_step answered(const member_answer& answer) { return steps->answered(answer, now); }
  /// As after a start, when the claim of what it is said to own went through.
  void settle() {
    look();
    answered(owned{{0, 5}});
    view.shards[0].epoch = 5;
  }
  /// As the leader, with the database read for longer than a lease.
  void lead() {
    settle();
    view.leader = me;
    now += 5s;
  }

  member_limits limits;
  cluster_view view;
  steady_time now = begin;
  std::optional<member_steps> steps{std::in_place, me, limits};
};

template <class Request>
Request request_of(const member_step& step) {
  BOOST_REQUIRE(step.request.has_value());
  const auto* found = std::get_if<Request>(&*step.request);
  BOOST_REQUIRE(found != nullptr);
  return *found;
}

bool tells_all_to_look(const member_step& step) { return step.actions.tell_all == member_actions::news::look; }

/// Nothing more to ask or to tell.
bool rests(const member_step& step, std::chrono::milliseconds how_long) {
  return !step.request && !tells_all_to_look(step) && step.rest == how_long;
}
bool looks_again(const member_step& step) { return !step.request && tells_all_to_look(step) && step.rest == 0ms; }

} // namespace

BOOST_AUTO_TEST_SUITE(a_members_steps)

// ---- the lease

BOOST_AUTO_TEST_CASE(a_renewed_lease_counts_from_when_it_was_asked_for) {
  two_nodes it;
  it.settle();
  const auto step = it.look(1'200ms);
  BOOST_TEST((step.actions.trust_until == begin + 2'500ms));
  BOOST_TEST((it.steps->lease() == lease_state::held));
  BOOST_REQUIRE(step.actions.seen != nullptr);
  BOOST_TEST(step.actions.seen->shards.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_renewal_without_an_answer_is_tried_again_soon_and_trusts_no_longer_and_no_shorter) {
  two_nodes it;
  it.settle();
  it.steps->look(it.now);
  const auto step = it.answered(no_answer::away);
  BOOST_TEST(rests(step, 100ms));
  BOOST_TEST(!step.actions.trust_until.has_value());
  BOOST_TEST(step.actions.seen == nullptr);
  BOOST_TEST((it.steps->lease() == lease_state::away));
  it.look();
  BOOST_TEST((it.steps->lease() == lease_state::held));
}

BOOST_AUTO_TEST_CASE(a_node_that_was_declared_dead_is_trusted_in_nothing) {
  two_nodes it;
  it.settle();
  it.steps->look(it.now);
  const auto step = it.answered(no_answer::lost);
  BOOST_TEST((step.actions.trust_until == steady_time::min()));
  BOOST_TEST(!step.request.has_value());
  BOOST_TEST((it.steps->lease() == lease_state::lost));
}

BOOST_AUTO_TEST_CASE(a_calm_member_rests_for_a_renewal) {
  two_nodes it;
  it.settle();
  BOOST_TEST(rests(it.look(), 500ms));
}

BOOST_AUTO_TEST_CASE(for_one_renewal_after_a_lost_link_it_looks_often) {
  two_nodes it;
  it.settle();
  it.steps->link_lost(it.now);
  BOOST_TEST(rests(it.look(499ms), 30ms));
  BOOST_TEST(rests(it.look(1ms), 500ms));
}

// ---- shards

BOOST_AUTO_TEST_CASE(it_learns_who_serves_what_it_does_not) {
  two_nodes it;
  it.view.shards.push_back({3, 0, 0, 0, 0});
  it.view.shards.push_back({3, gone, 0, 0, 0});
  BOOST_TEST((it.look().actions.places == places{{1, 7, other}}));
}

BOOST_AUTO_TEST_CASE(a_claim_that_went_through_is_served_and_told_to_all) {
  two_nodes it;
  it.view.shards[0] = {4, 0, me, 0, 0};
  BOOST_TEST((request_of<claim_shards>(it.look()).shards == shards{0}));
  const auto step = it.answered(owned{{0, 5}});
  BOOST_TEST((step.actions.serve == owned{{0, 5}}));
  BOOST_TEST(looks_again(step));
  BOOST_TEST(it.steps->owned() == 1u);
}

BOOST_AUTO_TEST_CASE(a_claim_that_got_nothing_or_no_answer_serves_nothing) {
  for (const auto& answer :
       {member_answer{owned{}}, member_answer{no_answer::away}, member_answer{no_answer::lost}}) {
    two_nodes it;
    it.look();
    const auto step = it.answered(answer);
    BOOST_TEST(step.actions.serve.empty());
    BOOST_TEST(rests(step, 500ms));
    BOOST_TEST(it.steps->owned() == 0u);
    BOOST_TEST((request_of<claim_shards>(it.look()).shards == shards{0})); // the next look asks again
  }
}

BOOST_AUTO_TEST_CASE(a_move_away_is_stop_then_drop_and_release) {
  two_nodes it;
  it.settle();
  it.view.shards[0].wanted = other;
  it.steps->prepared(other, 0);
  const auto stopping = it.look();
  BOOST_TEST((stopping.actions.stop == owned{{0, 5}}));
  BOOST_TEST(rests(stopping, 500ms));
  it.steps->stopped({0, 5});
  const auto stopped = it.look();
  BOOST_TEST((stopped.actions.drop == shards{0}));
  BOOST_TEST((request_of<release_shards>(stopped).shards == owned{{0, 5}}));
  BOOST_TEST(it.steps->owned() == 1u);
  BOOST_TEST(looks_again(it.answered(request_done{})));
  BOOST_TEST(it.steps->owned() == 0u);
}

BOOST_AUTO_TEST_CASE(a_release_without_an_answer_is_made_again) {
  two_nodes it;
  it.settle();
  it.view.shards[0].wanted = other;
  it.steps->prepared(other, 0);
  it.look();
  it.steps->stopped({0, 5});
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST((request_of<release_shards>(it.look()).shards == owned{{0, 5}}));
    BOOST_TEST(rests(it.answered(no_answer::away), 500ms));
  }
}

BOOST_AUTO_TEST_CASE(what_it_shall_get_is_loaded_ahead_and_its_owner_told) {
  two_nodes it;
  it.settle();
  it.view.shards[1].wanted = me;
  BOOST_TEST((it.look().actions.warm == shards{1}));
  BOOST_TEST(it.look().actions.warm.empty());
  it.steps->warmed(1);
  BOOST_TEST((it.look().actions.prepared == std::vector<std::pair<node_number, shard_id>>{{other, 1}}));
  it.view.shards[1].wanted = 0;
  BOOST_TEST((it.look().actions.drop == shards{1}));
}

BOOST_AUTO_TEST_CASE(what_the_table_gives_to_another_is_ended_before_the_other_is_asked) {
  two_nodes it;
  it.settle();
  it.view.shards[0] = {6, other, 0, 0, 0};
  const auto step = it.look();
  BOOST_TEST((step.actions.taken == owned{{0, 5}}));
  BOOST_TEST((step.actions.places == places{{0, 6, other}, {1, 7, other}}));
}

BOOST_AUTO_TEST_CASE(releases_come_before_claims_and_the_lead_comes_last) {
  two_nodes it;
  it.settle();
  it.view.leader = 0;
  it.view.shards[0].wanted = other;
  it.steps->prepared(other, 0);
  it.look();
  it.answered(leadership::follows);
  it.steps->stopped({0, 5});
  it.view.shards[1] = {7, 0, me, 0, 0};
  request_of<release_shards>(it.look());
  BOOST_TEST((request_of<claim_shards>(it.answered(request_done{})).shards == shards{1}));
  request_of<take_lead>(it.answered(owned{{1, 8}}));
  BOOST_TEST(looks_again(it.answered(leadership::follows)));
}

BOOST_AUTO_TEST_CASE(a_node_may_leave_when_it_owns_nothing_or_nobody_can_take_what_it_owns) {
  struct row {
    const char* what;
    std::function<void(member&)> change;
    bool leaves;
  };
  const std::vector<row> table{
      {"another hosts", [](member&) {}, false},
      {"the other is a front", [](member& peer) { peer.hosting = shard_hosting::none; }, true},
      {"the other drains as well", [](member& peer) { peer.wish = node_wish::drain; }, true},
      {"the other's lease lapsed", [](member& peer) { peer.lease_left = -1ms; }, true},
  };
  for (const auto& [what, change, leaves] : table) {
    two_nodes it;
    it.settle();
    change(it.peer());
    it.look();
    BOOST_TEST(it.steps->may_leave() == leaves, what);
  }
  two_nodes owner;
  owner.settle();
  BOOST_TEST(!owner.steps->may_leave());
  owner.view.shards[0] = {6, other, 0, 0, 0};
  owner.look();
  BOOST_TEST(owner.steps->may_leave());
}

// ---- the lead

BOOST_AUTO_TEST_CASE(it_tries_to_lead_when_it_sees_no_living_leader_or_leads_itself) {
  struct row {
    const char* what;
    std::function<void(two_nodes&)> change;
    bool tries;
  };
  const std::vector<row> table{
      {"a living leader", [](two_nodes&) {}, false},
      {"nobody leads", [](two_nodes& it) { it.view.leader = 0; }, true},
      {"itself", [](two_nodes& it) { it.view.leader = me; }, true},
      {"no member any more", [](two_nodes& it) { it.view.leader = gone; }, true},
      {"its lease lapsed", [](two_nodes& it) { it.peer().lease_left = -1ms; }, true},
      {"its lease about to lapse", [](two_nodes& it) { it.peer().lease_left = 0ms; }, false},
      {"its lock is free", [](two_nodes& it) { it.peer().lock = alive_lock::free; }, true},
  };
  for (const auto& [what, change, tries] : table) {
    two_nodes it;
    it.settle();
    change(it);
    const auto step = it.look();
    BOOST_TEST((step.request && std::holds_alternative<take_lead>(*step.request)) == tries, what);
  }
}

BOOST_AUTO_TEST_CASE(who_does_not_get_the_lead_rests) {
  for (const auto& answer : {member_answer{leadership::follows}, member_answer{no_answer::away}}) {
    two_nodes it;
    it.settle();
    it.view.leader = 0;
    it.look();
    BOOST_TEST(rests(it.answered(answer), 500ms));
  }
}

BOOST_AUTO_TEST_CASE(who_gets_the_lead_tells_all_and_who_keeps_it_does_not) {
  two_nodes it;
  it.settle();
  it.view.leader = 0;
  it.look();
  BOOST_TEST(looks_again(it.answered(leadership::leads)));
  it.view.leader = me;
  it.look();
  BOOST_TEST(rests(it.answered(leadership::leads), 500ms));
}

BOOST_AUTO_TEST_CASE(only_the_other_nodes_without_a_lock_are_probed) {
  two_nodes it;
  it.lead();
  it.view.members[0].lock = alive_lock::free; // its own, lost with a connection
  it.peer().lock = alive_lock::free;
  it.look();
  BOOST_TEST((request_of<probe_nodes>(it.answered(leadership::leads)).nodes == std::vector{other}));
}

BOOST_AUTO_TEST_CASE(a_node_without_lock_and_listener_is_declared_dead_for_its_lock) {
  for (const auto& [answer, dies] : {std::pair{member_answer{probe_results{{other, probe_result::refused}}}, true},
                                    {member_answer{probe_results{{other, probe_result::accepted}}}, false},
                                    {member_answer{probe_results{{other, probe_result::unknown}}}, false},
                                    {member_answer{probe_results{}}, false},
                                    {member_answer{no_answer::away}, false}}) {
    two_nodes it;
    it.lead();
    it.peer().lock = alive_lock::free;
    it.look();
    it.answered(leadership::leads);
    const auto step = it.answered(answer);
    BOOST_REQUIRE(step.request.has_value() == dies);
    if (!dies)
      continue;
    BOOST_TEST(request_of<declare_dead>(step).node == other);
    BOOST_TEST((request_of<declare_dead>(step).seen == death_evidence::lock_lost));
  }
}

BOOST_AUTO_TEST_CASE(a_lapsed_node_is_declared_dead_and_its_shards_are_wanted_elsewhere) {
  two_nodes it;
  it.lead();
  it.peer().lease_left = -1ms;
  it.look();
  const auto death = request_of<declare_dead>(it.answered(leadership::leads));
  BOOST_TEST(death.node == other);
  BOOST_TEST((death.seen == death_evidence::lapsed));
  BOOST_TEST((request_of<want_shards>(it.answered(death_verdict::dead)).wishes == wishes{{1, me}}));
  BOOST_TEST(looks_again(it.answered(request_done{})));
}

BOOST_AUTO_TEST_CASE(when_a_death_is_not_sure_nothing_that_counted_on_it_is_written) {
  for (const auto& [answer, told] : {std::pair{member_answer{death_verdict::came_back}, true},
                                    {member_answer{no_answer::away}, false},
                                    {member_answer{no_answer::lost}, false}}) {
    two_nodes it;
    it.lead();
    it.peer().lease_left = -1ms;
    it.look();
    it.answered(leadership::leads);
    const auto step = it.answered(answer);
    BOOST_TEST(!step.request.has_value());
    BOOST_TEST(tells_all_to_look(step) == told);
  }
}

BOOST_AUTO_TEST_CASE(wishes_that_may_not_have_been_written_are_nobodys_news) {
  two_nodes it;
  it.lead();
  it.view.shards[1] = {7, 0, 0, 0, 0};
  it.look();
  BOOST_TEST(!request_of<want_shards>(it.answered(leadership::leads)).wishes.empty());
  BOOST_TEST(rests(it.answered(no_answer::away), 500ms));
}

BOOST_AUTO_TEST_CASE(who_was_away_or_asleep_lets_a_lease_pass_before_a_lapsed_one_counts) {
  const auto declares = [](two_nodes& it, std::chrono::milliseconds after) {
    it.peer().lease_left = -1ms;
    it.look(after);
    const auto step = it.answered(leadership::leads);
    return step.request && std::holds_alternative<declare_dead>(*step.request);
  };
  two_nodes fresh;
  fresh.view.leader = me;
  fresh.view.shards[0].owner = other;
  BOOST_TEST(!declares(fresh, 0ms)); // it has just begun
  two_nodes awake;
  awake.lead();
  BOOST_TEST(declares(awake, 2'999ms));
  two_nodes asleep;
  asleep.lead();
  BOOST_TEST(!declares(asleep, 3s));
  two_nodes away;
  away.lead();
  away.steps->look(away.now);
  away.answered(no_answer::away);
  BOOST_TEST(!declares(away, 0ms));
  away.now += 2'999ms;
  BOOST_TEST(!declares(away, 0ms));
  away.now += 1ms;
  BOOST_TEST(declares(away, 0ms));
}

BOOST_AUTO_TEST_SUITE_END()
