#include <map>

#include <boost/test/unit_test.hpp>

#include <caf/all.hpp>

#include "cluster/router.hpp"
#include "cluster/wire.hpp"

using namespace frontrow::cluster;
using namespace std::chrono_literals;

namespace {

const steady_time begin{std::chrono::hours{1}};

struct heard {
  int answers = 0;
  caf::message last;
};

class listener final : public pending_answer {
public:
  explicit listener(heard& to) : to_(to) {}
  void complete(const caf::message& answer) override {
    ++to_.answers;
    to_.last = answer;
  }

private:
  heard& to_;
};

/// Who serves which shard, and what was sent to whom.
struct map_of_roads final : carrier {
  sending carry(envelope& letter, node_number& to) override {
    const auto found = owners.find(letter.shard);
    if (found == owners.end())
      return fallback;
    to = found->second;
    sent.emplace_back(to, letter);
    return sending::sent;
  }
  std::size_t bytes_of(const envelope&) const override { return 100; }
  std::map<shard_id, node_number> owners;
  sending fallback = sending::held;
  std::vector<std::pair<node_number, envelope>> sent;
};

struct a_router {
  explicit a_router(router_limits with = {}) : limits(with), requests(limits, roads, held, 1) {}
  void done(router::finished_list over) {
    for (auto& each : over)
      each.complete();
  }
  void ask(heard& who, shard_id shard, steady_time now = begin) {
    envelope letter;
    letter.shard = shard;
    letter.command = {1, 2};
    done(requests.ask(std::move(letter), std::make_unique<listener>(who), now));
  }
  void answer(const envelope& letter, const caf::message& what, steady_time now = begin) {
    done(requests.answered(letter.from.correlation, what, now));
  }

  router_limits limits;
  map_of_roads roads;
  held_back held;
  router requests;
};

} // namespace

BOOST_AUTO_TEST_SUITE(routing)

/// A refusal leaves no trace: what an earlier sending was refused, the last one may have done.
BOOST_AUTO_TEST_CASE(only_the_answer_to_the_last_sending_counts) {
  a_router it;
  heard who;
  it.roads.owners[3] = 7;
  it.ask(who, 3);
  it.done(it.requests.link_lost(7, begin));
  BOOST_REQUIRE(it.roads.sent.size() == 2u);
  it.answer(it.roads.sent[0].second, caf::make_message(std::int64_t{1}));
  it.answer(it.roads.sent[0].second, caf::make_message(moved{3, 1}));
  BOOST_TEST(who.answers == 0);
  BOOST_TEST(it.roads.sent.size() == 2u);
  it.answer(it.roads.sent[1].second, caf::make_message(std::int64_t{2}));
  BOOST_REQUIRE(who.answers == 1);
  BOOST_TEST(who.last.get_as<std::int64_t>(0) == 2);
}

BOOST_AUTO_TEST_CASE(an_answer_to_what_was_sent_before_it_was_held_back_does_not_count) {
  a_router it;
  heard who;
  it.roads.owners[3] = 7;
  it.ask(who, 3);
  it.roads.owners.clear();
  it.done(it.requests.link_lost(7, begin));
  it.answer(it.roads.sent[0].second, caf::make_message(std::int64_t{1}));
  BOOST_TEST(who.answers == 0);
  it.roads.owners[3] = 8;
  it.done(it.requests.served(3, begin));
  BOOST_REQUIRE(it.roads.sent.size() == 2u);
  it.answer(it.roads.sent[1].second, caf::make_message(std::int64_t{2}));
  BOOST_TEST(who.answers == 1);
}

BOOST_AUTO_TEST_CASE(an_answer_ends_a_request_and_a_doubled_one_changes_nothing) {
  a_router it;
  heard who;
  it.roads.owners[3] = 7;
  it.ask(who, 3);
  BOOST_REQUIRE_EQUAL(it.roads.sent.size(), 1u);
  it.answer(it.roads.sent[0].second, caf::make_message(5));
  it.answer(it.roads.sent[0].second, caf::make_message(6));
  BOOST_TEST(who.answers == 1);
  BOOST_TEST(who.last.get_as<int>(0) == 5);
  BOOST_TEST(it.requests.under_way() == 0u);
}

BOOST_AUTO_TEST_CASE(without_an_owner_requests_are_held_and_sent_in_their_order_once_there_is_one) {
  a_router it;
  heard first, second;
  it.ask(first, 3);
  it.ask(second, 3);
  BOOST_TEST(it.held.letters == 2u);
  BOOST_TEST(it.held.bytes == 200u);
  it.roads.owners[3] = 7;
  it.done(it.requests.served(3, begin + 1s));
  BOOST_REQUIRE_EQUAL(it.roads.sent.size(), 2u);
  BOOST_TEST(it.roads.sent[0].second.from.correlation < it.roads.sent[1].second.from.correlation);
  BOOST_TEST(it.held.letters == 0u);
  BOOST_TEST(it.held.bytes == 0u);
}

BOOST_AUTO_TEST_CASE(a_request_whose_time_is_over_is_not_sent_any_more_whatever_news_come_first) {
  a_router it;
  heard held_back, under_way;
  it.roads.owners[4] = 8;
  it.ask(held_back, 3);
  it.ask(under_way, 4);
  it.roads.owners[3] = 7;
  it.done(it.requests.served(3, begin + it.limits.ask_timeout));
  it.done(it.requests.link_lost(8, begin + it.limits.ask_timeout));
  BOOST_TEST(it.roads.sent.size() == 1u); // the first attempt
  BOOST_TEST((held_back.answers == 1 && held_back.last.empty()));
  BOOST_TEST((under_way.answers == 1 && under_way.last.empty()));
  BOOST_TEST(it.held.letters == 0u);
}

BOOST_AUTO_TEST_CASE(a_request_that_came_too_early_or_too_late_for_a_shard_is_sent_again_under_its_command_id) {
  a_router it;
  heard who;
  it.roads.owners[3] = 7;
  it.ask(who, 3);
  it.answer(it.roads.sent[0].second, caf::make_message(moved{3, 5}));
  BOOST_TEST(who.answers == 0);
  BOOST_TEST(it.held.letters == 1u);
  it.roads.owners[3] = 8;
  it.done(it.requests.served(3, begin));
  BOOST_REQUIRE_EQUAL(it.roads.sent.size(), 2u);
  BOOST_TEST(it.roads.sent[1].first == 8);
  BOOST_TEST((it.roads.sent[1].second.command == it.roads.sent[0].second.command));
  it.answer(it.roads.sent[1].second, caf::make_message(5));
  BOOST_TEST(who.answers == 1);
}

BOOST_AUTO_TEST_CASE(what_was_sent_over_a_lost_link_is_sent_again_and_the_rest_is_left_alone) {
  a_router it;
  heard lost, other;
  it.roads.owners = {{3, 7}, {4, 8}};
  it.ask(lost, 3);
  it.ask(other, 4);
  it.roads.owners.erase(3);
  it.done(it.requests.link_lost(7, begin));
  BOOST_TEST(it.held.letters == 1u);
  it.roads.owners[3] = 8;
  it.done(it.requests.tick(begin + 50ms)); // nobody told it
  BOOST_REQUIRE_EQUAL(it.roads.sent.size(), 3u);
  BOOST_TEST(it.roads.sent[2].first == 8);
}

BOOST_AUTO_TEST_CASE(holding_back_is_bounded_in_number) {
  router_limits limits;
  limits.held_max = 2;
  a_router it{limits};
  heard held, over;
  it.ask(held, 1);
  it.ask(held, 2);
  it.ask(over, 3);
  BOOST_TEST(over.answers == 1);
  BOOST_TEST(over.last.empty());
  BOOST_TEST(held.answers == 0);
  BOOST_TEST(it.held.letters == 2u);
}

BOOST_AUTO_TEST_CASE(holding_back_is_bounded_in_bytes) {
  router_limits limits;
  limits.held_bytes_max = 250;
  a_router it{limits};
  heard held, over;
  it.ask(held, 1);
  it.ask(held, 2);
  it.ask(over, 3);
  BOOST_TEST(over.answers == 1);
  BOOST_TEST(it.held.bytes == 200u);
}

BOOST_AUTO_TEST_CASE(holding_back_is_bounded_in_time) {
  router_limits limits;
  limits.held_time_max = 2s;
  a_router it{limits};
  heard who;
  it.ask(who, 1);
  it.done(it.requests.tick(begin + 1'999ms));
  BOOST_TEST(who.answers == 0);
  it.done(it.requests.tick(begin + 2s));
  BOOST_TEST(who.answers == 1);
  BOOST_TEST(it.held.letters == 0u);
}

BOOST_AUTO_TEST_CASE(a_request_ends_at_its_time_however_often_it_was_sent) {
  router_limits limits;
  limits.ask_timeout = 5s;
  a_router it{limits};
  heard who;
  it.roads.owners[3] = 7;
  it.ask(who, 3);
  for (int i = 0; i < 100; ++i) {
    it.answer(it.roads.sent.back().second, caf::make_message(moved{3, 5}), begin + i * 49ms);
    it.done(it.requests.tick(begin + (i + 1) * 49ms));
  }
  BOOST_TEST(who.answers == 0);
  it.done(it.requests.tick(begin + 5s));
  BOOST_TEST(who.answers == 1);
  BOOST_TEST(who.last.empty());
}

BOOST_AUTO_TEST_CASE(a_node_that_cannot_serve_its_own_shard_says_so_at_once) {
  a_router it;
  heard who;
  it.roads.fallback = sending::unavailable;
  it.ask(who, 3);
  BOOST_TEST(who.answers == 1);
  BOOST_TEST(who.last.empty());
}

BOOST_AUTO_TEST_SUITE_END()
