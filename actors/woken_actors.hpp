#pragma once

#include <chrono>
#include <vector>

#include <caf/execution_unit.hpp>
#include <caf/fwd.hpp>

namespace frontrow::actors {

/// Actors that a thread has woken and runs itself, before it goes to sleep: no worker has to be woken for them, and
/// what they are told is still in this processor's cache. For a moment only: who has more to do then, or something
/// long, goes on in one of the system's workers. Of one thread.
class woken_actors final : public caf::execution_unit {
public:
  /// Nothing is begun when a run has taken `moment`.
  explicit woken_actors(caf::actor_system& system, std::chrono::milliseconds moment = std::chrono::milliseconds{1})
      : caf::execution_unit(&system), moment_(moment) {}

  /// CAF's: `woken`, with a reference that is ours from now on, has something to do.
  void exec_later(caf::resumable* woken) override { woken_.push_back(woken); }
  /// Runs them, and those whom they wake.
  void run();
  /// Of the one that runs: what it still has to do is for a worker.
  void leave() { leaves_ = true; }

private:
  std::chrono::milliseconds moment_;
  std::vector<caf::resumable*> woken_;
  bool leaves_ = false;
};

} // namespace frontrow::actors
