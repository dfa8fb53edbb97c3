#include "domain/queue.hpp"
#include "tests/domain/plain_queue.hpp"
#include "tests/domain/random_source.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <utility>
#include <vector>

using namespace frontrow::domain;
using frontrow::test::plain_queue;
using frontrow::test::random_source;

namespace {

constexpr instant start{milliseconds{1'800'000'000'000}};

place_secret secret_of(place_number place) {
  place_secret secret{};
  for (std::size_t i = 0; i < 8; ++i)
    secret[i] = static_cast<std::uint8_t>(place * 0x9e37 >> (8 * i));
  return secret;
}

/// One concert's night: people come, poll, buy, leave, vanish; operators meddle; lives end.
class night {
public:
  explicit night(random_source& chance) : chance_(chance) {
    plain_.latest = now_;
    run(open_queue{random_policy()});
    stored_ = machine_.snapshot();
  }

  void step() {
    pass_time();
    settle();
    switch (chance_.between(0, 15)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      join();
      break;
    case 5:
    case 6:
    case 7:
      poll();
      break;
    case 8:
      poll_together();
      break;
    case 9:
    case 10:
      leave();
      break;
    case 11:
    case 12:
      run(complete_place{some_place(), 1, 1});
      break;
    case 13:
      meddle();
      break;
    case 14:
      run(tick{}); // not due
      break;
    default:
      if (chance_.one_in(60))
        crash();
    }
    if (chance_.one_in(8)) // the shell's tick may be late
      late_ = true;
    check_figures();
  }

  void crash() {
    queue next_life(3);
    if (chance_.one_in(4)) {
      for (const auto& happened : history_)
        next_life.apply(happened);
    } else {
      next_life = queue::restore(3, stored_);
      for (auto i = static_cast<std::size_t>(stored_.version); i < history_.size(); ++i)
        next_life.apply(history_[i]);
    }
    BOOST_REQUIRE(next_life.snapshot() == machine_.snapshot());
    machine_ = std::move(next_life);
    stored_ = machine_.snapshot();
    machine_.begin_life(now_);
    for (auto& [place, one] : plain_.people) {
      one.seen = at(); // a new life knows no more, even if an older one's clock was ahead
      one.seen_by = plain_.latest;
    }
    settle();
  }

private:
  instant at() const { return std::max(now_, plain_.last_at); }

  template <class Command>
  auto run(const Command& command) -> decltype(queue{3}.decide(command, instant{})) {
    if constexpr (requires { machine_.observe(command, now_); })
      machine_.observe(command, now_);
    auto decided = machine_.decide(command, now_);
    BOOST_REQUIRE(decided.accepted() || decided.events.empty());
    for (const auto& happened : decided.events) {
      plain_.follow(happened);
      machine_.apply(happened);
      history_.push_back(happened);
    }
    return decided;
  }

  queue_policy random_policy() {
    queue_policy policy;
    policy.rate_per_second =
        static_cast<std::int32_t>(chance_.one_in(3) ? chance_.between(1, 2'000) : chance_.between(1, 5));
    policy.burst = static_cast<std::int32_t>(chance_.between(1, 12));
    policy.max_active = static_cast<std::int32_t>(chance_.between(1, 20));
    policy.capacity = static_cast<std::int32_t>(chance_.between(1, 40));
    policy.active_seconds = static_cast<std::int32_t>(chance_.between(1, 30));
    policy.abandon_seconds = static_cast<std::int32_t>(chance_.one_in(4) ? 0 : chance_.between(1, 20));
    policy.paused = chance_.one_in(10);
    return policy;
  }

  void pass_time() {
    if (chance_.one_in(20))
      now_ -= milliseconds{chance_.between(0, 2'000)};
    else
      now_ += milliseconds{chance_.one_in(10) ? chance_.between(0, 10'000) : chance_.between(0, 200)};
    if (chance_.one_in(1'000))
      now_ += std::chrono::hours{chance_.between(1, 30)};
    plain_.latest = std::max(plain_.latest, now_);
  }

  void settle() {
    if (std::exchange(late_, false))
      return;
    while (machine_.next_deadline() && *machine_.next_deadline() <= now_)
      BOOST_REQUIRE(!run(tick{}).events.empty()); // each tick gets on
    check_nothing_is_overdue();
  }

  void check_nothing_is_overdue() const {
    for (const auto& [place, one] : plain_.people) {
      BOOST_REQUIRE(one.status != place_status::active || one.until > now_);
      BOOST_REQUIRE(one.status != place_status::waiting ||
                    !plain_.gone_for_certain(one, now_ - abandonment_slack));
    }
    const auto& policy = plain_.policy;
    const auto waiting = plain_.count(place_status::waiting);
    const auto room = policy.max_active - plain_.count(place_status::active);
    if (now_ < plain_.last_at || waiting == 0 || room <= 0 || policy.paused || plain_.sold_out())
      return;
    const std::int64_t elapsed = std::max<std::int64_t>(0, (now_ - plain_.last_at).count());
    const std::int64_t credit =
        std::min(policy.burst * std::int64_t{1000}, plain_.credit + policy.rate_per_second * elapsed);
    const std::int64_t held_back =
        std::min({waiting, room, std::max<std::int64_t>(1, policy.burst / 2),
                  std::max<std::int64_t>(1, policy.rate_per_second / admissions_per_second_max)});
    BOOST_REQUIRE_LT(credit, held_back * 1000); // nobody waits who could be in
  }

  user_id some_user() { return chance_.between(1, 60); }
  place_number some_place() {
    return chance_.between(std::max<place_number>(-1, plain_.last_place - 60), plain_.last_place + 1);
  }

  void join() {
    const user_id user = some_user();
    const std::uint64_t command = chance_.one_in(3) ? 0 : ++commands_;
    const auto* had = plain_.place_of(user);
    const bool over = had && had->status == place_status::active && had->until <= at();
    const bool has = had && !over;
    const auto waiting = plain_.count(place_status::waiting);
    const auto decided = run(join_queue{{0, command}, user, secret_of(plain_.last_place + 1)});
    see(user);
    if (has) {
      BOOST_REQUIRE(decided.accepted() && decided.events.empty() && decided.reply.how == answer::found);
    } else if (plain_.sold_out()) {
      BOOST_REQUIRE(!decided.accepted() && decided.refusal_->reason == refusal::sold_out);
    } else if (waiting >= plain_.policy.capacity) {
      BOOST_REQUIRE(!decided.accepted() && decided.refusal_->reason == refusal::queue_full);
    } else {
      BOOST_REQUIRE(decided.accepted() && decided.reply.how == answer::made);
      BOOST_REQUIRE_EQUAL(decided.reply.place, plain_.last_place);
      if (command)
        made_.push_back({command, user, plain_.last_place});
      // A repeat is answered as the first was.
      const auto again = run(join_queue{{0, command}, user, secret_of(0)});
      BOOST_REQUIRE(again.events.empty());
      BOOST_REQUIRE(again.reply.how == (command ? answer::made : answer::found));
      BOOST_REQUIRE(again.reply.place == decided.reply.place && again.reply.secret == decided.reply.secret);
      BOOST_REQUIRE(again.reply.position == decided.reply.position &&
                    again.reply.status == decided.reply.status);
    }
    repeat_an_old_command();
  }

  void repeat_an_old_command() {
    if (made_.empty() || !chance_.one_in(4))
      return;
    const auto [command, user, place] = chance_.pick(made_);
    const auto& one = plain_.people.at(place);
    const bool ended = one.status != place_status::waiting && one.status != place_status::active;
    if (ended && plain_.last_at - one.until >= remembered_for)
      return; // may be forgotten
    const auto again = run(join_queue{{0, command}, user, secret_of(0)});
    see(user);
    BOOST_REQUIRE(again.accepted() && again.events.empty() && again.reply.how == answer::made);
    BOOST_REQUIRE_EQUAL(again.reply.place, place);
  }

  void see(user_id user) {
    for (auto& [place, one] : plain_.people)
      if (one.user == user && one.status == place_status::waiting)
        plain_.see(one, at());
  }

  void poll() {
    const auto place = some_place();
    const auto known = plain_.people.find(place);
    const bool right = !chance_.one_in(10);
    const auto decided = run(read_place{place, right ? secret_of(place) : place_secret{1}, 0});
    if (known == plain_.people.end() || !right) {
      BOOST_REQUIRE(!decided.accepted() && decided.refusal_->reason == refusal::queue_token_invalid);
      return;
    }
    auto& one = known->second;
    if (!decided.accepted()) { // only what is long over is forgotten
      BOOST_REQUIRE(one.status != place_status::waiting && one.status != place_status::active);
      BOOST_REQUIRE(plain_.last_at - one.until >= remembered_for);
      return;
    }
    const auto& view = decided.reply;
    auto expected = one.status;
    if (one.status == place_status::active && one.until <= at())
      expected = place_status::expired;
    if (one.status == place_status::waiting) {
      plain_.see(one, at());
      expected = plain_.sold_out() ? place_status::sold_out : place_status::waiting;
    }
    BOOST_REQUIRE(view.status == expected);
    BOOST_REQUIRE_EQUAL(view.user, one.user);
    BOOST_REQUIRE_EQUAL(view.position, expected == place_status::waiting ? plain_.position(place) : 0);
    BOOST_REQUIRE(view.valid_until == (expected == place_status::active ? one.until : instant{}));
    BOOST_REQUIRE_EQUAL(view.eta_seconds > 0, expected == place_status::waiting);
    BOOST_REQUIRE(view.poll_after_ms >= 0 && view.poll_after_ms <= 15'000);
  }

  void poll_together() {
    read_places question;
    for (auto left = chance_.between(0, 3); left > 0; --left) {
      const auto place = some_place();
      question.places.push_back({place, chance_.one_in(10) ? place_secret{1} : secret_of(place), 0});
    }
    const auto told = run(question).reply.places;
    BOOST_REQUIRE_EQUAL(told.size(), question.places.size());
    for (std::size_t at_place = 0; at_place < told.size(); ++at_place) {
      const auto alone = machine_.decide(question.places[at_place], now_);
      BOOST_REQUIRE(alone.accepted() ? alone.reply == told[at_place] : told[at_place].place == 0);
      if (alone.accepted())
        if (auto& one = plain_.people.at(told[at_place].place); one.status == place_status::waiting)
          plain_.see(one, at());
    }
  }

  void leave() {
    const auto place = some_place();
    const auto decided = run(leave_queue{place, secret_of(place), 0});
    const auto known = plain_.people.find(place);
    if (decided.accepted())
      BOOST_REQUIRE(known->second.status != place_status::waiting);
  }

  void meddle() {
    switch (chance_.between(0, 4)) {
    case 0:
      if (chance_.one_in(4))
        run(change_policy{random_policy()});
      break;
    case 1: // mostly as it was, so that long intervals are checked, too
      if (auto policy = plain_.policy; policy.paused || chance_.one_in(8)) {
        policy.paused = !policy.paused;
        run(change_policy{policy});
      }
      break;
    default: {
      const option_id option = chance_.between(1, 3);
      run(report_option{option, ++reports_ - chance_.between(0, 3), chance_.one_in(2)});
    }
    }
  }

  void check_figures() {
    const auto figures = machine_.decide(read_queue{}, now_).reply;
    BOOST_REQUIRE_EQUAL(figures.waiting, plain_.count(place_status::waiting));
    BOOST_REQUIRE_EQUAL(figures.active, plain_.count(place_status::active));
    BOOST_REQUIRE_EQUAL(figures.sold_out, plain_.sold_out());
    BOOST_REQUIRE(figures.policy == plain_.policy);
    BOOST_REQUIRE_EQUAL(machine_.version(), static_cast<event_number>(history_.size()));
  }

  struct made_place {
    std::uint64_t command;
    user_id user;
    place_number place;
  };

  random_source& chance_;
  queue machine_{3};
  plain_queue plain_;
  std::vector<queue::event> history_;
  queue::snapshot_type stored_;
  instant now_ = start;
  bool late_ = false;
  std::uint64_t commands_ = 0;
  event_number reports_ = 10;
  std::vector<made_place> made_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(queue_properties)

BOOST_AUTO_TEST_CASE(order_rate_and_room_are_kept_whatever_happens_and_whenever_it_crashes) {
  random_source chance("queue");
  std::int64_t left = frontrow::test::steps_or(100'000);
  while (left > 0) { // many nights: the plain queue is as slow as it is plain
    night one(chance);
    for (std::int64_t steps = std::min<std::int64_t>(left, 1'000); steps > 0; --steps, --left)
      one.step();
    one.crash();
  }
}

BOOST_AUTO_TEST_SUITE_END()
