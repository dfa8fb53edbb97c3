#include "actors/woken_actors.hpp"

#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace frontrow::actors {

void woken_actors::run() {
  auto messages = messages_max;
  for (std::size_t nth = 0; nth < woken_.size(); ++nth) { // it grows meanwhile
    auto* each = woken_[nth];
    auto ended = caf::resumable::resume_later;
    for (leaves_ = false; ended == caf::resumable::resume_later && messages > 0 && !leaves_; --messages)
      ended = each->resume(this, 1);
    if (ended == caf::resumable::resume_later)
      system().scheduler().enqueue(each);
    else
      caf::intrusive_ptr_release(each);
  }
  woken_.clear();
}

} // namespace frontrow::actors
