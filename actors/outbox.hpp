#pragma once

#include <memory>
#include <vector>

#include "cluster/envelope.hpp"
#include "cluster/router.hpp"

namespace frontrow::actors {

class gateway;

/// While one is open in a thread, what that thread asks of actors waits in it until `send`: a thread that handles many
/// requests in a row wakes the actors once for all of them, not once for each. Whoever opens it calls `send` before
/// it goes to sleep, and at least every few hundred requests. One at a time in a thread, and of that thread alone.
class outbox {
public:
  outbox();
  /// Sends what is left.
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// In the order of asking.
  void send();

private:
  friend class gateway;
  struct letter {
    gateway* through;
    cluster::envelope content;
    std::unique_ptr<cluster::pending_answer> waiting;
  };
  /// The one that is open in this thread; null when none is.
  static outbox*& of_this_thread();

  std::vector<letter> letters_;
  std::vector<letter> going_; // kept for its memory
};

} // namespace frontrow::actors
