#include "persistence/audit_queue.hpp"

#include <algorithm>

namespace frontrow::persistence {

namespace {

constexpr wide_number thousandths = 1000;

std::string text(std::int64_t number) {
  return std::to_string(number);
}

} // namespace

void audit_queues::add(const audit_place& place, const domain::queue::event& event) {
  std::visit([&](const auto& happened) { apply(place, happened); }, event);
}

void audit_queues::let_time_pass(book& queue, instant at) {
  const wide_number now = at.time_since_epoch().count();
  if (now <= queue.room_at)
    return;
  // people a second are thousandths of a person a millisecond
  queue.room = std::min(queue.room + (now - queue.room_at) * queue.policy.rate_per_second,
                        queue.policy.burst * thousandths);
  queue.room_at = now;
}

void audit_queues::apply(const audit_place& place, const domain::queue_opened& event) {
  auto& queue = queues_[place.entity.id];
  if (queue.opened)
    findings_->found(audit_rule::admission_rate, place, "opened twice");
  queue.opened = true;
  queue.policy = event.policy;
  queue.room = event.policy.burst * thousandths;
  queue.room_at = event.at.time_since_epoch().count();
}

void audit_queues::apply(const audit_place& place, const domain::policy_changed& event) {
  auto& queue = queues_[place.entity.id];
  let_time_pass(queue, event.at);
  queue.policy = event.policy;
  queue.room = std::min(queue.room, event.policy.burst * thousandths);
}

void audit_queues::apply(const audit_place& place, const domain::place_taken& event) {
  take(place, event.place, event.user);
}

void audit_queues::apply(const audit_place& place, const domain::places_taken& event) {
  auto number = event.first;
  for (const auto& each : event.takers)
    take(place, number++, each.user);
}

void audit_queues::take(const audit_place& place, domain::place_number number, user_id user) {
  auto& queue = queues_[place.entity.id];
  ++joined_;
  const auto expected = static_cast<domain::place_number>(queue.stages.size()) + 1;
  if (number != expected) {
    findings_->found(audit_rule::admission_order, place,
                     "place " + text(number) + " was taken where " + text(expected) + " was next");
    return;
  }
  if (const auto other = queue.place_of.find(user); other != queue.place_of.end())
    findings_->found(audit_rule::one_place_per_user, place,
                     "user " + text(user) + " has place " + text(other->second) + " already");
  queue.stages.push_back(stage::waiting);
  queue.live[number] = {.user = user, .until = {}};
  queue.place_of[user] = number;
}

void audit_queues::apply(const audit_place& place, const domain::places_admitted& event) {
  auto& queue = queues_[place.entity.id];
  let_time_pass(queue, event.at);
  queue.room -= event.count * thousandths;
  if (queue.room < 0)
    findings_->found(audit_rule::admission_rate, place,
                     text(event.count) + " admitted, " + text(static_cast<std::int64_t>(-queue.room)) +
                         " thousandths of a person too many");
  if (queue.policy.paused)
    findings_->found(audit_rule::admission_rate, place, "admitted while the queue was paused");
  least_room_ = least_room_ < 0 ? queue.room : std::min(least_room_, queue.room);

  domain::place_number last = 0;
  std::int64_t let_in = 0;
  for (; let_in < event.count; ++let_in) {
    while (queue.front < queue.stages.size() && queue.stages[queue.front] != stage::waiting)
      ++queue.front;
    if (queue.front == queue.stages.size())
      break;
    queue.stages[queue.front] = stage::active;
    last = static_cast<domain::place_number>(++queue.front);
    queue.live[last].until = event.until;
  }
  if (let_in != event.count || last != event.through || event.count < 1)
    findings_->found(audit_rule::admission_order, place,
                     text(event.count) + " up to place " + text(event.through) +
                         " are not the first who waited");
  queue.active += let_in;
  admitted_ += static_cast<std::uint64_t>(let_in);
  most_active_ = std::max(most_active_, queue.active);
  if (queue.active > queue.policy.max_active)
    findings_->found(audit_rule::active_within_max, place,
                     text(queue.active) + " shop at once, " + text(queue.policy.max_active) + " may");
}

void audit_queues::apply(const audit_place& place, const domain::places_ended& event) {
  auto& queue = queues_[place.entity.id];
  for (const auto number : event.places)
    end_place(place, queue, number, event);
}

void audit_queues::end_place(const audit_place& place, book& queue, domain::place_number number,
                             const domain::places_ended& event) {
  using domain::place_end;
  if (number < 1 || static_cast<std::size_t>(number) > queue.stages.size() ||
      queue.stages[static_cast<std::size_t>(number) - 1] == stage::ended) {
    findings_->found(audit_rule::admission_order, place,
                     "place " + text(number) + " is not one that could end");
    return;
  }
  auto& now = queue.stages[static_cast<std::size_t>(number) - 1];
  const auto live = queue.live.find(number);
  const bool must_shop = event.reason == place_end::expired || event.reason == place_end::completed;
  if ((must_shop && now != stage::active) || (event.reason == place_end::abandoned && now != stage::waiting))
    findings_->found(audit_rule::admission_order, place, "place " + text(number) + " cannot end that way");
  if (event.reason == place_end::expired && event.at < live->second.until)
    findings_->found(audit_rule::nothing_ends_early, place,
                     "place " + text(number) + " expired before its time");
  if (now == stage::active)
    --queue.active;
  now = stage::ended;
  ++ended_;
  completed_ += event.reason == place_end::completed ? 1 : 0;
  const auto of_user = queue.place_of.find(live->second.user);
  if (of_user != queue.place_of.end() && of_user->second == number)
    queue.place_of.erase(of_user);
  queue.live.erase(live);
}

void audit_queues::finish() {
  std::int64_t active = 0;
  std::size_t live = 0;
  for (const auto& [concert, queue] : queues_) {
    active += queue.active;
    live += queue.live.size();
  }
  auto figure = [this](audit_rule rule, std::string name, wide_number value) {
    findings_->figure(rule, std::move(name), value);
  };
  figure(audit_rule::admission_rate, "queues", queues_.size());
  figure(audit_rule::admission_rate, "admitted", admitted_);
  if (admitted_ > 0)
    figure(audit_rule::admission_rate, "leastRoomThousandths", least_room_);
  figure(audit_rule::admission_order, "joined", joined_);
  figure(audit_rule::admission_order, "admitted", admitted_);
  figure(audit_rule::admission_order, "ended", ended_);
  figure(audit_rule::active_within_max, "active", active);
  figure(audit_rule::active_within_max, "mostActive", most_active_);
  figure(audit_rule::one_place_per_user, "waiting", static_cast<std::int64_t>(live) - active);
  figure(audit_rule::one_place_per_user, "completed", completed_);
}

} // namespace frontrow::persistence
