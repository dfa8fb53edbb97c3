#include "domain/queue.hpp"

namespace frontrow::domain {

place_progress progress_of(const place_view& view) {
  return {view.place, view.status, view.position, view.eta_seconds, view.poll_after_ms, view.valid_until};
}

queue::decided<places_watched> queue::decide(const watch_places& command, instant now) const {
  if (!book_.opened())
    return refusal::concert_not_found;
  const instant at = no_earlier(now);
  places_watched watched{version_, waiting() > 0 ? book_.first_waiting() : book_.next_place(), {}};
  const auto tell = [&](const std::vector<place_number>& places) {
    for (const auto place : places) {
      auto& told = watched.told.emplace_back();
      told.place = place;
      told.status = place_status::expired;
      if (find(place))
        told = progress_of(book_.view_of(place, answer::found, at));
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
      if (waits(place))
        presence_.see(place, no_earlier(now));
}

} // namespace frontrow::domain
