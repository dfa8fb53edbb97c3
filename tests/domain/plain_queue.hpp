#pragma once

#include "domain/queue.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <variant>

namespace frontrow::test {

using namespace frontrow::domain;

/// Admission said the other way round: not what is left in a bucket, but by how much the busiest interval
/// that ends now is over rate x length. That must never be more than the burst. In thousandths.
class busiest_interval {
public:
  void pass_until(instant at, std::int64_t rate) {
    over_ = std::max<std::int64_t>(0, over_ - rate * (at - last_).count());
    last_ = at;
  }
  void admit(std::int64_t count) { over_ += count * 1000; }
  void begin(instant at) { over_ = 0, last_ = at; }
  std::int64_t over() const { return over_; }

private:
  std::int64_t over_ = 0;
  instant last_;
};

/// A queue as one would write it without a thought for speed: a list, searched from the front each time. It
/// follows the events, and holds each against the rules.
struct plain_queue {
  struct person {
    user_id user = 0;
    place_status status{};
    instant until;
    instant seen;    // at the least, and
    instant seen_by; // at the most: a clock that runs backwards leaves room between them
  };
  queue_policy policy;
  std::map<place_number, person> people;
  std::map<option_id, std::pair<event_number, bool>> options;
  instant last_at;
  instant latest;                // by any clock
  busiest_interval always;       // against the largest burst there ever was
  busiest_interval since_policy; // against the one there is
  std::int32_t largest_burst = 0;
  std::int64_t credit = 0;
  place_number last_place = 0;
  place_number last_admitted = 0;

  std::int64_t count(place_status status) const {
    return std::count_if(people.begin(), people.end(),
                         [&](const auto& one) { return one.second.status == status; });
  }
  bool sold_out() const {
    return !options.empty() &&
           std::all_of(options.begin(), options.end(), [](const auto& one) { return one.second.second; });
  }
  bool gone(const person& one, instant at) const {
    return policy.abandon_seconds > 0 && one.seen + seconds{policy.abandon_seconds} <= at;
  }
  bool gone_for_certain(const person& one, instant at) const {
    return policy.abandon_seconds > 0 && one.seen_by + seconds{policy.abandon_seconds} <= at;
  }
  void see(person& one, instant at) const {
    one.seen = std::max(one.seen, at);
    one.seen_by = std::max(one.seen, latest);
  }
  const person* place_of(user_id user) const {
    for (const auto& [place, one] : people)
      if (one.user == user && (one.status == place_status::waiting || one.status == place_status::active))
        return &one;
    return nullptr;
  }
  std::int64_t position(place_number wanted) const {
    std::int64_t position = 0;
    for (const auto& [place, one] : people)
      if (place <= wanted && one.status == place_status::waiting)
        ++position;
    return position;
  }

  void follow(const queue::event& happened) {
    const instant at = std::visit([](const auto& fact) { return fact.at; }, happened);
    BOOST_REQUIRE(at >= last_at); // the queue's time never runs backwards
    credit =
        std::min(policy.burst * std::int64_t{1000}, credit + policy.rate_per_second * (at - last_at).count());
    always.pass_until(at, policy.rate_per_second);
    since_policy.pass_until(at, policy.rate_per_second);
    last_at = at;
    std::visit([this](const auto& fact) { check(fact); }, happened);
  }

  void check(const queue_opened& fact) {
    policy = fact.policy;
    largest_burst = policy.burst;
    credit = policy.burst * std::int64_t{1000};
  }
  void check(const place_taken& fact) { take(fact.place, fact.user, fact.at, policy.capacity); }
  void check(const places_taken& fact) {
    // Some of them may be let in by the next event: they never waited.
    const auto doors_open = !policy.paused && !sold_out();
    const auto at_once =
        doors_open ? std::min(credit / 1000, policy.max_active - count(place_status::active)) : std::int64_t{0};
    auto place = fact.first;
    BOOST_REQUIRE_GT(fact.takers.size(), 1);
    for (const auto& each : fact.takers)
      take(place++, each.user, fact.at, policy.capacity + at_once);
  }
  void take(place_number place, user_id user, instant at, std::int64_t capacity) {
    BOOST_REQUIRE_EQUAL(place, last_place + 1);
    BOOST_REQUIRE(place_of(user) == nullptr); // one place a user
    BOOST_REQUIRE(!sold_out());
    BOOST_REQUIRE_LT(count(place_status::waiting), capacity);
    last_place = place;
    people[place] = {user, place_status::waiting, {}, at, latest};
  }
  void check(const places_admitted& fact) {
    BOOST_REQUIRE(!policy.paused && !sold_out());
    BOOST_REQUIRE_GT(fact.through, last_admitted);
    last_admitted = fact.through;
    BOOST_REQUIRE(fact.until == fact.at + seconds{policy.active_seconds});
    std::int32_t admitted = 0;
    for (auto& [place, one] : people) {
      if (place > fact.through || one.status != place_status::waiting)
        continue; // those up to `through` all go: first come, first served
      BOOST_REQUIRE(!gone_for_certain(one, fact.at));
      one.status = place_status::active;
      one.until = fact.until;
      ++admitted;
    }
    BOOST_REQUIRE_EQUAL(admitted, fact.count);
    BOOST_REQUIRE(people.at(fact.through).status == place_status::active);
    BOOST_REQUIRE_LE(count(place_status::active), policy.max_active);
    always.admit(admitted);
    since_policy.admit(admitted);
    BOOST_REQUIRE_LE(always.over(), largest_burst * std::int64_t{1000});
    BOOST_REQUIRE_LE(since_policy.over(), policy.burst * std::int64_t{1000});
    credit -= admitted * std::int64_t{1000};
    BOOST_REQUIRE_GE(credit, 0);
  }
  void check(const places_ended& fact) {
    BOOST_REQUIRE(!fact.places.empty());
    for (const auto place : fact.places) {
      auto& one = people.at(place);
      const auto before = one.status;
      switch (fact.reason) {
      case place_end::expired:
        BOOST_REQUIRE(before == place_status::active && one.until <= fact.at);
        break;
      case place_end::abandoned:
        BOOST_REQUIRE(before == place_status::waiting && gone(one, fact.at));
        break;
      case place_end::completed:
        BOOST_REQUIRE(before == place_status::active && one.until > fact.at);
        break;
      case place_end::left:
        BOOST_REQUIRE(before == place_status::active || before == place_status::waiting);
        break;
      }
      one.status = fact.reason == place_end::completed ? place_status::completed : place_status::expired;
      one.until = fact.at;
    }
  }
  void check(const policy_changed& fact) {
    policy = fact.policy;
    largest_burst = std::max(largest_burst, policy.burst);
    credit = std::min(credit, policy.burst * std::int64_t{1000});
    since_policy.begin(fact.at);
  }
  void check(const option_reported& fact) { options[fact.option] = {fact.number, fact.sold_out}; }
};

} // namespace frontrow::test
