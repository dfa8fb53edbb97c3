#include "domain/queue.hpp"

#include <algorithm>
#include <cassert>

namespace frontrow::domain {

namespace {

template <class Reply, class Event>
queue::decided<Reply> record_one(Event happened, Reply reply) {
  queue::decided<Reply> result(std::move(reply));
  result.events.emplace_back(std::move(happened));
  return result;
}

constexpr bool within(std::int64_t value, std::int64_t least, std::int64_t most) {
  return value >= least && value <= most;
}

} // namespace

bool valid(const queue_policy& policy) {
  return within(policy.rate_per_second, 1, 1'000'000) && within(policy.burst, 1, 1'000'000) &&
         within(policy.max_active, 1, 10'000'000) && within(policy.capacity, 1, 10'000'000) &&
         within(policy.active_seconds, 1, 86'400) && within(policy.abandon_seconds, 0, 86'400);
}

// ---- the queue as a whole

queue::decided<done> queue::decide(const open_queue& command, instant now) const {
  if (!valid(command.policy))
    return refusal::invalid_request;
  if (book_.opened() && policy() != command.policy)
    return refusal::already_opened;
  if (book_.opened())
    return done{};
  return record_one(queue_opened{no_earlier(now), command.policy}, done{});
}

queue::decided<queue_view> queue::decide(const change_policy& command, instant now) const {
  if (!book_.opened())
    return refusal::concert_not_found;
  if (!valid(command.policy))
    return refusal::invalid_request;
  if (policy() == command.policy)
    return figures();
  queue_view after = figures();
  after.policy = command.policy;
  return record_one(policy_changed{no_earlier(now), command.policy}, after);
}

queue::decided<done> queue::decide(const report_option& command, instant now) const {
  if (!book_.opened())
    return refusal::concert_not_found;
  if (command.number <= 0)
    return refusal::invalid_request;
  const auto known = book_.options().find(command.option);
  if (known != book_.options().end() && known->second.number >= command.number)
    return done{};
  return record_one(option_reported{no_earlier(now), command.option, command.number, command.sold_out},
                    done{});
}

queue::decided<queue_view> queue::decide(const read_queue&, instant) const {
  if (!book_.opened())
    return refusal::concert_not_found;
  return figures();
}

queue_view queue::figures() const {
  return {policy(), waiting(), active(), admitted_total_, sold_out()};
}

// ---- one place

queue::decided<place_view> queue::decide(const read_place& command, instant now) const {
  if (!book_.find(command.place, command.secret, command.user))
    return refusal::queue_token_invalid;
  return book_.view_of(command.place, answer::found, no_earlier(now));
}

queue::decided<places_read> queue::decide(const read_places& command, instant now) const {
  places_read told;
  told.places.reserve(command.places.size());
  for (const auto& each : command.places)
    told.places.push_back(decide(each, now).reply);
  return told;
}

queue::decided<done> queue::decide(const leave_queue& command, instant now) const {
  const auto* place = book_.find(command.place, command.secret, command.user);
  if (!place)
    return refusal::queue_token_invalid;
  const instant at = no_earlier(now);
  const auto status = book_.status_at(*place, at);
  if (status != place_status::waiting && status != place_status::active)
    return done{};
  return record_one(places_ended{at, place_end::left, {command.place}}, done{});
}

queue::decided<done> queue::decide(const complete_place& command, instant now) const {
  const auto* place = find(command.place);
  const instant at = no_earlier(now);
  if (!place || book_.status_at(*place, at) != place_status::active)
    return done{};
  return record_one(places_ended{at, place_end::completed, {command.place}}, done{});
}

// ---- what time brings

queue::decided<done> queue::decide(const tick&, instant now) const {
  decided<done> result;
  if (!book_.opened())
    return result;
  const instant at = no_earlier(now);
  auto over = lapsed(at);
  auto gone = gone_away(at);
  const auto over_count = static_cast<std::int64_t>(over.size());
  const auto gone_count = static_cast<std::int64_t>(gone.size());
  if (over_count > 0)
    result.events.emplace_back(places_ended{at, place_end::expired, std::move(over)});
  if (gone_count > 0)
    result.events.emplace_back(places_ended{at, place_end::abandoned, std::move(gone)});
  // Some who went away may still stand at the front: they must not use an admission up. The next tick goes
  // on.
  if (gone_count == tick_places_max || !admitting())
    return result;
  const std::int64_t count =
      std::min({bucket_.level_at(at, limits()) / token_bucket::one,
                policy().max_active - (active() - over_count), waiting() - gone_count, tick_places_max});
  if (count > 0)
    result.events.emplace_back(places_admitted{at, last_admitted(count, at), static_cast<std::int32_t>(count),
                                               at + seconds{policy().active_seconds}});
  return result;
}

std::optional<instant> queue::next_deadline() const {
  std::optional<instant> next;
  const auto consider = [&next](instant due) { next = next ? std::min(*next, due) : due; };
  if (!active_.empty())
    consider(active_.begin()->first);
  if (waiting() > 0 && policy().abandon_seconds > 0)
    consider(presence_.last_seen(presence_.longest_unseen()) + seconds{policy().abandon_seconds} +
             abandonment_slack);
  const std::int64_t room = policy().max_active - active();
  if (waiting() > 0 && room > 0 && admitting()) {
    // Half a burst at the most: a full bucket while people wait is admission lost.
    const std::int64_t worth_it =
        std::min<std::int64_t>(policy().rate_per_second / admissions_per_second_max, policy().burst / 2);
    consider(bucket_.time_of(std::max<std::int64_t>(1, std::min({worth_it, waiting(), room})), limits()));
  }
  return next;
}

/// Those whose shopping time is over, the longest so first.
std::vector<place_number> queue::lapsed(instant at) const {
  std::vector<place_number> places;
  for (const auto& [until, place] : active_) {
    if (until > at || static_cast<std::int64_t>(places.size()) == tick_places_max)
      break;
    places.push_back(place);
  }
  std::sort(places.begin(), places.end());
  return places;
}

/// Those who wait and were not seen for too long.
std::vector<place_number> queue::gone_away(instant at) const {
  std::vector<place_number> places;
  for (auto place = presence_.longest_unseen(); place != 0 && abandoned(place, at);
       place = presence_.next_unseen(place)) {
    places.push_back(place);
    if (static_cast<std::int64_t>(places.size()) == tick_places_max)
      break;
  }
  std::sort(places.begin(), places.end());
  return places;
}

bool queue::abandoned(place_number place, instant at) const {
  return policy().abandon_seconds > 0 && presence_.last_seen(place) + seconds{policy().abandon_seconds} <= at;
}

/// The last of the first `count` who wait and are still there; there are so many.
place_number queue::last_admitted(std::int64_t count, instant at) const {
  for (auto place = book_.first_waiting();; ++place) {
    assert(place < book_.next_place());
    if (waits(place) && !abandoned(place, at) && --count == 0)
      return place;
  }
}

} // namespace frontrow::domain
