#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/shard_hosting.hpp"

using namespace frontrow;
using namespace frontrow::domain;

namespace {

constexpr cluster::shard_id shard = 3;
constexpr entity_ref hall{entity_kind::seat_map, 1};
constexpr entity_ref line{entity_kind::queue, 2};
constexpr entity_ref wallet{entity_kind::account, 3};

/// A node in which entities do nothing but remember what they are told, and time moves only when told to.
struct still_node {
  using life_number = int; // in the order of their birth, from 1
  struct born {
    entity_ref entity;
    cluster::epoch_number epoch = 0;
    actors::mailbox_gauge mailbox;
    std::vector<std::string> told;
  };

  explicit still_node(cluster::epoch_number epoch = 1, cluster::shard_id of = shard) : hosting(*this, of, epoch) {}

  // ---- what the test does
  template <class Command = read_balance>
  void send(entity_ref to, std::uint64_t who, Command command = {}, cluster::epoch_number epoch = 0) {
    cluster::envelope letter;
    letter.shard = shard;
    letter.epoch = epoch;
    letter.to = to;
    letter.from = {0, 1, who};
    letter.payload = caf::make_message(std::move(command));
    hosting.receive(letter);
  }
  born& latest() { return lives.at(static_cast<int>(lives.size())); }
  /// As the entity does: a letter is handled.
  void handles(born& which, int letters) { *which.mailbox -= letters; }
  template <class Answer>
  bool was_answered(std::uint64_t who) {
    return answers.contains(who) && answers.at(who).match_elements<Answer>();
  }
  std::vector<std::string> told(int life) { return lives.at(life).told; }
  void pass(milliseconds span) { time += span; }

  // ---- the hosting's home
  instant now() { return time; }
  life_number spawn_entity(entity_ref entity, cluster::epoch_number epoch, const actors::mailbox_gauge& mailbox) {
    const auto number = static_cast<int>(lives.size()) + 1;
    lives[number] = {entity, epoch, mailbox, {}};
    return number;
  }
  void tell(life_number life, const cluster::envelope& letter) {
    lives.at(life).told.push_back("letter " + std::to_string(letter.from.correlation));
  }
  void tell(life_number life, actors::due) { lives.at(life).told.emplace_back("due"); }
  void tell(life_number life, actors::passivate) { lives.at(life).told.emplace_back("passivate"); }
  void tell(life_number life, actors::bury) { lives.at(life).told.emplace_back("bury"); }
  void tell(life_number life, actors::take_over now_yours) {
    lives.at(life).told.push_back("take over " + std::to_string(now_yours.epoch));
  }
  void tell(life_number life, actors::hand_over asked) {
    lives.at(life).told.emplace_back(asked.leaving == actors::hand_over::how::at_once ? "leave at once" : "leave");
  }
  void ask_at_once(life_number life, const cluster::envelope& letter) {
    lives.at(life).told.push_back("question " + std::to_string(letter.from.correlation));
  }
  void answer(const cluster::return_address& to, const caf::message& what) { answers[to.correlation] = what; }
  void is_ahead(cluster::shard_id) { ++was_ahead; }
  void has_stopped(cluster::owned_shard which) {
    BOOST_TEST(which.shard == shard);
    ++stopped;
  }
  void ring_after(milliseconds pause, std::uint64_t generation) { timers[generation] = time + pause; }
  void sweep_after(milliseconds pause) { sweeps.push_back(time + pause); }
  void revive_after(milliseconds pause, entity_ref entity) { revivals.emplace_back(entity, pause); }
  milliseconds passivate_after() { return milliseconds{10'000}; }
  milliseconds effect_retry() { return milliseconds{1'000}; }
  milliseconds revival_pause_max() { return milliseconds{60'000}; }
  std::int64_t mailbox_max() { return 3; }

  instant time{milliseconds{1'000'000}};
  std::map<life_number, born> lives;
  std::map<std::uint64_t, caf::message> answers; // by who asked
  std::map<std::uint64_t, instant> timers;       // by generation
  std::vector<std::pair<entity_ref, milliseconds>> revivals;
  int was_ahead = 0;
  int stopped = 0;
  std::vector<instant> sweeps; // when each was to be
  actors::shard_hosting<still_node, life_number> hosting;
};

using strings = std::vector<std::string>;
using why = actors::life_over::why;

} // namespace

BOOST_AUTO_TEST_SUITE(shard_hosting)

// ---- letters

BOOST_AUTO_TEST_CASE(the_first_letter_to_an_entity_brings_it_to_life) {
  still_node it{5};
  it.send(wallet, 1);
  it.send(wallet, 2);
  BOOST_REQUIRE_EQUAL(it.lives.size(), 1u);
  BOOST_TEST((it.latest().entity == wallet));
  BOOST_TEST(it.latest().epoch == 5);
  BOOST_TEST((it.told(1) == strings{"letter 1", "letter 2"}));
}

BOOST_AUTO_TEST_CASE(letters_that_an_entity_has_not_handled_are_bounded_whether_it_loads_or_is_slow) {
  still_node it;
  for (std::uint64_t who = 1; who <= 4; ++who)
    it.send(wallet, who);
  BOOST_TEST((it.told(1) == strings{"letter 1", "letter 2", "letter 3"}));
  BOOST_TEST(it.was_answered<actors::unavailable>(4));
  it.send(wallet, 5, actors::read_status{}); // what asks about it does not wait, and is not counted
  BOOST_TEST(it.told(1).back() == "question 5");
  it.handles(it.latest(), 1);
  it.send(wallet, 6);
  BOOST_TEST(it.told(1).back() == "letter 6");
}

BOOST_AUTO_TEST_CASE(letters_for_another_shard_or_another_epoch_are_sent_on) {
  still_node it{5};
  it.send(wallet, 1, read_balance{}, 4);
  BOOST_TEST(it.was_answered<cluster::moved>(1));
  it.send(wallet, 2, read_balance{}, 5);
  BOOST_TEST(!it.was_answered<cluster::moved>(2));
  cluster::envelope astray;
  astray.shard = shard + 1;
  astray.to = wallet;
  astray.from = {0, 1, 3};
  it.hosting.receive(astray);
  BOOST_TEST(it.was_answered<cluster::moved>(3));
}

BOOST_AUTO_TEST_CASE(a_shard_lists_who_lives_there_in_order) {
  still_node it{5};
  it.send(wallet, 1);
  it.send(hall, 2);
  it.send({}, 3, actors::read_shard{{}, 1});
  BOOST_REQUIRE(it.was_answered<actors::shard_status>(3));
  const auto& status = it.answers.at(3).get_as<actors::shard_status>(0);
  BOOST_TEST(status.live == 2);
  BOOST_TEST((status.entities == std::vector{std::min(hall, wallet)}));
}

// ---- passivation

BOOST_AUTO_TEST_CASE(the_idle_are_asked_to_leave_and_those_that_wait_for_a_time_are_not) {
  still_node it;
  it.send(wallet, 1);
  it.send(hall, 2);
  it.hosting.receive(actors::wake_request{hall, it.time + milliseconds{60'000}});
  it.hosting.sweep();
  BOOST_TEST((it.told(1) == strings{"letter 1"})); // a moment ago
  it.pass(milliseconds{10'001});
  it.hosting.sweep();
  BOOST_TEST((it.told(1) == strings{"letter 1", "passivate"}));
  BOOST_TEST((it.told(2) == strings{"letter 2"}));
  BOOST_TEST(it.sweeps.size() == 3u);
}

BOOST_AUTO_TEST_CASE(shards_that_wake_together_look_for_the_idle_at_moments_of_their_own_a_second_apart) {
  std::map<instant, int> looks; // in a second
  for (cluster::shard_id each = 0; each < 256; ++each) {
    still_node it{1, each};
    const auto woken = it.time;
    actors::load_entities request;
    request.which = {wallet};
    it.hosting.receive(request);
    BOOST_REQUIRE_EQUAL(it.sweeps.size(), 1u);
    const auto first = it.sweeps.front();
    BOOST_TEST((first > woken && first <= woken + actors::sweep_every));
    ++looks[first];
    for (const auto late : {milliseconds{0}, milliseconds{40}}) { // a timer is late at times; the next one is not
      it.time = it.sweeps.back() + late;
      it.hosting.sweep();
    }
    BOOST_TEST((it.sweeps.back() == first + 2 * actors::sweep_every));
  }
  for (auto from = looks.begin()->first; from < looks.rbegin()->first; from += milliseconds{100}) {
    auto within = 0;
    for (auto at = looks.lower_bound(from); at != looks.lower_bound(from + milliseconds{100}); ++at)
      within += at->second;
    BOOST_TEST(within <= 30); // a tenth of them is 25.6
  }
}

BOOST_AUTO_TEST_CASE(what_meets_an_entity_on_its_way_out_begins_its_next_life) {
  still_node it;
  it.send(wallet, 1);
  it.handles(it.latest(), 1);
  it.pass(milliseconds{10'001});
  it.hosting.sweep();
  for (std::uint64_t who = 2; who <= 5; ++who)
    it.send(wallet, who);
  BOOST_TEST(it.was_answered<actors::unavailable>(5)); // kept ones are bounded as well
  it.hosting.receive(actors::life_over{wallet, why::idle});
  BOOST_TEST((it.told(1) == strings{"letter 1", "passivate", "bury"}));
  BOOST_TEST((it.told(2) == strings{"letter 2", "letter 3", "letter 4"}));
  BOOST_TEST(it.revivals.empty());
}

BOOST_AUTO_TEST_CASE(what_meets_an_entity_that_stays_goes_to_it_in_order) {
  still_node it;
  it.send(wallet, 1);
  it.pass(milliseconds{10'001});
  it.hosting.sweep();
  it.send(wallet, 2);
  it.hosting.receive(actors::stays{wallet});
  it.send(wallet, 3);
  BOOST_TEST((it.told(1) == strings{"letter 1", "passivate", "letter 2", "letter 3"}));
}

// ---- deadlines

BOOST_AUTO_TEST_CASE(a_deadline_that_comes_or_rings_while_its_entity_is_leaving_is_not_lost) {
  still_node it;
  it.send(hall, 1);
  it.pass(milliseconds{10'001});
  it.hosting.sweep();
  it.hosting.receive(actors::wake_request{hall, it.time + milliseconds{500}}); // said before it was asked to leave
  BOOST_REQUIRE_EQUAL(it.timers.size(), 1u);
  it.pass(milliseconds{500});
  it.hosting.ring(it.timers.rbegin()->first);
  BOOST_TEST((it.told(1) == strings{"letter 1", "passivate", "due"}));
  it.hosting.receive(actors::stays{hall});
  it.hosting.receive(actors::wake_request{hall, it.time + milliseconds{700}});
  BOOST_REQUIRE_EQUAL(it.timers.size(), 2u);
  BOOST_TEST((it.timers.rbegin()->second == it.time + milliseconds{700}));
}

BOOST_AUTO_TEST_CASE(of_all_deadlines_the_next_one_rings_and_then_the_one_after) {
  still_node it;
  it.send(hall, 1);
  it.send(line, 2);
  it.hosting.receive(actors::wake_request{hall, it.time + milliseconds{500}});
  it.hosting.receive(actors::wake_request{line, it.time + milliseconds{200}});
  BOOST_REQUIRE_EQUAL(it.timers.size(), 2u);
  it.pass(milliseconds{200});
  it.hosting.ring(2);
  BOOST_TEST(it.told(2).back() == "due");
  BOOST_TEST(it.told(1).back() == "letter 1");
  BOOST_REQUIRE_EQUAL(it.timers.size(), 3u);
  it.pass(milliseconds{300});
  it.hosting.ring(1); // the timer that was set first: it counts no more
  BOOST_TEST(it.told(1).back() == "letter 1");
  it.hosting.ring(3);
  BOOST_TEST(it.told(1).back() == "due");
}

BOOST_AUTO_TEST_CASE(a_deadline_that_was_taken_back_does_not_ring) {
  still_node it;
  it.send(hall, 1);
  it.hosting.receive(actors::wake_request{hall, it.time + milliseconds{500}});
  it.hosting.receive(actors::wake_request{hall, std::nullopt});
  it.pass(milliseconds{500});
  it.hosting.ring(1);
  BOOST_TEST((it.told(1) == strings{"letter 1"}));
}

BOOST_AUTO_TEST_CASE(the_deadline_of_a_life_that_is_over_does_not_ring_for_the_next) {
  still_node it;
  it.send(hall, 1);
  it.hosting.receive(actors::wake_request{hall, it.time + milliseconds{500}});
  it.hosting.receive(actors::life_over{hall, why::failed});
  it.send(hall, 2);
  it.pass(milliseconds{500});
  it.hosting.ring(1);
  BOOST_TEST((it.told(2) == strings{"letter 2"}));
}

// ---- revival

BOOST_AUTO_TEST_CASE(one_that_cannot_live_is_tried_again_after_longer_and_longer_pauses) {
  still_node it;
  it.hosting.receive(actors::load_entities{{hall}});
  for (const auto pause : {1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}) {
    it.hosting.receive(actors::life_over{hall, why::failed});
    BOOST_REQUIRE(!it.revivals.empty());
    BOOST_TEST(it.revivals.back().second.count() == pause);
    it.hosting.revive(hall);
  }
  BOOST_TEST(it.lives.size() == 9u);
  it.hosting.receive(actors::began{hall});
  it.hosting.receive(actors::life_over{hall, why::failed}); // it has lived: from the beginning
  BOOST_TEST(it.revivals.back().second.count() == 1'000);
}

BOOST_AUTO_TEST_CASE(whoever_asks_for_one_that_cannot_live_tries_it_at_once_and_plans_no_second_revival) {
  still_node it;
  it.hosting.receive(actors::load_entities{{hall}});
  it.hosting.receive(actors::life_over{hall, why::failed});
  for (std::uint64_t who = 1; who <= 100; ++who) {
    it.send(hall, who);
    it.hosting.receive(actors::life_over{hall, why::failed});
  }
  BOOST_TEST(it.lives.size() == 101u);
  BOOST_TEST(it.revivals.size() == 1u);
  it.hosting.revive(hall);
  it.hosting.receive(actors::life_over{hall, why::failed});
  BOOST_TEST(it.revivals.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_account_that_failed_waits_for_its_next_letter) {
  still_node it;
  it.send(wallet, 1);
  it.hosting.receive(actors::life_over{wallet, why::failed});
  BOOST_TEST(it.revivals.empty());
  it.send(wallet, 2);
  BOOST_TEST((it.told(2) == strings{"letter 2"}));
}

BOOST_AUTO_TEST_CASE(nobody_is_revived_where_the_shard_is_served_no_more) {
  still_node it;
  it.hosting.receive(actors::load_entities{{hall, line}});
  it.hosting.receive(actors::life_over{hall, why::failed});
  it.hosting.receive(actors::stop_serving{});
  it.hosting.revive(hall);
  it.hosting.receive(actors::life_over{line, why::failed});
  BOOST_TEST(it.lives.size() == 2u);
  BOOST_TEST(it.revivals.size() == 1u);
  BOOST_TEST(it.stopped == 1);
}

// ---- a shard comes and goes

BOOST_AUTO_TEST_CASE(it_is_ahead_when_the_last_is_loaded_or_could_not_be) {
  still_node it{0};
  it.hosting.receive(actors::load_entities{{hall, line}});
  BOOST_TEST(it.latest().epoch == 0);
  it.hosting.receive(actors::loaded_ahead{hall});
  BOOST_TEST(it.was_ahead == 0);
  it.hosting.receive(actors::life_over{line, why::failed});
  BOOST_TEST(it.was_ahead == 1);
  BOOST_TEST(it.revivals.empty()); // the new owner wakes all that must be awake
  it.hosting.receive(actors::begin_serving{7});
  BOOST_TEST((it.told(1) == strings{"take over 7"}));
  it.hosting.receive(actors::load_entities{{hall, line}});
  BOOST_TEST(it.lives.size() == 3u);
  BOOST_TEST(it.latest().epoch == 7);
}

BOOST_AUTO_TEST_CASE(a_shard_in_which_nobody_must_be_awake_is_ahead_at_once) {
  still_node it{0};
  it.hosting.receive(actors::load_entities{});
  BOOST_TEST(it.was_ahead == 1);
}

BOOST_AUTO_TEST_CASE(it_has_stopped_when_the_last_entity_has_and_sends_on_what_comes) {
  still_node it{5};
  it.send(wallet, 1);
  it.send(hall, 2);
  it.pass(milliseconds{10'001});
  it.hosting.sweep();
  it.send(wallet, 3); // kept: both were asked to leave
  it.hosting.receive(actors::stop_serving{});
  BOOST_TEST(it.was_answered<cluster::moved>(3));
  it.send(wallet, 4);
  BOOST_TEST(it.was_answered<cluster::moved>(4));
  it.hosting.receive(actors::life_over{wallet, why::idle});
  BOOST_TEST(it.stopped == 0);
  it.hosting.receive(actors::stop_serving{actors::hand_over::how::at_once}); // patience is over
  BOOST_TEST(it.told(2).back() == "leave at once");
  it.hosting.receive(actors::life_over{hall, why::idle});
  BOOST_TEST(it.stopped == 1);
  BOOST_TEST(it.lives.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
