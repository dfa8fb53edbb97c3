#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/woken_actors.hpp"
#include "cluster/envelope.hpp"
#include "cluster/router.hpp"

namespace frontrow::actors {

class gateway;

/// While one is open in a thread, what that thread asks of actors waits in it until `send`: a thread that handles
/// many requests in a row wakes the actors once for all of them, not once for each. Whoever opens it calls `send`
/// before it goes to sleep, and often; it must not wait for an answer meanwhile. One at a time in a thread, and of
/// that thread alone.
class letter_round {
public:
  letter_round();
  /// Sends what is left.
  ~letter_round();
  letter_round(const letter_round&) = delete;
  letter_round& operator=(const letter_round&) = delete;

  /// The one that is open in this thread; null when none is.
  static letter_round* of_this_thread();

  /// Called once by the next `send`, before the letters go: what it asks goes with them.
  void before_sending(std::function<void()> step) { steps_.push_back(std::move(step)); }
  /// Where those run who have nothing to do until a letter of this round reaches them. `here`: in this thread, before
  /// `send` returns, if it would go to sleep next; what they answer at once is there then. What they or their answers
  /// ask in turn is for workers.
  enum class run_woken { by_workers, here };
  /// In the order of asking.
  void send(run_woken where = run_woken::by_workers);
  /// For whoever takes a letter to its actor: who runs that when it is woken. Null: a worker.
  caf::execution_unit* runs_woken(caf::actor_system& system);

private:
  friend class gateway;
  struct letter {
    gateway* through;
    cluster::envelope content;
    std::unique_ptr<cluster::pending_answer> waiting;
  };

  std::vector<std::function<void()>> steps_;
  std::vector<letter> letters_;
  std::vector<letter> going_; // kept for its memory
  run_woken where_ = run_woken::by_workers;
  std::optional<woken_actors> woken_; // of the first system that asked
};

} // namespace frontrow::actors
