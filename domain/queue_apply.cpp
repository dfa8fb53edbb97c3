#include "domain/queue.hpp"

#include <cassert>

namespace frontrow::domain {

void queue::apply(const event& happened) {
  ++version_;
  if (book_.opened()) // under the policy that held until now
    bucket_.advance(std::visit([](const auto& fact) { return fact.at; }, happened), limits());
  std::visit([this](const auto& fact) { apply_one(fact); }, happened);
  auto oldest = book_.first_place();
  book_.apply(happened, [&](const place_book::entry& forgotten) {
    if (const auto latest = latest_place_.find(forgotten.user); latest->second == oldest)
      latest_place_.erase(latest);
    origins_.pop_front();
    presence_.forget_front();
    ++oldest;
  });
  assert(origins_.size() == book_.size());
}

void queue::apply_one(const queue_opened& fact) {
  assert(!book_.opened() && valid(fact.policy));
  bucket_ = token_bucket::full({fact.policy.rate_per_second, fact.policy.burst}, fact.at);
}

void queue::apply_one(const place_taken& fact) {
  take(fact.place, fact.user, fact.command, fact.at);
}

void queue::apply_one(const places_taken& fact) {
  auto place = fact.first;
  for (const auto& each : fact.takers)
    take(place++, each.user, each.command, fact.at);
}

void queue::take(place_number place, user_id user, command_id command, instant at) {
  auto& latest = latest_place_[user];
  assert(book_.opened());
  assert(!waits(latest) && (latest < book_.first_place() || latest >= book_.next_place() ||
                            book_.at(latest).status() != place_status::active)); // one place a user
  origins_.push_back({command, latest});
  latest = place;
  presence_.append(at);
}

void queue::apply_one(const places_admitted& fact) {
  assert(active() + fact.count <= policy().max_active);
  bucket_.take(fact.count);
  for (auto place = book_.first_waiting(); place <= fact.through; ++place) {
    if (!waits(place))
      continue;
    active_.emplace_hint(active_.end(), fact.until, place);
    presence_.remove(place);
  }
  admitted_total_ += fact.count;
}

void queue::apply_one(const places_ended& fact) {
  for (const auto place : fact.places) {
    assert(find(place));
    if (waits(place))
      presence_.remove(place);
    else
      active_.erase({book_.at(place).until(), place});
  }
}

void queue::apply_one(const policy_changed& fact) {
  assert(book_.opened() && valid(fact.policy));
  bucket_.clamp({fact.policy.rate_per_second, fact.policy.burst});
}

// ---- presence

void queue::observe(const read_place& command, instant now) {
  if (book_.find(command.place, command.secret, command.user) && waits(command.place))
    presence_.see(command.place, no_earlier(now));
}

void queue::observe(const read_places& command, instant now) {
  for (const auto& each : command.places)
    observe(each, now);
}

void queue::observe(const join_queue& command, instant now) {
  if (const auto latest = latest_place(command.user); waits(latest))
    presence_.see(latest, no_earlier(now));
}

void queue::observe(const join_together& command, instant now) {
  for (const auto& each : command.all)
    observe(each, now);
}

void queue::observe(const places_seen& seen, instant now) {
  for (const auto& each : seen.all)
    if (waits(each.place))
      presence_.see(each.place, std::min(each.at, now));
}

void queue::begin_life(instant now) {
  presence_.see_all(no_earlier(now));
}

// ---- snapshots

queue::snapshot_type queue::snapshot() const {
  snapshot_type result;
  result.version = version_;
  result.opened = book_.opened();
  result.policy = policy();
  result.credit = bucket_.level();
  result.credit_at = bucket_.at();
  result.admitted_total = admitted_total_;
  result.first_place = book_.first_place();
  result.places.reserve(book_.size());
  for (auto number = book_.first_place(); number < book_.next_place(); ++number) {
    const auto& place = book_.at(number);
    result.places.push_back(
        {place.user, place.secret, origin_of(number).command, place.status(), place.until()});
  }
  for (const auto& [id, option] : book_.options())
    result.options.push_back({id, option.number, option.sold_out});
  return result;
}

queue queue::restore(concert_id concert, const snapshot_type& snapshot) {
  queue result(concert);
  result.version_ = snapshot.version;
  result.bucket_ = token_bucket(snapshot.credit, snapshot.credit_at);
  result.admitted_total_ = snapshot.admitted_total;
  result.book_ = place_book(snapshot.first_place);
  result.book_.restore_policy(snapshot.opened, snapshot.policy, snapshot.credit_at);
  result.presence_ = queue_presence(snapshot.first_place);
  result.latest_place_.reserve(snapshot.places.size());
  for (const auto& place : snapshot.places) {
    const auto number = result.book_.next_place();
    place_book::entry entry(place.secret, place.user);
    entry.is_now(place.status, place.until);
    result.book_.restore_place(entry);
    auto& latest = result.latest_place_[place.user];
    result.origins_.push_back({place.command, latest});
    latest = number;
    if (place.status == place_status::waiting) {
      result.presence_.append(snapshot.credit_at);
      continue;
    }
    result.presence_.append_gone();
    if (place.status == place_status::active)
      result.active_.emplace_hint(result.active_.end(), place.until, number);
  }
  for (const auto& option : snapshot.options)
    result.book_.restore_option(option.id, option.number, option.sold_out);
  return result;
}

std::size_t queue::memory_bytes() const {
  constexpr std::size_t node = 4 * sizeof(void*) + 2 * sizeof(void*); // a tree node's links, malloc's own
  constexpr std::size_t slot = sizeof(std::pair<user_id, place_number>) + 1;
  return sizeof(queue) + book_.memory_bytes() + origins_.size() * sizeof(origin) +
         latest_place_.bucket_count() * slot + presence_.memory_bytes() +
         active_.size() * (sizeof(std::pair<instant, place_number>) + node);
}

} // namespace frontrow::domain
