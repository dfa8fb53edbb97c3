#include "domain/queue.hpp"

namespace frontrow::domain {

place_progress progress_of(const place_view& view) {
  return {view.place, view.status, view.position, view.eta_seconds, view.poll_after_ms, view.valid_until};
}

queue::decided<places_watched> queue::decide(const watch_places& command, instant now) const {
  if (!opened_)
    return refusal::concert_not_found;
  const instant at = no_earlier(now);
  places_watched watched{version_, waiting_ > 0 ? first_waiting_ : next_place(), {}};
  const auto tell = [&](const std::vector<place_number>& places) {
    for (const auto place : places) {
      auto& told = watched.told.emplace_back();
      told.place = place;
      told.status = place_status::expired;
      if (find(place))
        told = progress_of(view_of(place, answer::found, at));
    }
  };
  watched.told.reserve(command.if_changed.size() + command.in_any_case.size());
  if (command.known_version != version_)
    tell(command.if_changed);
  tell(command.in_any_case);
  return watched;
}

void queue::observe(const watch_places& command, instant now) {
  for (const auto* places : {&command.if_changed, &command.in_any_case})
    for (const auto place : *places)
      if (const auto* one = find(place); one && one->status == place_status::waiting)
        presence_.see(place, no_earlier(now));
}

} // namespace frontrow::domain
