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
  (gone.older ? link(gone.older).newer : oldest_) = gone.newer;
  (gone.newer ? link(gone.newer).older : newest_) = gone.older;
  gone.older = 0;
  gone.newer = 0;
}

void queue_presence::push_back(place_number place, instant at) {
  latest_ = std::max(latest_, at);
  auto& seen = link(place);
  seen.seen = latest_;
  seen.older = newest_;
  seen.newer = 0;
  (newest_ ? link(newest_).newer : oldest_) = place;
  newest_ = place;
}

void queue_presence::forget_front() {
  assert(!links_.empty() && oldest_ != first_ && links_.front().older == 0 && links_.front().newer == 0);
  links_.pop_front();
  ++first_;
}

} // namespace frontrow::domain
