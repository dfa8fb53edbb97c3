#include "domain/place_book.hpp"

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

/// The last so many who have shopped make the estimate of how long it takes.
constexpr std::int64_t shopping_remembered = 64;

constexpr std::int64_t rounded_up(std::int64_t dividend, std::int64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

} // namespace

// ---- telling

const place_book::entry* place_book::find(place_number place) const {
  return place >= first_place_ && place < next_place() ? &at(place) : nullptr;
}

const place_book::entry* place_book::find(place_number place, const place_secret& secret,
                                          user_id user) const {
  const auto* found = find(place);
  return found && same(found->secret, secret) && (user == 0 || user == found->user) ? found : nullptr;
}

place_status place_book::status_at(const entry& place, instant now) const {
  return place.status() == place_status::active && place.until() <= now ? place_status::expired
                                                                        : place.status();
}

place_view place_book::view_of(place_number number, answer how, instant now) const {
  const auto& place = at(number);
  place_view view;
  view.how = how;
  view.place = number;
  view.secret = place.secret;
  view.user = place.user;
  view.status = status_at(place, now);
  if (view.status == place_status::active)
    describe_active(view, place.until());
  else if (view.status == place_status::waiting)
    describe_waiting(view, positions_.position(number), active_);
  return view;
}

void place_book::describe_active(place_view& view, instant until) {
  view.status = place_status::active;
  view.valid_until = until;
  view.poll_after_ms = poll_active_ms;
}

void place_book::describe_waiting(place_view& view, std::int64_t position, std::int64_t shopping) const {
  std::int64_t poll_ms = poll_most_ms;
  view.status = sold_out() ? place_status::sold_out : place_status::waiting;
  if (view.status == place_status::waiting) {
    // The rate lets so many in; past those who find room now, one comes in for each who has done shopping.
    const std::int64_t room = std::max<std::int64_t>(0, policy_.max_active - shopping);
    const std::int64_t by_rate_ms = rounded_up(position * 1000, policy_.rate_per_second);
    const std::int64_t by_room_ms = rounded_up(
        std::max<std::int64_t>(0, position - room) * shopping_time_.count(), policy_.max_active);
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

// ---- events

void place_book::apply_one(const queue_opened& fact) {
  opened_ = true;
  policy_ = fact.policy;
  shopping_time_ = seconds{policy_.active_seconds};
}

void place_book::apply_one(const place_taken& fact) {
  take(fact.place, fact.user, fact.secret);
}

void place_book::apply_one(const places_taken& fact) {
  auto place = fact.first;
  for (const auto& each : fact.takers)
    take(place++, each.user, each.secret);
}

void place_book::take(place_number place, user_id user, const place_secret& secret) {
  assert(place == next_place());
  if (waiting_ == 0)
    first_waiting_ = place;
  places_.emplace_back(secret, user);
  positions_.append();
  ++waiting_;
}

void place_book::apply_one(const places_admitted& fact) {
  assert(fact.count > 0 && fact.count <= waiting_ && fact.through < next_place());
  std::int32_t admitted = 0;
  for (auto place = first_waiting_; place <= fact.through; ++place) {
    auto& one = entry_of(place);
    if (one.status() != place_status::waiting)
      continue;
    one.is_now(place_status::active, fact.until);
    positions_.remove(place);
    ++admitted;
  }
  assert(admitted == fact.count); // the first, in the order of joining
  waiting_ -= admitted;
  active_ += admitted;
  first_waiting_ = fact.through + 1;
}

void place_book::apply_one(const places_ended& fact) {
  const auto status = fact.reason == place_end::completed ? place_status::completed : place_status::expired;
  for (const auto place : fact.places)
    end(place, status, fact.at);
  // Skips what it has passed once and for all, so a gap costs its length once.
  while (waiting_ > 0 && at(first_waiting_).status() != place_status::waiting)
    ++first_waiting_;
}

void place_book::end(place_number place, place_status status, instant when) {
  assert(find(place));
  auto& one = entry_of(place);
  if (one.status() == place_status::waiting) {
    positions_.remove(place);
    --waiting_;
  } else {
    assert(one.status() == place_status::active);
    --active_;
    const milliseconds longest = seconds{policy_.active_seconds};
    const auto took = std::clamp(when - (one.until() - longest), milliseconds{0}, longest);
    shopping_time_ += (took - shopping_time_) / shopping_remembered;
  }
  one.is_now(status, when);
}

void place_book::apply_one(const policy_changed& fact) {
  if (fact.policy.active_seconds != policy_.active_seconds)
    shopping_time_ = seconds{fact.policy.active_seconds};
  policy_ = fact.policy;
}

void place_book::apply_one(const option_reported& fact) {
  auto& option = options_[fact.option];
  assert(option.number < fact.number);
  options_sold_out_ -= option.sold_out ? 1 : 0;
  option = {fact.number, fact.sold_out};
  options_sold_out_ += option.sold_out ? 1 : 0;
}

bool place_book::oldest_may_go() const {
  if (places_.empty())
    return false;
  const auto& oldest = places_.front();
  const bool ended = oldest.status() != place_status::waiting && oldest.status() != place_status::active;
  return ended && oldest.until() + remembered_for <= as_of_;
}

void place_book::forget_oldest() {
  places_.pop_front();
  ++first_place_;
}

// ---- snapshots

void place_book::restore_policy(bool opened, const queue_policy& policy, instant as_of) {
  opened_ = opened;
  policy_ = policy;
  shopping_time_ = seconds{policy.active_seconds};
  as_of_ = as_of;
}

void place_book::restore_option(option_id option, event_number number, bool sold_out) {
  options_[option] = {number, sold_out};
  options_sold_out_ += sold_out ? 1 : 0;
}

void place_book::restore_place(const entry& place) {
  const auto number = next_place();
  places_.push_back(place);
  if (place.status() == place_status::waiting) {
    if (waiting_++ == 0)
      first_waiting_ = number;
    positions_.append();
    return;
  }
  positions_.append_gone();
  if (place.status() == place_status::active)
    ++active_;
}

} // namespace frontrow::domain
