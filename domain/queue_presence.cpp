#include "domain/queue_presence.hpp"

#include <cassert>

namespace frontrow::domain {

void queue_presence::append(instant at) {
  links_.emplace_back();
  push_back(first_ + static_cast<place_number>(links_.size()) - 1, at);
}

void queue_presence::see(place_number place, instant at) {
  remove(place);
  push_back(place, at);
}

void queue_presence::remove(place_number place) {
  auto& gone = link(place);
  const auto older = beside(place, gone.to_older), newer = beside(place, gone.to_newer);
  if (older)
    link(older).to_newer = between(older, newer);
  else
    oldest_ = newer;
  if (newer)
    link(newer).to_older = between(newer, older);
  else
    newest_ = older;
  gone.to_older = 0;
  gone.to_newer = 0;
}

void queue_presence::push_back(place_number place, instant at) {
  latest_ = std::max(latest_, at);
  auto& seen = link(place);
  seen.seen = latest_;
  seen.to_older = between(place, newest_);
  seen.to_newer = 0;
  if (newest_)
    link(newest_).to_newer = between(newest_, place);
  else
    oldest_ = place;
  newest_ = place;
}

void queue_presence::forget_front() {
  assert(!links_.empty() && oldest_ != first_ && links_.front().to_older == 0 &&
         links_.front().to_newer == 0);
  links_.pop_front();
  ++first_;
}

} // namespace frontrow::domain
