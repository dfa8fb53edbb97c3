#include "domain/queue.hpp"

#include <algorithm>
#include <cassert>

namespace frontrow::domain {

namespace {

/// Between polls: never more often than this however near the front, never longer than this however far back.
constexpr std::int64_t poll_least_ms = 500;
constexpr std::int64_t poll_most_ms = 15'000;
/// One who shops need only learn of the end of the shopping time.
constexpr std::int64_t poll_active_ms = 5'000;
/// So many polls fit into the time after which a waiter counts as gone: one or two may be lost.
constexpr std::int64_t polls_before_abandoned = 4;

/// Takes as long whatever differs, so that it tells nothing of the secret.
bool same(const place_secret& one, const place_secret& other) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i)
    difference |= static_cast<unsigned>(one[i] ^ other[i]);
  return difference == 0;
}

template <class Reply, class Event>
queue::decided<Reply> record_one(Event happened, Reply reply) {
  queue::decided<Reply> result(std::move(reply));
  result.events.emplace_back(std::move(happened));
  return result;
}

constexpr std::int64_t rounded_up(std::int64_t dividend, std::int64_t divisor) {
  return (dividend + divisor - 1) / divisor;
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
  if (opened_ && policy_ != command.policy)
    return refusal::already_opened;
  if (opened_)
    return done{};
  return record_one(queue_opened{no_earlier(now), command.policy}, done{});
}

queue::decided<queue_view> queue::decide(const change_policy& command, instant now) const {
  if (!opened_)
    return refusal::concert_not_found;
  if (!valid(command.policy))
    return refusal::invalid_request;
  if (policy_ == command.policy)
    return figures();
  queue_view after = figures();
  after.policy = command.policy;
  return record_one(policy_changed{no_earlier(now), command.policy}, after);
}

queue::decided<done> queue::decide(const report_option& command, instant now) const {
  if (!opened_)
    return refusal::concert_not_found;
  if (command.number <= 0)
    return refusal::invalid_request;
  const auto known = options_.find(command.option);
  if (known != options_.end() && known->second.number >= command.number)
    return done{};
  return record_one(option_reported{no_earlier(now), command.option, command.number, command.sold_out},
                    done{});
}

queue::decided<queue_view> queue::decide(const read_queue&, instant) const {
  if (!opened_)
    return refusal::concert_not_found;
  return figures();
}

queue_view queue::figures() const {
  return {policy_, waiting_, active(), admitted_total_, sold_out()};
}

// ---- one place

queue::decided<place_view> queue::decide(const join_queue& command, instant now) const {
  if (!opened_)
    return refusal::concert_not_found;
  if (command.user <= 0)
    return refusal::invalid_request;
  const instant at = no_earlier(now);
  const auto found = latest_place_.find(command.user);
  const place_number latest = found == latest_place_.end() ? 0 : found->second;
  const auto remembered = look_through(latest, command.command);
  if (remembered.by_command)
    return view_of(remembered.by_command, answer::made, at);
  const auto status = latest ? status_at(at_place(latest), at) : place_status::expired;
  if (status == place_status::waiting || status == place_status::active)
    return view_of(latest, answer::found, at);
  if (sold_out())
    return refusal::sold_out;
  if (waiting_ >= policy_.capacity || remembered.count >= user_places_max)
    return refusal::queue_full;

  decided<place_view> result;
  if (latest && at_place(latest).status == place_status::active) // its time is over, its tick still to come
    result.events.emplace_back(places_ended{at, place_end::expired, {latest}});
  const place_number place = next_place();
  result.events.emplace_back(place_taken{at, place, command.user, command.secret, command.command});
  result.reply.how = answer::made;
  result.reply.place = place;
  result.reply.secret = command.secret;
  result.reply.user = command.user;
  const bool at_once = waiting_ == 0 && admitting() && active() < policy_.max_active &&
                       bucket_.level_at(at, limits()) >= token_bucket::one;
  if (at_once) {
    const instant until = at + seconds{policy_.active_seconds};
    result.events.emplace_back(places_admitted{at, place, 1, until});
    result.reply.status = place_status::active;
    result.reply.poll_after_ms = poll_active_ms;
    result.reply.valid_until = until;
  } else {
    describe_waiting(result.reply, waiting_ + 1);
  }
  return result;
}

queue::decided<place_view> queue::decide(const read_place& command, instant now) const {
  if (!find(command.place, command.secret, command.user))
    return refusal::queue_token_invalid;
  return view_of(command.place, answer::found, no_earlier(now));
}

queue::decided<places_read> queue::decide(const read_places& command, instant now) const {
  places_read told;
  told.places.reserve(command.places.size());
  for (const auto& each : command.places)
    told.places.push_back(decide(each, now).reply);
  return told;
}

queue::decided<done> queue::decide(const leave_queue& command, instant now) const {
  const auto* place = find(command.place, command.secret, command.user);
  if (!place)
    return refusal::queue_token_invalid;
  const instant at = no_earlier(now);
  const auto status = status_at(*place, at);
  if (status != place_status::waiting && status != place_status::active)
    return done{};
  return record_one(places_ended{at, place_end::left, {command.place}}, done{});
}

queue::decided<done> queue::decide(const complete_place& command, instant now) const {
  const auto* place = find(command.place);
  const instant at = no_earlier(now);
  if (!place || status_at(*place, at) != place_status::active)
    return done{};
  return record_one(places_ended{at, place_end::completed, {command.place}}, done{});
}

// ---- what time brings

queue::decided<done> queue::decide(const tick&, instant now) const {
  decided<done> result;
  if (!opened_)
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
                policy_.max_active - (active() - over_count), waiting_ - gone_count, tick_places_max});
  if (count > 0)
    result.events.emplace_back(places_admitted{at, last_admitted(count, at), static_cast<std::int32_t>(count),
                                               at + seconds{policy_.active_seconds}});
  return result;
}

std::optional<instant> queue::next_deadline() const {
  std::optional<instant> next;
  const auto consider = [&next](instant due) { next = next ? std::min(*next, due) : due; };
  if (!active_.empty())
    consider(active_.begin()->first);
  if (waiting_ > 0 && policy_.abandon_seconds > 0)
    consider(presence_.last_seen(presence_.longest_unseen()) + seconds{policy_.abandon_seconds} +
             abandonment_slack);
  const std::int64_t room = policy_.max_active - active();
  if (waiting_ > 0 && room > 0 && admitting()) {
    // Half a burst at the most: a full bucket while people wait is admission lost.
    const std::int64_t worth_it =
        std::min<std::int64_t>(policy_.rate_per_second / admissions_per_second_max, policy_.burst / 2);
    consider(bucket_.time_of(std::max<std::int64_t>(1, std::min({worth_it, waiting_, room})), limits()));
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
  return policy_.abandon_seconds > 0 && presence_.last_seen(place) + seconds{policy_.abandon_seconds} <= at;
}

/// The last of the first `count` who wait and are still there; there are so many.
place_number queue::last_admitted(std::int64_t count, instant at) const {
  for (auto place = first_waiting_;; ++place) {
    assert(place < next_place());
    if (at_place(place).status == place_status::waiting && !abandoned(place, at) && --count == 0)
      return place;
  }
}

// ---- looking up and describing

const queue::record* queue::find(place_number place) const {
  return place >= first_place_ && place < next_place() ? &at_place(place) : nullptr;
}

const queue::record* queue::find(place_number place, const place_secret& secret, user_id user) const {
  const auto* found = find(place);
  return found && same(found->secret, secret) && (user == 0 || user == found->user) ? found : nullptr;
}

/// From a user's latest place back. It costs no memory, and user_places_max bounds the way: almost everybody's is
/// one place long.
queue::remembered_places queue::look_through(place_number latest, command_id command) const {
  remembered_places seen;
  for (auto place = latest; place >= first_place_ && seen.count < user_places_max; place = at_place(place).previous) {
    ++seen.count;
    if (command && at_place(place).command == command) {
      seen.by_command = place;
      break;
    }
  }
  return seen;
}

place_status queue::status_at(const record& place, instant at) const {
  return place.status == place_status::active && place.until <= at ? place_status::expired : place.status;
}

place_view queue::view_of(place_number number, answer how, instant at) const {
  const auto& place = at_place(number);
  place_view view;
  view.how = how;
  view.place = number;
  view.secret = place.secret;
  view.user = place.user;
  view.status = status_at(place, at);
  if (view.status == place_status::active) {
    view.valid_until = place.until;
    view.poll_after_ms = poll_active_ms;
  } else if (view.status == place_status::waiting) {
    describe_waiting(view, positions_.position(number));
  }
  return view;
}

void queue::describe_waiting(place_view& view, std::int64_t position) const {
  std::int64_t poll_ms = poll_most_ms;
  view.status = sold_out() ? place_status::sold_out : place_status::waiting;
  if (view.status == place_status::waiting) {
    // The rate lets so many in; past those who find room now, one comes in for each who has done shopping.
    const std::int64_t room = std::max<std::int64_t>(0, policy_.max_active - active());
    const std::int64_t by_rate_ms = rounded_up(position * 1000, policy_.rate_per_second);
    const std::int64_t by_room_ms = rounded_up(
        std::max<std::int64_t>(0, position - room) * policy_.active_seconds * 1000, policy_.max_active);
    const std::int64_t eta_ms = std::max(by_rate_ms, by_room_ms);
    view.position = position;
    view.eta_seconds = rounded_up(eta_ms, 1000);
    poll_ms = std::clamp(eta_ms / 4, poll_least_ms, poll_most_ms);
  }
  if (policy_.abandon_seconds > 0)
    poll_ms = std::min<std::int64_t>(poll_ms,
                                     policy_.abandon_seconds * std::int64_t{1000} / polls_before_abandoned);
  view.poll_after_ms = static_cast<std::int32_t>(poll_ms);
}

} // namespace frontrow::domain
