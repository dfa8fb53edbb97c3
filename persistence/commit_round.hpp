#pragma once

#include <cstdint>
#include <vector>

namespace frontrow::persistence {

namespace detail {
class writer_lane;
} // namespace detail

/// A statement of the writer's that a thread has sent in passing and listens for, instead of the writer's own
/// thread. Gone before its outcome was told, it is left to that thread: nothing is lost, and nobody is told
/// twice. It must not outlive the writer. Of one thread.
class commit_under_way {
public:
  commit_under_way(commit_under_way&& other) noexcept;
  commit_under_way& operator=(commit_under_way&&) = delete;
  ~commit_under_way();

  /// A descriptor that is readable when there is something to take in: a copy, which is closed with this
  int socket() const { return socket_; }
  /// unless the caller takes it, to close it.
  int take_socket();
  /// Takes in what has arrived; waits for nothing. True: there is no more to listen for.
  bool is_over();
  /// After that: tells the listeners, on this thread. What did not go well is left to the writer's thread.
  void tell();

private:
  friend class detail::writer_lane;
  commit_under_way(detail::writer_lane& lane, std::uint64_t number, int socket)
      : lane_(&lane), number_(number), socket_(socket) {}

  detail::writer_lane* lane_; ///< null: told, or moved from
  std::uint64_t number_;
  int socket_; ///< -1: taken
};

/// While one is open in a thread, the events which that thread submits wait in it for `send`. For a thread
/// that has sockets to listen to and would go to sleep next: that it sends them itself, and hears of them
/// itself, saves waking another one for each (decision 33). Whoever opens it calls `send` or `leave` before
/// it goes to sleep, and again after each `tell`, which may bring what has gathered meanwhile. It must not
/// outlive the writer. One at a time in a thread, and of that thread alone.
class commit_round {
public:
  commit_round();
  /// Leaves the rest to the writer's threads.
  ~commit_round();
  commit_round(const commit_round&) = delete;
  commit_round& operator=(const commit_round&) = delete;

  /// The one that is open in this thread; null when none is.
  static commit_round* of_this_thread();

  /// Sends what waits, one statement for each of the writer's connections. What the writer's threads are at,
  /// or had better do (much, or after a failure), is left to them.
  std::vector<commit_under_way> send();
  /// Leaves all to those threads: for who has other things to do next.
  void leave();

private:
  friend class detail::writer_lane;
  void add(detail::writer_lane& lane);

  std::vector<detail::writer_lane*> lanes_; ///< each once
};

} // namespace frontrow::persistence
