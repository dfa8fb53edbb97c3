#pragma once

#include "domain/queue.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

namespace frontrow::test {

using namespace frontrow::domain;

inline constexpr instant noon{milliseconds{1'800'000'000'000}};

inline place_secret secret_of(std::int64_t which) {
  place_secret secret{};
  for (std::size_t i = 0; i < 8; ++i)
    secret[i] = static_cast<std::uint8_t>(which >> (8 * i));
  secret[15] = 0xa5;
  return secret;
}

/// One a second, one at once, and nobody is taken for gone: the rules show one by one.
inline queue_policy slow_policy() {
  queue_policy policy;
  policy.rate_per_second = 1;
  policy.burst = 1;
  policy.max_active = 100;
  policy.capacity = 1000;
  policy.abandon_seconds = 0;
  return policy;
}

/// A queue with its whole history, replayed in both ways after every step.
struct room {
  queue machine{5};
  std::vector<queue::event> history;
  instant now = noon;

  template <class Command>
  auto run(const Command& command) -> decltype(machine.decide(command, now)) {
    if constexpr (requires { machine.observe(command, now); })
      machine.observe(command, now);
    const auto before = machine.snapshot();
    auto decided = machine.decide(command, now);
    BOOST_TEST((machine.snapshot() == before)); // to decide changes nothing
    if (!decided.accepted())
      BOOST_TEST(decided.events.empty());
    for (const auto& happened : decided.events) {
      machine.apply(happened);
      history.push_back(happened);
    }
    check_replay();
    return decided;
  }

  /// As the shell does: all that is due until `until` is done at its time.
  void wait_until(instant until) {
    while (machine.next_deadline() && *machine.next_deadline() <= until) {
      now = std::max(now, *machine.next_deadline());
      BOOST_TEST_REQUIRE(!run(tick{}).events.empty());
    }
    now = until;
  }

  auto join(user_id user, std::uint64_t command = 0) {
    return run(join_queue{command_id{0, command}, user, secret_of(user)});
  }
  auto read(place_number place, user_id user) { return run(read_place{place, secret_of(user), user}); }
  place_status status(place_number place, user_id user) { return read(place, user).reply.status; }

  room() = default;
  explicit room(const queue_policy& policy) { run(open_queue{policy}); }

  void check_replay() const {
    queue replayed(5);
    for (const auto& happened : history)
      replayed.apply(happened);
    BOOST_TEST((replayed.snapshot() == machine.snapshot()));
    BOOST_TEST((replayed.next_deadline().has_value() == machine.next_deadline().has_value()));
    queue from_half(5);
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (i == history.size() / 2)
        from_half = queue::restore(5, from_half.snapshot());
      from_half.apply(history[i]);
    }
    BOOST_TEST((from_half.snapshot() == machine.snapshot()));
    BOOST_TEST((queue::restore(5, machine.snapshot()).snapshot() == machine.snapshot()));
  }
};

template <class Decided>
void check_refused(const Decided& decided, refusal reason) {
  BOOST_TEST_REQUIRE(!decided.accepted());
  BOOST_TEST((decided.refusal_ == refused{reason, {}}));
  BOOST_TEST(decided.events.empty());
}

template <class Event, class Decided>
const Event& only_event(const Decided& decided) {
  BOOST_TEST_REQUIRE(decided.accepted());
  BOOST_TEST_REQUIRE(decided.events.size() == 1U);
  return std::get<Event>(decided.events[0]);
}

} // namespace frontrow::test
