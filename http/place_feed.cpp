#include "http/place_feed.hpp"

#include <algorithm>

namespace frontrow::http {

using domain::place_status;

place_feed::span place_feed::interval_of(const domain::place_progress& state) {
  if (is_over(state.status))
    return interval_most;
  auto interval = interval_least;
  if (state.status == place_status::sold_out)
    interval = interval_most;
  if (state.status == place_status::waiting) {
    if (state.eta_seconds <= near_seconds)
      return pause_least;
    interval =
        std::clamp(span{state.eta_seconds * 1000 / looks_until_admitted}, interval_least, interval_most);
  }
  // The queue's own word on how long one may be silent; asking is presence.
  return std::min(interval, span{state.poll_after_ms});
}

void place_feed::plan(domain::place_number place, entry& which, time_point due) {
  if (which.planned)
    due_.erase({which.due, place});
  which.due = due;
  which.planned = true;
  due_.emplace(due, place);
}

void place_feed::add(const domain::place_progress& known, time_point now) {
  if (entries_.empty())
    next_look_ = now;
  auto& one = entries_[known.place];
  one.version = 0; // whoever comes second knows another state than the first: both are told the next one
  one.state = known;
  plan(known.place, one, now);
}

void place_feed::remove(domain::place_number place) {
  const auto found = entries_.find(place);
  if (found == entries_.end())
    return;
  if (found->second.planned)
    due_.erase({found->second.due, place});
  entries_.erase(found);
}

std::optional<place_feed::time_point> place_feed::next_look() const {
  if (asking_ || entries_.empty())
    return std::nullopt;
  return next_look_;
}

domain::watch_places place_feed::ask(time_point now) {
  domain::watch_places question;
  question.known_version = version_;
  asked_.clear();
  asking_ = true;
  while (!due_.empty() && due_.begin()->first <= now && asked_.size() < places_per_look_max) {
    const auto place = due_.begin()->second;
    due_.erase(due_.begin());
    auto& one = entries_.at(place);
    one.planned = false;
    asked_.push_back(place);
    (one.version == version_ && version_ != 0 ? question.if_changed : question.in_any_case).push_back(place);
  }
  return question;
}

std::vector<domain::place_progress> place_feed::answered(const domain::places_watched& answer,
                                                         time_point now) {
  std::vector<domain::place_progress> changed;
  for (const auto& told : answer.told) {
    const auto found = entries_.find(told.place);
    // One that is planned was added while the question was under way, and may know more than this answer.
    if (found == entries_.end() || found->second.planned || std::exchange(found->second.state, told) == told)
      continue;
    changed.push_back(told);
  }
  plan_asked(answer.version, now);
  hurry_those_admitted(answer.first_waiting, now);
  pause_ = answer.version == version_ && changed.empty() ? std::min(pause_ * 2, pause_most) : pause_least;
  version_ = answer.version;
  asking_ = false;
  // More is due than one question holds, or somebody was let in whom it did not name: at once.
  const bool more = asked_.size() == places_per_look_max || (!due_.empty() && due_.begin()->first < now);
  next_look_ = more ? now : now + pause_;
  return changed;
}

/// Those asked about are known as of this version: told so, or not changed.
void place_feed::plan_asked(domain::event_number version, time_point now) {
  for (const auto place : asked_) {
    const auto found = entries_.find(place);
    if (found == entries_.end() || found->second.planned) // planned: added again meanwhile
      continue;
    found->second.version = version;
    plan(place, found->second, now + interval_of(found->second.state));
  }
}

/// Asked about at once, though believed to be further back.
void place_feed::hurry_those_admitted(domain::place_number first_waiting, time_point now) {
  if (first_waiting <= first_waiting_)
    return;
  const auto end = entries_.lower_bound(first_waiting);
  for (auto each = entries_.lower_bound(first_waiting_); each != end; ++each) {
    auto& [place, one] = *each;
    if (one.state.status == place_status::waiting || one.state.status == place_status::sold_out)
      plan(place, one, now - span{1});
  }
  first_waiting_ = first_waiting;
}

void place_feed::failed(time_point now) {
  for (const auto place : asked_)
    if (const auto found = entries_.find(place); found != entries_.end() && !found->second.planned)
      plan(place, found->second, now);
  asking_ = false;
  pause_ = std::min(pause_ * 2, pause_most);
  next_look_ = now + pause_;
}

} // namespace frontrow::http
