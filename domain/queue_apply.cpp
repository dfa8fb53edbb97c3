#include "domain/queue.hpp"

#include <cassert>

namespace frontrow::domain {

void queue::apply(const event& happened) {
  ++version_;
  const instant at = std::visit([](const auto& fact) { return fact.at; }, happened);
  if (opened_)
    bucket_.advance(at, limits()); // under the policy that held until now
  std::visit([this](const auto& fact) { apply_one(fact); }, happened);
  forget(at);
}

void queue::apply_one(const queue_opened& fact) {
  assert(!opened_ && valid(fact.policy));
  opened_ = true;
  policy_ = fact.policy;
  bucket_ = token_bucket::full(limits(), fact.at);
}

void queue::apply_one(const place_taken& fact) {
  assert(opened_ && fact.place == next_place());
  if (waiting_ == 0)
    first_waiting_ = fact.place;
  auto& latest = latest_place_[fact.user];
  assert(latest < first_place_ || (at_place(latest).status != place_status::waiting &&
                                   at_place(latest).status != place_status::active)); // one place a user
  places_.push_back(record{fact.secret, fact.command, fact.user, {}, latest, place_status::waiting});
  latest = fact.place;
  positions_.append();
  presence_.append(fact.at);
  ++waiting_;
}

void queue::apply_one(const places_admitted& fact) {
  assert(fact.count > 0 && fact.count <= waiting_ && fact.through < next_place());
  bucket_.take(fact.count);
  std::int32_t admitted = 0;
  for (auto place = first_waiting_; place <= fact.through; ++place) {
    auto& one = at_place(place);
    if (one.status != place_status::waiting)
      continue;
    one.status = place_status::active;
    one.until = fact.until;
    active_.emplace_hint(active_.end(), fact.until, place);
    positions_.remove(place);
    presence_.remove(place);
    ++admitted;
  }
  assert(admitted == fact.count); // the first, in the order of joining
  waiting_ -= admitted;
  admitted_total_ += admitted;
  first_waiting_ = fact.through + 1;
  assert(active() <= policy_.max_active);
}

void queue::apply_one(const places_ended& fact) {
  const auto status = fact.reason == place_end::completed ? place_status::completed : place_status::expired;
  for (const auto place : fact.places)
    end_place(place, status, fact.at);
  // Skips what it has passed once and for all, so a gap costs its length once.
  while (waiting_ > 0 && at_place(first_waiting_).status != place_status::waiting)
    ++first_waiting_;
}

void queue::end_place(place_number place, place_status status, instant at) {
  assert(find(place));
  auto& one = at_place(place);
  if (one.status == place_status::waiting) {
    positions_.remove(place);
    presence_.remove(place);
    --waiting_;
  } else {
    assert(one.status == place_status::active);
    active_.erase({one.until, place});
  }
  one.status = status;
  one.until = at;
}

void queue::apply_one(const policy_changed& fact) {
  assert(opened_ && valid(fact.policy));
  policy_ = fact.policy;
  bucket_.clamp(limits());
}

void queue::apply_one(const option_reported& fact) {
  auto& option = options_[fact.option];
  assert(option.number < fact.number);
  options_sold_out_ -= option.sold_out ? 1 : 0;
  option = {fact.number, fact.sold_out};
  options_sold_out_ += option.sold_out ? 1 : 0;
}

/// By the time of the event at hand, never by a clock: a replay forgets the same.
void queue::forget(instant at) {
  for (std::int64_t n = 0; n < forget_places_max && !places_.empty(); ++n) {
    const auto& oldest = places_.front();
    const bool ended = oldest.status != place_status::waiting && oldest.status != place_status::active;
    if (!ended || oldest.until + remembered_for > at)
      break;
    if (const auto latest = latest_place_.find(oldest.user); latest->second == first_place_)
      latest_place_.erase(latest);
    places_.pop_front();
    presence_.forget_front();
    ++first_place_;
  }
  first_waiting_ = std::max(first_waiting_, first_place_);
  positions_.forget_before(first_place_);
}

// ---- presence

void queue::observe(const read_place& command, instant now) {
  const auto* place = find(command.place, command.secret, command.user);
  if (place && place->status == place_status::waiting)
    presence_.see(command.place, no_earlier(now));
}

void queue::observe(const read_places& command, instant now) {
  for (const auto& each : command.places)
    observe(each, now);
}

void queue::observe(const join_queue& command, instant now) {
  const auto latest = latest_place_.find(command.user);
  if (latest != latest_place_.end() && at_place(latest->second).status == place_status::waiting)
    presence_.see(latest->second, no_earlier(now));
}

void queue::begin_life(instant now) {
  presence_.see_all(no_earlier(now));
}

// ---- snapshots

queue::snapshot_type queue::snapshot() const {
  snapshot_type result;
  result.version = version_;
  result.opened = opened_;
  result.policy = policy_;
  result.credit = bucket_.level();
  result.credit_at = bucket_.at();
  result.admitted_total = admitted_total_;
  result.first_place = first_place_;
  result.places.reserve(places_.size());
  for (const auto& place : places_)
    result.places.push_back({place.user, place.secret, place.command, place.status, place.until});
  for (const auto& [id, option] : options_)
    result.options.push_back({id, option.number, option.sold_out});
  return result;
}

queue queue::restore(concert_id concert, const snapshot_type& snapshot) {
  queue result(concert);
  result.version_ = snapshot.version;
  result.opened_ = snapshot.opened;
  result.policy_ = snapshot.policy;
  result.bucket_ = token_bucket(snapshot.credit, snapshot.credit_at);
  result.admitted_total_ = snapshot.admitted_total;
  result.first_place_ = snapshot.first_place;
  result.positions_ = position_index(snapshot.first_place);
  result.presence_ = queue_presence(snapshot.first_place);
  result.latest_place_.reserve(snapshot.places.size());
  result.first_waiting_ = snapshot.first_place;
  for (const auto& place : snapshot.places) {
    const place_number number = result.next_place();
    auto& latest = result.latest_place_[place.user];
    result.places_.push_back(
        record{place.secret, place.command, place.user, place.until, latest, place.status});
    latest = number;
    if (place.status == place_status::waiting) {
      if (result.waiting_++ == 0)
        result.first_waiting_ = number;
      result.positions_.append();
      result.presence_.append(snapshot.credit_at);
      continue;
    }
    result.positions_.append_gone();
    result.presence_.append_gone();
    if (place.status == place_status::active)
      result.active_.emplace_hint(result.active_.end(), place.until, number);
  }
  for (const auto& option : snapshot.options) {
    result.options_[option.id] = {option.number, option.sold_out};
    result.options_sold_out_ += option.sold_out ? 1 : 0;
  }
  return result;
}

std::size_t queue::memory_bytes() const {
  constexpr std::size_t node = 4 * sizeof(void*) + 2 * sizeof(void*); // a tree node's links, malloc's own
  constexpr std::size_t slot = sizeof(std::pair<user_id, place_number>) + 1;
  return sizeof(queue) + places_.size() * sizeof(record) + latest_place_.bucket_count() * slot +
         positions_.memory_bytes() + presence_.memory_bytes() +
         active_.size() * (sizeof(std::pair<instant, place_number>) + node);
}

} // namespace frontrow::domain
