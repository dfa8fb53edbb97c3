#pragma once

#include <atomic>
#include <map>
#include <thread>

#include "cluster/probe.hpp"
#include "cluster/switchboard.hpp"

namespace frontrow::cluster {

/// A thread that probes the addresses of the members that have no link and are ours to dial, all at once, and starts
/// a link to each that accepts. What CAF does then waits in the link's actor: one dead address holds up nobody.
class dialer {
public:
  explicit dialer(switchboard& board);
  /// Ends the thread; a name's look-up that is under way is waited for.
  ~dialer();
  dialer(const dialer&) = delete;
  dialer& operator=(const dialer&) = delete;

  /// The members or the links have changed. For any thread.
  void wake();

private:
  struct attempt {
    std::string incarnation;
    tcp_attempt tcp;
    steady_time deadline;
  };
  void run();
  void begin_attempts();
  /// Until one settles, the next attempt is due, or somebody wakes.
  void wait();
  void finish_attempts();

  switchboard& board_;
  std::map<node_number, attempt> attempts_;
  std::map<node_number, steady_time> not_before_;
  steady_time next_look_{};
  int wake_up_ = -1; // an eventfd
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

} // namespace frontrow::cluster
