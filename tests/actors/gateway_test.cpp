#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <caf/all.hpp>

#include "actors/gateway.hpp"

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

} // namespace

BOOST_AUTO_TEST_SUITE(gateway)

BOOST_AUTO_TEST_CASE(an_answer_reaches_the_one_who_waits_for_it_once) {
  actors::gateway gate{10, 1h};
  heard first, second;
  const auto to_first = gate.expect(std::make_unique<listener>(first));
  const auto to_second = gate.expect(std::make_unique<listener>(second));
  BOOST_REQUIRE(to_first.has_value());
  BOOST_REQUIRE(to_second.has_value());
  gate.complete(*to_second, caf::make_message(domain::balance_view{5}));
  gate.complete(*to_second, caf::make_message(domain::balance_view{6})); // doubled on the way
  BOOST_TEST(first.answers == 0);
  BOOST_TEST(second.answers == 1);
  BOOST_TEST(second.last.get_as<domain::balance_view>(0).balance == 5);
  BOOST_TEST(gate.waiting() == 1u);
}

BOOST_AUTO_TEST_CASE(who_waits_too_long_hears_that_there_is_no_answer) {
  actors::gateway gate{10, 1s};
  heard waiting;
  const auto to = gate.expect(std::make_unique<listener>(waiting));
  gate.expire(std::chrono::steady_clock::now());
  BOOST_TEST(waiting.answers == 0);
  gate.expire(std::chrono::steady_clock::now() + 2s);
  BOOST_TEST(waiting.answers == 1);
  BOOST_TEST(waiting.last.empty());
  gate.complete(*to, caf::make_message(domain::balance_view{5})); // late
  BOOST_TEST(waiting.answers == 1);
}

BOOST_AUTO_TEST_CASE(no_more_may_wait_than_the_limit_says) {
  actors::gateway gate{2, 1h};
  heard waiting, refused;
  BOOST_TEST(gate.expect(std::make_unique<listener>(waiting)).has_value());
  BOOST_TEST(gate.expect(std::make_unique<listener>(waiting)).has_value());
  BOOST_TEST(!gate.expect(std::make_unique<listener>(refused)).has_value());
  BOOST_TEST(refused.answers == 1);
  BOOST_TEST(refused.last.empty());
}

BOOST_AUTO_TEST_CASE(an_address_that_nobody_gave_out_is_ignored) {
  actors::gateway gate{2, 1h};
  gate.complete({0, 1, {}, {}}, caf::make_message(1));
  gate.complete({65'535, 1, {}, {}}, caf::make_message(1));
  gate.complete({1, 12'345, {}, {}}, caf::make_message(1));
  BOOST_TEST(gate.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(threads_that_ask_and_answer_at_once_lose_nothing) {
  actors::gateway gate{100'000, 1h};
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
      for (int i = 0; i < asks; ++i)
        gate.complete(*gate.expect(std::make_unique<counting>(answered)), caf::make_message(i));
    });
  for (auto& each : askers)
    each.join();
  BOOST_TEST(answered == threads * asks);
  BOOST_TEST(gate.waiting() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
