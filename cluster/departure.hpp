#pragma once

#include <vector>

#include <caf/actor.hpp>

namespace frontrow::cluster {

/// While one is open in a thread, the links on which this thread is the first to put something are woken at its end,
/// and not at once: what goes to one peer travels in one parcel. Others' letters may wait with it, so whoever opens it
/// closes it soon, and does not wait for anything meanwhile. One at a time in a thread, and of that thread alone.
class departure {
public:
  departure();
  ~departure();
  departure(const departure&) = delete;
  departure& operator=(const departure&) = delete;

  /// The one that is open in this thread; null when none is.
  static departure* of_this_thread();

  void wake_at_end(const caf::actor& link) { links_.push_back(link); }

private:
  std::vector<caf::actor> links_;
};

} // namespace frontrow::cluster
