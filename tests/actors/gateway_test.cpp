#include <atomic>
#include <mutex>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <caf/all.hpp>

#include "actors/gateway.hpp"
#include "actors/letter_round.hpp"
#include "cluster/departure.hpp"

using namespace frontrow;
using namespace std::chrono_literals;

namespace {

struct heard {
  int answers = 0;
  caf::message last;
};

class listener final : public actors::pending_answer {
public:
  explicit listener(heard& to) : to_(to) {}
  void complete(const caf::message& answer) override {
    ++to_.answers;
    to_.last = answer;
  }

private:
  heard& to_;
};

/// Says that everything is on its way, and remembers whose it is.
struct open_road final : cluster::carrier {
  cluster::sending carry(cluster::envelope& letter, cluster::node_number& to) override {
    to = 1;
    std::lock_guard lock{mutex};
    sent.push_back(letter.from);
    in_a_departure += cluster::departure::of_this_thread() != nullptr;
    return cluster::sending::sent;
  }
  std::size_t bytes_of(const cluster::envelope&) const override { return 1; }
  std::mutex mutex;
  std::vector<cluster::return_address> sent;
  std::size_t in_a_departure = 0;
};

cluster::router_limits limits_of(std::size_t asks_max, std::chrono::milliseconds timeout) {
  cluster::router_limits limits;
  limits.asks_max = asks_max;
  limits.ask_timeout = timeout;
  return limits;
}

} // namespace

BOOST_AUTO_TEST_SUITE(gateway)

BOOST_AUTO_TEST_CASE(an_answer_reaches_the_one_who_waits_for_it_once) {
  open_road road;
  actors::gateway gate{limits_of(10, 1h), road};
  heard first, second;
  gate.ask({}, std::make_unique<listener>(first));
  gate.ask({}, std::make_unique<listener>(second));
  BOOST_REQUIRE_EQUAL(road.sent.size(), 2u);
  gate.complete(road.sent[1], caf::make_message(domain::balance_view{5}));
  gate.complete(road.sent[1], caf::make_message(domain::balance_view{6})); // doubled on the way
  BOOST_TEST(first.answers == 0);
  BOOST_TEST(second.answers == 1);
  BOOST_TEST(second.last.get_as<domain::balance_view>(0).balance == 5);
  BOOST_TEST(gate.waiting() == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_thread_asks_in_a_round_goes_out_together_in_order) {
  open_road road;
  actors::gateway gate{limits_of(10, 1h), road};
  heard first, second, third, from_elsewhere;
  {
    actors::letter_round letters;
    gate.ask({}, std::make_unique<listener>(first));
    gate.ask({}, std::make_unique<listener>(second));
    BOOST_TEST(road.sent.empty());
    std::thread{[&] { gate.ask({}, std::make_unique<listener>(from_elsewhere)); }}.join();
    BOOST_TEST(road.sent.size() == 1u);
    letters.send();
    BOOST_REQUIRE_EQUAL(road.sent.size(), 3u);
    gate.complete(road.sent[1], caf::make_message(domain::balance_view{1}));
    BOOST_TEST(first.answers == 1);
    BOOST_TEST(second.answers == 0);
    gate.ask({}, std::make_unique<listener>(third));
  } // what is left goes when it is closed
  BOOST_TEST(road.sent.size() == 4u);
  gate.ask({}, std::make_unique<listener>(third));
  BOOST_TEST(road.sent.size() == 5u);
}

BOOST_AUTO_TEST_CASE(the_letters_of_a_round_share_a_departure) {
  open_road road;
  actors::gateway gate{limits_of(10, 1h), road};
  heard first, second, alone;
  {
    actors::letter_round letters;
    gate.ask({}, std::make_unique<listener>(first));
    gate.ask({}, std::make_unique<listener>(second));
    letters.send();
    BOOST_TEST(road.in_a_departure == 2u);
    BOOST_TEST((cluster::departure::of_this_thread() == nullptr));
  }
  gate.ask({}, std::make_unique<listener>(alone));
  BOOST_TEST(road.sent.size() == 3u);
  BOOST_TEST(road.in_a_departure == 2u);
}

BOOST_AUTO_TEST_CASE(whoever_is_turned_away_and_asks_again_at_once_is_sent_too) {
  open_road road;
  actors::gateway gate{limits_of(1, 1h), road};
  struct asks_again final : actors::pending_answer {
    asks_again(actors::gateway& gate, heard& to) : gate_(gate), to_(to) {}
    void complete(const caf::message&) override { gate_.ask({}, std::make_unique<listener>(to_)); }
    actors::gateway& gate_;
    heard& to_;
  };
  heard waiting, again;
  gate.ask({}, std::make_unique<listener>(waiting));
  actors::letter_round letters;
  gate.ask({}, std::make_unique<asks_again>(gate, again));
  letters.send();
  BOOST_TEST(again.answers == 1); // there is no room for it either
}

BOOST_AUTO_TEST_CASE(who_waits_too_long_hears_that_there_is_no_answer) {
  open_road road;
  actors::gateway gate{limits_of(10, 1s), road};
  heard waiting;
  gate.ask({}, std::make_unique<listener>(waiting));
  gate.tick(std::chrono::steady_clock::now());
  BOOST_TEST(waiting.answers == 0);
  gate.tick(std::chrono::steady_clock::now() + 2s);
  BOOST_TEST(waiting.answers == 1);
  BOOST_TEST(waiting.last.empty());
  gate.complete(road.sent.front(), caf::make_message(domain::balance_view{5})); // late
  BOOST_TEST(waiting.answers == 1);
}

BOOST_AUTO_TEST_CASE(no_more_may_wait_than_the_limit_says) {
  open_road road;
  actors::gateway gate{limits_of(2, 1h), road};
  heard waiting, refused;
  gate.ask({}, std::make_unique<listener>(waiting));
  gate.ask({}, std::make_unique<listener>(waiting));
  gate.ask({}, std::make_unique<listener>(refused));
  BOOST_TEST(refused.answers == 1);
  BOOST_TEST(refused.last.empty());
  BOOST_TEST(road.sent.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_address_that_nobody_gave_out_is_ignored) {
  open_road road;
  actors::gateway gate{limits_of(2, 1h), road};
  gate.complete({0, 0, 1}, caf::make_message(1));
  gate.complete({0, 65'535, 1}, caf::make_message(1));
  gate.complete({0, 1, 12'345}, caf::make_message(1));
  BOOST_TEST(gate.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(threads_that_ask_and_answer_at_once_lose_nothing) {
  open_road road;
  actors::gateway gate{limits_of(100'000, 1h), road};
  struct counting final : actors::pending_answer {
    explicit counting(std::atomic<int>& sum) : to(sum) {}
    void complete(const caf::message&) override { ++to; }
    std::atomic<int>& to;
  };
  std::atomic<int> answered{0};
  constexpr int threads = 8, asks = 5'000;
  std::vector<std::thread> askers;
  for (int t = 0; t < threads; ++t)
    askers.emplace_back([&] {
      for (int i = 0; i < asks; ++i) {
        gate.ask({}, std::make_unique<counting>(answered));
        std::unique_lock lock{road.mutex};
        const auto to = road.sent[static_cast<std::size_t>(i)];
        lock.unlock();
        gate.complete(to, caf::make_message(i));
      }
    });
  for (auto& each : askers)
    each.join();
  for (const auto& to : road.sent)
    gate.complete(to, caf::make_message(0));
  BOOST_TEST(answered == threads * asks);
  BOOST_TEST(gate.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(whoever_waits_when_it_closes_is_told) {
  open_road road;
  actors::gateway gate{limits_of(2, 1h), road};
  heard waiting;
  gate.ask({}, std::make_unique<listener>(waiting));
  gate.close();
  BOOST_TEST(waiting.answers == 1);
  BOOST_TEST(gate.waiting() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
