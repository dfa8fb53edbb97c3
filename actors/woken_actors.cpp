#include "actors/woken_actors.hpp"

#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace frontrow::actors {

void woken_actors::run() {
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + moment_;
  for (std::size_t nth = 0; nth < woken_.size(); ++nth) { // it grows meanwhile
    auto* each = woken_[nth];
    auto ended = caf::resumable::resume_later;
    leaves_ = false;
    while (ended == caf::resumable::resume_later && !leaves_ && clock::now() < until)
      ended = each->resume(this, 1); // one message
    if (ended == caf::resumable::resume_later)
      system().scheduler().enqueue(each);
    else
      caf::intrusive_ptr_release(each);
  }
  woken_.clear();
}

} // namespace frontrow::actors
